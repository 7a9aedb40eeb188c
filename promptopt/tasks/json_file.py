"""Loader of JSON files: a list of objects, or an object that holds such lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.json_places import row_lines
from promptopt.tasks.json_rows import kind_of, table_of_objects
from promptopt.tasks.json_text import parse_json
from promptopt.tasks.split_names import split_named
from promptopt.tasks.table import Table

ACCEPTED = (
    'a list of objects, {"examples": [...]}, or {"train": [...], "dev": [...], "test": [...]}'
)


def tables_of_json(value: Any, source: str, text: str) -> dict[str, Table]:
    """The tables of a parsed JSON file, by split; "" where the file names none.

    Args:
        value: a list of objects, an object with the list under "examples", or an object
            whose every key is the name of a split. Other keys beside "examples" are passed
            over.
        source: the file, as errors name it.
        text: what was parsed.

    Raises:
        InputError: another shape, with the keys that there are.
    """
    if isinstance(value, list):
        return {"": table_of_objects(_rows(value, source, row_lines(text)[""]), source, "JSON")}
    if not isinstance(value, dict):
        raise InputError(f"{source}: expected {ACCEPTED}, found {kind_of(value)}")
    if "examples" in value:
        rows = value["examples"]
        if not isinstance(rows, list):
            raise InputError(f'{source}: "examples" must be a list, not {kind_of(rows)}')
        lines = row_lines(text)["examples"]
        table = table_of_objects(_rows(rows, source, lines), source, "JSON")
        return {"": replace(table, wrapped=True)}
    if value and all(split_named(key) and isinstance(rows, list) for key, rows in value.items()):
        tables: dict[str, Table] = {}
        lines_of = row_lines(text)
        for key, rows in value.items():
            split = split_named(key) or ""
            if split in tables:
                raise InputError(f"{source}: two keys mean the {split} split; keep one")
            tables[split] = table_of_objects(
                _rows(rows, source, lines_of[key], f'"{key}" '), source, "JSON"
            )
        return tables
    keys = ", ".join(f'"{key}"' for key in list(value)[:12]) or "none"
    raise InputError(f"{source}: expected {ACCEPTED}; the object's keys are: {keys}")


def first_line_is_object(text: str) -> bool:
    """Whether the text is JSON Lines: a whole object on its first line, and more after it."""
    first, _, rest = text.strip().partition("\n")
    if not (rest.strip() and first.startswith("{")):
        return False
    try:
        return isinstance(parse_json(first, ""), dict)
    except InputError:
        return False


def _rows(
    values: list[Any], source: str, lines: list[int], within: str = ""
) -> Iterator[tuple[str, Any]]:
    places = zip(lines, values, strict=True)
    return (
        (f"{source}:{line}, {within}row {number}", value)
        for number, (line, value) in enumerate(places, start=1)
    )
