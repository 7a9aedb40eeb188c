"""Reads the cells of a row, and says in which file, line and field one is wrong."""

from __future__ import annotations

from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.answers import DEFAULT_SEPARATOR, list_of_texts, split_answers
from promptopt.tasks.json_rows import kind_of
from promptopt.tasks.table import Row


def text_cell(row: Row, name: str, role: str) -> str:
    """The cell as one text that is not blank.

    Raises:
        InputError: there is no such cell, or it is no text, or blank.
    """
    if name not in row.cells:
        raise InputError(f'{row.where}: there is no "{name}" ({role})')
    value = row.cells[name]
    if not isinstance(value, str):
        raise InputError(
            f'{row.where}, field "{name}": the {role} must be a text, not {kind_of(value)}'
        )
    if not value.strip():
        raise InputError(f'{row.where}, "{name}": the {role} is empty; fill it in or drop the row')
    return value


def list_cell(row: Row, name: str, role: str) -> list[str]:
    """The items of a list cell, stripped, none blank.

    Raises:
        InputError: an empty list; an item that is no text, or blank.
    """
    values = row.cells[name]
    if not values:
        raise InputError(f'{row.where}, field "{name}": the list of {role}s is empty')
    for value in values:
        if not isinstance(value, str):
            raise InputError(
                f'{row.where}, field "{name}": each {role} must be a text, not {kind_of(value)}'
            )
        if not value.strip():
            raise InputError(f'{row.where}, field "{name}": there is an empty {role} in the list')
    return [value.strip() for value in values]


def option_cell(row: Row, name: str) -> str:
    """The one option of a cell; "" where there is none."""
    value = row.cells.get(name) or ""
    if not isinstance(value, str):
        raise InputError(
            f'{row.where}, field "{name}": a choice must be a text, not {kind_of(value)}'
        )
    return value.strip()


def options_cell(row: Row, name: str) -> list[str]:
    """All the options of a cell: a list, an object with letters as keys, or texts with bars.

    Raises:
        InputError: other keys; an empty list; an option that is no text, or blank.
    """
    value: Any = row.cells.get(name)
    if isinstance(value, dict):
        # {"A": "first", "B": "second"}: the keys have to be the letters that the order gives.
        letters = [chr(ord("A") + index) for index in range(len(value))]
        if [key.strip("(). ").upper() for key in value] != letters:
            raise InputError(
                f'{row.where}, field "{name}": the keys of the choices must be A, B, C…'
            )
        row = Row(row.where, {name: list(value.values())})
        return list_cell(row, name, "choice")
    if isinstance(value, list):
        return list_cell(row, name, "choice")
    text = text_cell(row, name, "choices")
    return list_of_texts(text) or split_answers(text, DEFAULT_SEPARATOR)
