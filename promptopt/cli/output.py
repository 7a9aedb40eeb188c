"""What commands print: results to stdout, messages to stderr, all of it safe for a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from promptopt.results.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence


def say(text: str = "") -> None:
    """Print a result. The text may have lines; what else is in it is made visible."""
    shown = visible(text, newlines=True)
    print(_wrapped(shown) if on_terminal() else shown)


def _wrapped(text: str) -> str:
    """Sentences broken between words at the edge of the terminal; what is indented stays."""
    width = shutil.get_terminal_size().columns
    return "\n".join(
        line if line.startswith(" ") or len(line) <= width else textwrap.fill(line, width)
        for line in text.split("\n")
    )


def say_line(text: str) -> None:
    """Print a result as one line; line ends in it are made visible too."""
    print(visible(text))


def tell(text: str) -> None:
    """Print a message for the person, on stderr."""
    print(visible(text, newlines=True), file=sys.stderr)


def say_json(value: Any) -> None:
    """Print one JSON object on one line."""
    from promptopt.results.json_text import json_text

    print(json_text(value))


def on_terminal() -> bool:
    """Whether results go to a terminal."""
    try:
        return sys.stdout.isatty()
    except ValueError:  # closed
        return False


def say_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "") -> None:
    """Print rows in columns, the last one cut off at the edge of a terminal.

    Into a pipe or file it is never cut off.

    Args:
        right: names of columns, separated by blanks, whose cells stand at the right.
    """
    table = [[visible(cell) for cell in row] for row in (head, *rows)]
    widths = [max(_cells(row[column]) for row in table) for column in range(len(head))]
    numbers = set(right.split())
    limit = shutil.get_terminal_size().columns if on_terminal() else None
    for row in table:
        cells = []
        for name, cell, width in zip(head[:-1], row[:-1], widths[:-1], strict=True):
            blanks = " " * (width - _cells(cell))
            cells.append(blanks + cell if name in numbers else cell + blanks)
        start = "  ".join([*cells, ""])
        print((start + _cut(row[-1], limit - _cells(start) if limit else None)).rstrip())


def fitted(text: str, width: int) -> str:
    """The text made visible and cut off to `width` columns of a terminal."""
    return _cut(visible(text), width)


def _cut(text: str, width: int | None) -> str:
    if width is None or _cells(text) <= max(width, 12):
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, max(width, 12) - 1).rstrip() + "…"


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
