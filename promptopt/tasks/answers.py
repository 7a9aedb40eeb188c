"""Several accepted answers in one cell."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from promptopt.errors import InputError

DEFAULT_SEPARATOR = "|"


def check_separator(separator: str | None) -> None:
    """Raise InputError if `separator` cannot stand between answers."""
    if separator and (not separator.strip() or "\\" in separator):
        raise InputError(
            f"the answer separator {separator!r} will not do; use a character that is neither "
            "blank nor a backslash, or leave it empty for none"
        )


def split_answers(cell: str, separator: str) -> list[str]:
    """The answers of a cell, stripped of spaces around them; some may be empty.

    A backslash before the separator takes it as text; two before it are one backslash, and
    the separator separates. Backslashes elsewhere stand for themselves.
    """
    if not separator:
        return [cell.strip()]
    parts = [""]
    end = 0
    for found in re.finditer(rf"(\\*){re.escape(separator)}", cell):
        slashes = len(found[1])
        parts[-1] += cell[end : found.start()] + "\\" * (slashes // 2)
        if slashes % 2:
            parts[-1] += separator
        else:
            parts.append("")
        end = found.end()
    parts[-1] += cell[end:]
    return [part.strip() for part in parts]


def list_of_texts(cell: str) -> list[str] | None:
    """The texts of a cell that is a JSON list of them, or None.

    A list of numbers is not one: it is more often the answer itself.
    """
    if not (cell.strip().startswith("[") and cell.strip().endswith("]")):
        return None
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return [each.strip() for each in value]
    return None


def unique(answers: Sequence[str]) -> tuple[str, ...]:
    """The answers, each once, in their order."""
    return tuple(dict.fromkeys(answers))
