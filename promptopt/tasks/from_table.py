"""Turns a table into examples, by split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.answers import DEFAULT_SEPARATOR, list_of_texts, split_answers, unique
from promptopt.tasks.choices import Question, check_choices, resolve_answers
from promptopt.tasks.columns import Columns, Roles, find_roles
from promptopt.tasks.dataset import POOL
from promptopt.tasks.example import Example
from promptopt.tasks.json_rows import kind_of
from promptopt.tasks.split_names import KNOWN, split_named
from promptopt.tasks.table import Row, Table


@dataclass(frozen=True)
class Understood:
    """What a table was understood to hold.

    Attributes:
        given: examples by split; under "" where the table names no splits.
        fields: role to the column it was read from.
        notes: what a person should know, a sentence each.
    """

    given: dict[str, tuple[Example, ...]]
    fields: dict[str, str]
    notes: tuple[str, ...]


def examples_of(
    tables: Mapping[str, Table], source: str, columns: Columns, separator: str | None
) -> Understood:
    """The examples of the tables of one task; what holds for one column holds in all of them.

    Args:
        tables: what loaders read, by split, or one table under "".
        source: what errors call the tables together.
        columns: names that the user chose.
        separator: what stands between several accepted answers in one cell; "" if nothing
            does. None is the default: `|` in a format without lists of its own, and only if
            no cell of the column then falls into empty parts.

    Raises:
        InputError: columns that cannot be found; an empty or missing input, answer or choice;
            an answer that is none of its choices; an unknown split; with its place.
    """
    table = _joined(tables, source)
    roles = find_roles(table, columns)
    notes = [*table.notes, *roles.notes]
    inputs = [_text(row, roles.input, "input") for row in table.rows]
    answers = _answers(table, roles, separator, notes)
    choices = [_choices(row, roles) for row in table.rows]
    if roles.choices:
        answers = _option_texts(table.rows, choices, answers, notes)
    fields = roles.fields()
    if POOL in tables:
        splits = _splits(table, roles, columns, notes)
    else:
        # The files say it, whatever a column of that name holds.
        splits = [split for split, each in tables.items() for _ in each.rows]
        fields.pop("split", None)
    given: dict[str, list[Example]] = {}
    for index, row in enumerate(table.rows):
        try:
            example = Example(inputs[index], answers[index], choices[index])
        except ValueError as error:
            raise InputError(f"{row.where}: {error}") from None
        given.setdefault(splits[index], []).append(example)
    return Understood(
        {split: tuple(examples) for split, examples in given.items()},
        fields,
        tuple(notes),
    )


def _joined(tables: Mapping[str, Table], source: str) -> Table:
    """All rows under the names of all tables, each name once."""
    each = list(tables.values())
    names = dict.fromkeys(name for table in each for name in table.names)
    rows = tuple(row for table in each for row in table.rows)
    notes = dict.fromkeys(note for table in each for note in table.notes)
    return Table(source, each[0].format, tuple(names), rows, each[0].unit, tuple(notes))


def _text(row: Row, name: str, role: str) -> str:
    """The cell as one text that is not blank."""
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


def _texts(row: Row, name: str, role: str) -> list[str]:
    """The items of a list cell, stripped, none blank."""
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


def _answers(
    table: Table, roles: Roles, separator: str | None, notes: list[str]
) -> list[tuple[str, ...]]:
    name = roles.output
    automatic = separator is None
    if separator is None:
        separator = "" if table.lists else DEFAULT_SEPARATOR
    found: list[list[str]] = []
    listed = 0
    for row in table.rows:
        if isinstance(row.cells.get(name), list):
            found.append(_texts(row, name, "answer"))
            continue
        text = _text(row, name, "answer")
        from_list = list_of_texts(text) if separator and not table.lists else None
        listed += from_list is not None
        found.append(from_list if from_list is not None else split_answers(text, separator))
        if from_list is not None and not all(from_list):
            raise InputError(f'{row.where}, "{name}": there is an empty answer in the list')
    empty = next((index for index, parts in enumerate(found) if not all(parts)), None)
    if empty is not None and not automatic:
        raise InputError(
            f'{table.rows[empty].where}, "{name}": there is an empty answer beside '
            f"{separator!r}; remove it, or choose another answer_separator"
        )
    if empty is not None:
        notes.append(
            f"{separator!r} in {name!r} is taken as text, since an answer would be empty "
            f"({table.rows[empty].where})."
        )
        return _answers(table, roles, "", notes)
    if separator and any(
        isinstance(row.cells[name], str) and separator in row.cells[name] for row in table.rows
    ):
        several = sum(len(parts) > 1 for parts in found)
        notes.append(
            f"Answers are separated by {separator!r}: {several} of {len(found)} rows have "
            'several (answer_separator = "" takes it as text).'
        )
    elif listed:
        notes.append(
            f"Lists of answers were found in {listed} of {len(found)} rows "
            '(answer_separator = "" takes them as text).'
        )
    return [unique(parts) for parts in found]


def _choices(row: Row, roles: Roles) -> tuple[str, ...]:
    if not roles.choices:
        return ()
    if len(roles.choices) > 1:
        texts = [_option(row, name) for name in roles.choices]
        while texts and not texts[-1]:  # questions may have fewer options than there are columns
            texts.pop()
    else:
        texts = _options_of_cell(row, roles.choices[0])
    check_choices(texts, row.where)
    return tuple(texts)


def _option(row: Row, name: str) -> str:
    value = row.cells.get(name) or ""
    if not isinstance(value, str):
        raise InputError(
            f'{row.where}, field "{name}": a choice must be a text, not {kind_of(value)}'
        )
    return value.strip()


def _options_of_cell(row: Row, name: str) -> list[str]:
    value: Any = row.cells.get(name)
    if isinstance(value, dict):
        # {"A": "first", "B": "second"}: the keys have to be the letters that the order gives.
        letters = [chr(ord("A") + index) for index in range(len(value))]
        if [key.strip("(). ").upper() for key in value] != letters:
            raise InputError(
                f'{row.where}, field "{name}": the keys of the choices must be A, B, C…'
            )
        row = Row(row.where, {name: list(value.values())})
        return _texts(row, name, "choice")
    if isinstance(value, list):
        return _texts(row, name, "choice")
    text = _text(row, name, "choices")
    return list_of_texts(text) or split_answers(text, DEFAULT_SEPARATOR)


def _option_texts(
    rows: Sequence[Row],
    choices: Sequence[tuple[str, ...]],
    answers: Sequence[tuple[str, ...]],
    notes: list[str],
) -> list[tuple[str, ...]]:
    questions = [
        Question(row.where, options, given)
        for row, options, given in zip(rows, choices, answers, strict=True)
    ]
    texts, note = resolve_answers(questions)
    if note:
        notes.append(note)
    return texts


def _splits(table: Table, roles: Roles, columns: Columns, notes: list[str]) -> list[str]:
    """The split of each row, "" where there is no column for it."""
    name = roles.split
    if name is None:
        return [""] * len(table.rows)
    values = [row.cells.get(name) for row in table.rows]
    splits = [split_named(value) if isinstance(value, str) else None for value in values]
    if not all(splits):
        certain = columns.split is not None or re.sub(r"[\s_-]", "", name).lower() == "split"
        if not certain:
            notes.append(f"The {table.unit} {name!r} is passed over: it does not name splits.")
            return [""] * len(table.rows)
        wrong = splits.index(None)
        value = values[wrong]
        shown = repr(value) if isinstance(value, str) and value.strip() else "nothing"
        raise InputError(
            f'{table.rows[wrong].where}, "{name}": expected {KNOWN}, found {shown}; correct it, '
            'or set split_column to "" if the data name no splits'
        )
    return [split or "" for split in splits]
