"""Loader of WebNLG (Gardent et al. 2017) in the form that GPO uses: triples to be put in words.

An input ends in lines `subject | predicate | object`; its output is a list of accepted texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from promptopt.tasks.columns import Columns
from promptopt.tasks.reading import Reading, names_of
from promptopt.tasks.table import Table

FAMILY = "WebNLG"
_TRIPLE = re.compile(r"\S.* \| .*\S \| .*\S")


def read_webnlg(tables: Mapping[str, Table]) -> Reading | None:
    """The tables as they are, with GPO's metric; None if their inputs are no triples.

    GPO averages ROUGE-L over the references.
    """
    if not {"input", "output"} <= names_of(tables):
        return None
    texts = [row.cells.get("input") for table in tables.values() for row in table.rows]
    triples = [
        text
        for text in texts
        if isinstance(text, str) and _TRIPLE.fullmatch(text.rstrip().rsplit("\n", 1)[-1])
    ]
    if 2 * len(triples) <= len(texts):
        return None
    columns = Columns(input="input", output="output")
    return Reading(FAMILY, tables, columns, "rouge_l_mean")
