"""Loader of GSM8K (Cobbe et al. 2021): word problems whose answer is a number.

As published, `answer` is the worked solution, with the number behind `####` at its end. In the
form that GPO uses, `solution` is that text and `output` the number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from promptopt.errors import InputError
from promptopt.metrics.registry import is_number
from promptopt.tasks.cells import text_cell
from promptopt.tasks.columns import Columns
from promptopt.tasks.reading import Reading, names_of
from promptopt.tasks.table import Row, Table

FAMILY = "GSM8K"
_FINAL = re.compile(r"####\s*(\S+)\s*\Z")


def read_gsm8k(tables: Mapping[str, Table]) -> Reading | None:
    """The tables with numbers as answers; None if they are no GSM8K."""
    names = names_of(tables)
    if {"input", "solution"} <= names and _worked(tables, "solution"):
        for table in tables.values():
            for row in table.rows:
                _number(row, "output")
        return Reading(FAMILY, tables, Columns(input="input", output="output"), "number")
    if {"question", "answer"} <= names and _worked(tables, "answer"):
        made = {
            split: replace(table, rows=tuple(map(_with_number, table.rows)))
            for split, table in tables.items()
        }
        return Reading(FAMILY, made, Columns(input="question", output="answer"), "number")
    return None


def _worked(tables: Mapping[str, Table], name: str) -> bool:
    """Whether most texts of a column end in `#### …`."""
    texts = [row.cells.get(name) for table in tables.values() for row in table.rows]
    ended = [text for text in texts if isinstance(text, str) and _FINAL.search(text)]
    return 2 * len(ended) > len(texts)


def _with_number(row: Row) -> Row:
    match = _FINAL.search(text_cell(row, "answer", "answer"))
    if match is None:
        raise InputError(
            f'{row.where}, field "answer": the solution does not end in "#### " and a number, as '
            "the others do"
        )
    made = Row(row.where, {**row.cells, "answer": match[1].rstrip(".")})
    _number(made, "answer")
    return made


def _number(row: Row, name: str) -> None:
    text = text_cell(row, name, "answer")
    if not is_number(text):
        raise InputError(f'{row.where}, field "{name}": expected a number, found {text!r}')
