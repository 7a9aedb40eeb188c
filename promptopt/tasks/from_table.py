"""Turns a table into examples, by split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from promptopt.errors import InputError
from promptopt.tasks.answers import DEFAULT_SEPARATOR, list_of_texts, split_answers, unique
from promptopt.tasks.cells import list_cell, option_cell, options_cell, text_cell
from promptopt.tasks.choices import Question, check_choices, resolve_answers
from promptopt.tasks.columns import Columns, Roles, find_roles
from promptopt.tasks.dataset import POOL
from promptopt.tasks.example import Example
from promptopt.tasks.options_in_text import TextRow, cut_all
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


@dataclass(frozen=True)
class _Draft:
    """An example to be: its input, its options if any, its answers as the data give them."""

    row: Row
    split: str
    input: str
    answers: tuple[str, ...]
    choices: tuple[str, ...] = ()
    lettered: bool = True


def examples_of(
    tables: Mapping[str, Table],
    source: str,
    columns: Columns,
    separator: str | None,
    *,
    wrong: str = "",
    repeats: bool = False,
) -> Understood:
    """The examples of the tables of one task; what holds for one column holds in all of them.

    Where no column holds options, those that end the text of every input are taken (see
    `options_in_text`), unless `columns.choices` is "".

    Args:
        tables: what loaders read, by split, or one table under "".
        source: what errors call the tables together, if there are several.
        columns: names that the user chose.
        separator: what stands between several accepted answers in one cell; "" if nothing
            does. None is the default: `|` in a format without lists of its own, and only if
            no cell of the column then falls into empty parts.
        wrong: the column of lists of wrong answers, if there is one.
        repeats: whether an option may stand twice in a row, as it does in published data.

    Raises:
        InputError: columns that cannot be found; an empty or missing input, answer or choice;
            an answer that is none of its choices; an unknown split; with its place.
    """
    table = _joined(tables, source)
    roles = find_roles(table, columns)
    notes = [*table.notes, *roles.notes]
    fields = roles.fields()
    inputs = [text_cell(row, roles.input, "input") for row in table.rows]
    answers = _answers(table, roles, separator, notes)
    if POOL in tables:
        splits = _splits(table, roles, columns, notes)
    else:
        # The files say it, whatever a column of that name holds.
        splits = [split for split, each in tables.items() for _ in each.rows]
        fields.pop("split", None)
    drafts = [
        _Draft(row, split, text, given, _choices(row, roles))
        for row, split, text, given in zip(table.rows, splits, inputs, answers, strict=True)
    ]
    if not roles.choices and columns.choices != "":
        drafts, found = _with_options_of_text(drafts, roles, notes)
        repeats = repeats or found
        if found:
            fields["choices"] = f"the end of {roles.input}"
    if any(each.choices for each in drafts):
        drafts = _resolved(drafts, roles, repeats, notes)
    given: dict[str, list[Example]] = {split: [] for split in dict.fromkeys(splits)}
    for each in drafts:
        false = tuple(list_cell(each.row, wrong, "wrong answer")) if wrong else ()
        given[each.split].append(
            Example(each.input, each.answers, each.choices, each.lettered, false)
        )
    return Understood(
        {split: tuple(examples) for split, examples in given.items() if examples},
        fields,
        tuple(notes),
    )


def _with_options_of_text(
    drafts: list[_Draft], roles: Roles, notes: list[str]
) -> tuple[list[_Draft], bool]:
    """The drafts with the options cut off their inputs, and whether there were any."""
    names = (roles.input, roles.output)
    cuts = cut_all([TextRow(e.row.where, e.input, e.answers, names) for e in drafts], notes)
    if cuts is None:
        return drafts, False
    return [
        replace(draft, input=cut.before, choices=cut.choices, lettered=cut.lettered)
        for draft, cut in zip(drafts, cuts, strict=True)
        if cut is not None
    ], True


def _resolved(
    drafts: Sequence[_Draft], roles: Roles, repeats: bool, notes: list[str]
) -> list[_Draft]:
    """The drafts with the texts of options as answers."""
    for each in drafts:
        fields = roles.choices or (roles.input,)
        check_choices(each.choices, each.row.where, fields, repeats=repeats)
    texts, note = resolve_answers(
        [Question(each.row.where, each.choices, each.answers, roles.output) for each in drafts]
    )
    if note:
        notes.append(note)
    return [replace(each, answers=answers) for each, answers in zip(drafts, texts, strict=True)]


def _joined(tables: Mapping[str, Table], source: str) -> Table:
    """All rows under the names of all tables, each name once."""
    each = list(tables.values())
    if len(each) == 1:
        return each[0]
    names = dict.fromkeys(name for table in each for name in table.names)
    rows = tuple(row for table in each for row in table.rows)
    notes = dict.fromkeys(note for table in each for note in table.notes)
    return Table(source, each[0].format, tuple(names), rows, each[0].unit, tuple(notes))


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
            found.append(list_cell(row, name, "answer"))
            continue
        text = text_cell(row, name, "answer")
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
    if len(roles.choices) == 1:
        return tuple(options_cell(row, roles.choices[0]))
    texts = [option_cell(row, name) for name in roles.choices]
    while texts and not texts[-1]:  # questions may have fewer options than there are columns
        texts.pop()
    return tuple(texts)


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
