"""Loader of BIG-Bench Hard (Suzgun et al. 2022): one JSON file a task.

A file is {"canary": …, "examples": [{"input": …, "target": …}]}. Options end the text of an
input; a task without any is told by its answers: truth values, numbers, brackets, sorted words.
The form that GPO uses has the same texts in the fields input and output, in the files train,
eval and test of a folder, with format and few_shot_examples beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from promptopt.tasks.answer_kind import check_alike
from promptopt.tasks.columns import Columns
from promptopt.tasks.reading import Reading, names_of
from promptopt.tasks.table import Table

FAMILY = "BIG-Bench Hard"

KEPT_APART = ("format", "few_shot_examples")
"""Files in which GPO keeps a few examples for its meta-prompt and for demonstrations."""


def read_big_bench_hard(tables: Mapping[str, Table]) -> Reading | None:
    """The tables as they are, checked; None if they are of another form."""
    names = names_of(tables)
    if {"input", "target"} <= names and all(each.wrapped for each in tables.values()):
        output = "target"
    elif {"input", "output"} <= names and any(map(_is_of_gpo, tables.values())):
        output = "output"
    else:
        return None
    check_alike([row for table in tables.values() for row in table.rows], output)
    return Reading(FAMILY, tables, Columns(input="input", output=output))


def _is_of_gpo(table: Table) -> bool:
    path = Path(table.source)
    beside = [path.with_name(f"{name}.jsonl") for name in KEPT_APART]
    return path.suffix == ".jsonl" and any(each.is_file() for each in beside)
