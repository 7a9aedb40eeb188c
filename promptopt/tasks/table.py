"""Table: named cells in rows, the common form of all files that have columns or fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Cell = Any
"""A text; from JSON also None, a list or an object (whose scalars are texts)."""


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        where: its place as errors name it: "data.csv:7" or "data.json:52, row 17".
        cells: name of the column or field to its value. JSON rows may lack some.
    """

    where: str
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Table:
    """What a file holds before columns are given their roles.

    Attributes:
        source: the path, as errors name it.
        format: what a person would call the format: "CSV".
        names: names of the columns or fields, each once, in the order of the file.
        rows: at least one.
        unit: what the format calls a column: "column" or "field".
        notes: what a person should know about how it was read, a sentence each.
        headless: whether the file has no line of names, so that they are known otherwise.
        wrapped: whether the rows are the list "examples" of an object.
    """

    source: str
    format: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]
    unit: str = "column"
    notes: tuple[str, ...] = field(default=())
    headless: bool = False
    wrapped: bool = False

    @property
    def lists(self) -> bool:
        """Whether the format has lists of its own, so that a text is one text."""
        return self.unit == "field"
