"""Loader of TruthfulQA (Lin et al. 2022): questions with true and with false answers.

As published: CSV with the columns Question, Best Answer, Correct Answers and Incorrect Answers,
the last two separated by "; ". JSON with lists in fields of these names is read as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.answers import unique
from promptopt.tasks.cells import list_cell, text_cell
from promptopt.tasks.columns import Columns
from promptopt.tasks.reading import Reading, names_of
from promptopt.tasks.table import Row, Table

FAMILY = "TruthfulQA"
_SEPARATOR = ";"
_QUESTION, _BEST = "question", "best answer"
_CORRECT, _INCORRECT = "correct answers", "incorrect answers"


def read_truthful_qa(tables: Mapping[str, Table]) -> Reading | None:
    """The tables with lists of answers; None if they are no TruthfulQA.

    The papers have the answers judged by models. Without one, an answer counts that is nearer to
    a true one than to any false one, which is the data set's own automatic metric.
    """
    columns = {_plain(name): name for name in names_of(tables)}
    if not {_QUESTION, _BEST} <= set(columns) or not {_CORRECT, _INCORRECT} & set(columns):
        return None
    for name in (_CORRECT, _INCORRECT):
        if name not in columns:
            table = next(iter(tables.values()))
            raise InputError(
                f'{table.source}: there is no {table.unit} "{name.title()}", as in TruthfulQA; '
                f"its {table.unit}s are: {', '.join(table.names)}"
            )
    made = {
        split: replace(table, rows=tuple(_lists(row, columns) for row in table.rows))
        for split, table in tables.items()
    }
    named = Columns(input=columns[_QUESTION], output=columns[_BEST], choices="", split="")
    return Reading(
        FAMILY,
        made,
        named,
        "nearest_true",
        wrong=columns[_INCORRECT],
        notes=(
            "nearest_true compares words with those of the true and the false answers; the papers "
            "have models judge, as the metric truthful_informative does with a judge model.",
        ),
    )


def _lists(row: Row, columns: Mapping[str, str]) -> Row:
    """The row with all true answers under the best one's name, and the false ones as a list."""
    best, wrong = columns[_BEST], columns[_INCORRECT]
    first = text_cell(row, best, "best answer").strip()
    true = unique([first, *_answers(row, columns[_CORRECT])])
    # Here and there the same answer is published as true and as false; then it is no mistake.
    false = [each for each in unique(_answers(row, wrong)) if each not in true]
    if not false:
        raise InputError(f'{row.where}, "{wrong}": every incorrect answer is a correct one too')
    return Row(row.where, {**row.cells, best: list(true), wrong: false})


def _answers(row: Row, name: str) -> list[str]:
    value: Any = row.cells.get(name)
    if isinstance(value, list):
        return list_cell(row, name, "answer")
    parts = [part.strip() for part in text_cell(row, name, "list of answers").split(_SEPARATOR)]
    # A separator at the end is no further answer.
    return [part for part in parts if part]


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
