"""Reading: what a published family's loader makes of the tables of a file or folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promptopt.tasks.columns import Columns
from promptopt.tasks.table import Table


@dataclass(frozen=True)
class Reading:
    """A task of a published family, its rows in a form that every loader shares.

    Attributes:
        family: what a person calls it: "GSM8K".
        tables: by split, as they were given, or with rows made over.
        columns: which of their columns are input, answers and choices.
        metric: the one that the papers use; None for that of the answers' kind.
        wrong: the column of wrong answers, a list each; "" if there is none.
        notes: what a person should know, a sentence each.
    """

    family: str
    tables: Mapping[str, Table]
    columns: Columns
    metric: str | None = None
    wrong: str = ""
    notes: tuple[str, ...] = ()


def names_of(tables: Mapping[str, Table]) -> set[str]:
    """The names of all columns or fields of the tables."""
    return {name for table in tables.values() for name in table.names}
