"""Parses JSON so that numbers and booleans keep their text and mistakes have a place."""

from __future__ import annotations

import json
from typing import Any

from promptopt.errors import InputError


class _RepeatedKeyError(ValueError):
    pass


class _NotJsonError(ValueError):
    pass


def parse_json(text: str, where: str, *, line: int | None = None) -> Any:
    """The value of a JSON text; numbers and booleans are the text that stands there.

    Args:
        text: the JSON text.
        where: the file, as errors name it.
        line: the line that a text of one line stands on; otherwise lines are counted.

    Raises:
        InputError: with line and column if the text is no JSON or is cut off; a key that
            stands twice in one object; half of a surrogate pair (`"\\ud800"`).
    """
    try:
        value = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
        return _as_texts(value, where if line is None else f"{where}:{line}")
    except json.JSONDecodeError as error:
        at = f"{where}:{line or error.lineno}"
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
            raise InputError(
                f"{at}: the JSON breaks off at column {error.colno} ({error.msg}); "
                "is the file complete?"
            ) from None
        raise InputError(
            f"{at}: not valid JSON at column {error.colno}: {error.msg}; correct it"
        ) from None
    except (_RepeatedKeyError, _NotJsonError) as error:
        raise InputError(f"{where}{f':{line}' if line else ''}: {error}") from None
    except RecursionError:
        raise InputError(f"{where}: the JSON is nested too deeply") from None


def _refuse_constant(name: str) -> Any:
    raise _NotJsonError(f"{name} is not valid JSON; write it as a text in quotation marks")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RepeatedKeyError(f"the key {twice!r} stands twice in one object; remove one")
    return found


def _as_texts(value: Any, where: str) -> Any:
    """Booleans as their JSON text; every text checked to be one that can be written out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if not value.isascii():
            _check_surrogates(value, where)
        return value
    if isinstance(value, list):
        return [_as_texts(each, where) for each in value]
    if isinstance(value, dict):
        return {_as_texts(name, where): _as_texts(each, where) for name, each in value.items()}
    return value


def _check_surrogates(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(text[error.start]):04x}"
        begin = text[: error.start][:40]
        raise InputError(
            f"{where}: the text that begins {begin!r} holds {half}, half of a character; correct it"
        ) from None
