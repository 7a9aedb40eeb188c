"""The examples of two candidates, with the answers of both."""

from __future__ import annotations

from typing import ClassVar

from tui.cells import shown_start
from tui.example_rows import ExampleRow
from tui.widgets.example_table import TEXT_CELLS, ExampleTable
from tui.widgets.line_table import Cell, Column


class ComparedTable(ExampleTable):
    """Rows are places in the comparison: A's answer stands before B's."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("change", "", 3),
        Column("index", "#", 5, align="right", rank=1),
        Column("input", "input", 12, grows=3),
        Column("prediction", "A", 10, grows=2),
        Column("before", "B", 10, grows=2),
        Column("reference", "reference", 10, grows=2, rank=2),
    )

    def cells(self, row: int) -> dict[str, Cell]:
        example = self._rows.get(row)
        if example is None:
            return {}
        before = example.prediction_before
        return {
            **super().cells(row),
            "before": Cell(
                shown_start(before if before is not None else "", TEXT_CELLS), _tone(example.before)
            ),
            "prediction": Cell(
                shown_start(example.prediction or example.error or "", TEXT_CELLS),
                _tone(example.score),
            ),
        }

    def _change(self, example: ExampleRow) -> Cell:
        """The sign of A's score, and of B's."""
        tone = "good" if example.fixed else "bad" if example.broken else "muted"
        return Cell(f"{_sign(example.score)} {_sign(example.before)}", tone)


def _sign(score: float | None) -> str:
    if score is None:
        return "!"
    return "✓" if score >= 1 else "✗" if score <= 0 else "◐"


def _tone(score: float | None) -> str:
    return "good" if score is not None and score >= 1 else "bad" if not score else ""
