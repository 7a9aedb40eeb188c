"""Loader of JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from promptopt.tasks.json_rows import table_of_objects
from promptopt.tasks.json_text import parse_json
from promptopt.tasks.table import Table
from promptopt.tasks.text_file import read_text


def read_json_lines(path: Path) -> Table:
    """Read a file with one JSON object a line; blank lines are skipped.

    Raises:
        InputError: what `read_text` and `parse_json` raise; a line that is no object.
    """
    return parse_json_lines(read_text(path), str(path))


def parse_json_lines(text: str, source: str, notes: tuple[str, ...] = ()) -> Table:
    """`read_json_lines` on a text that was read from `source`."""
    return table_of_objects(_objects(text, source), source, "JSON Lines", notes)


def _objects(text: str, source: str) -> Iterator[tuple[str, Any]]:
    # Only \n ends a line: JSON texts may hold U+2028 and others that splitlines() cuts at.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{source}:{number}", parse_json(line, source, line=number)
