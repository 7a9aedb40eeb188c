"""Turns JSON objects into the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.table import Row, Table


def table_of_objects(
    objects: Iterable[tuple[str, Any]], source: str, kind: str, notes: tuple[str, ...] = ()
) -> Table:
    """A table of objects, each with its place; the names are those of all the rows.

    `kind` is the format as a person would call it.

    Raises:
        InputError: a row that is no object; no rows.
    """
    rows: list[Row] = []
    names: dict[str, None] = {}
    for where, value in objects:
        if not isinstance(value, dict):
            raise InputError(
                f'{where}: expected an object like {{"input": "…", "output": "…"}}, '
                f"found {kind_of(value)}"
            )
        rows.append(Row(where, value))
        names.update(dict.fromkeys(value))
    if not rows:
        raise InputError(f"{source} holds no examples")
    return Table(source, kind, tuple(names), tuple(rows), unit="field", notes=notes)


def kind_of(value: Any) -> str:
    """What a parsed value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "a text, number or boolean"
