"""Loader of Winograd schemas (Levesque et al. 2012): what does a pronoun refer to?

Three published forms: that of GPO, where the two options end the text of the question; that of
the original collection (WSC273: text, pronoun, options, label); and that of SuperGLUE, where a
referent is proposed and the label says whether it is the right one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.cells import list_cell, text_cell
from promptopt.tasks.columns import Columns
from promptopt.tasks.json_rows import kind_of
from promptopt.tasks.reading import Reading, names_of
from promptopt.tasks.table import Row, Table

FAMILY = "Winograd schemas"
_ASKED = re.compile(r'What does the pronoun ".+?" refer to\?')


def read_winograd(tables: Mapping[str, Table]) -> Reading | None:
    """The tables as questions with their answers; None if they are no Winograd schemas."""
    names = names_of(tables)
    if {"text", "pronoun", "options", "label"} <= names:
        made = _made_over(tables, _from_collection)
        return Reading(
            FAMILY, made, Columns(input="text", output="label", choices="options"), "choice"
        )
    if {"text", "target", "label"} <= names and _any_span(tables):
        labelled = {split: table for split, table in tables.items() if "label" in table.names}
        notes = [
            f"The {split} file is passed over: it has no labels."
            for split in tables
            if split not in labelled
        ]
        made = _made_over(labelled, _from_superglue)
        columns = Columns(input="text", output="label", choices="")
        return Reading(FAMILY, made, columns, "boolean", notes=tuple(notes))
    if {"input", "output"} <= names and _any_asked(tables):
        return Reading(FAMILY, tables, Columns(input="input", output="output"), "choice")
    return None


def _made_over(tables: Mapping[str, Table], make: Any) -> dict[str, Table]:
    return {
        split: replace(table, rows=tuple(make(row) for row in table.rows))
        for split, table in tables.items()
    }


def _any_asked(tables: Mapping[str, Table]) -> bool:
    texts = [row.cells.get("input") for table in tables.values() for row in table.rows]
    asked = [text for text in texts if isinstance(text, str) and _ASKED.search(text)]
    return 2 * len(asked) > len(texts)


def _any_span(tables: Mapping[str, Table]) -> bool:
    targets = [row.cells.get("target") for table in tables.values() for row in table.rows]
    return any(isinstance(each, dict) and "span1_text" in each for each in targets)


def _from_collection(row: Row) -> Row:
    text, pronoun = text_cell(row, "text", "text"), text_cell(row, "pronoun", "pronoun")
    options = row.cells.get("options")
    if not isinstance(options, list):
        raise InputError(f'{row.where}, field "options": expected a list, found {kind_of(options)}')
    choices = list_cell(row, "options", "choice")
    label = text_cell(row, "label", "label")
    if not (label.isascii() and label.isdigit() and int(label) < len(choices)):
        raise InputError(
            f'{row.where}, field "label": expected the number of an option, 0 to '
            f"{len(choices) - 1}, found {label!r}"
        )
    asked = f'{text} What does the pronoun "{pronoun}" refer to?'
    return Row(row.where, {**row.cells, "text": asked, "label": choices[int(label)]})


def _from_superglue(row: Row) -> Row:
    target = row.cells.get("target")
    if not isinstance(target, dict):
        raise InputError(
            f'{row.where}, field "target": expected an object, found {kind_of(target)}'
        )
    within = Row(f'{row.where}, field "target"', target)
    referent = text_cell(within, "span1_text", "referent")
    pronoun = text_cell(within, "span2_text", "pronoun")
    label = text_cell(row, "label", "label").casefold()
    answers = {"true": "Yes", "1": "Yes", "false": "No", "0": "No"}
    if label not in answers:
        raise InputError(f'{row.where}, field "label": expected true or false, found {label!r}')
    asked = f'{text_cell(row, "text", "text")}\nDoes the pronoun "{pronoun}" refer to "{referent}"?'
    return Row(row.where, {**row.cells, "text": asked, "label": answers[label]})
