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
        Column("number", "#", 5, align="right", rank=1),
        Column("input", "input", 12, grows=3),
        Column("prediction", "A", 10, grows=2),
        Column("before", "B", 10, grows=2),
        Column("reference", "reference", 10, grows=2, rank=2),
    )

    def cells(self, row: int) -> dict[str, Cell]:
        example = self._rows.get(row)
        if example is None:
            return {}
        answer = example.prediction if example.prediction is not None else example.error
        return {
            **super().cells(row),
            "before": _answer(
                example.prediction_before, example.before, asked=example.asked_before
            ),
            "prediction": _answer(answer, example.score, asked=example.asked),
        }

    def _change(self, example: ExampleRow) -> Cell:
        """The sign of A's score, and of B's."""
        tone = "good" if example.fixed else "bad" if example.broken else "muted"
        return Cell(f"{example.sign} {example.sign_before}", tone)


def _answer(text: str | None, score: float | None, *, asked: bool) -> Cell:
    if not asked:
        return Cell("not asked", "muted")
    tone = "good" if score is not None and score >= 1 else "bad" if not score else ""
    return Cell(shown_start(text or "", TEXT_CELLS), tone)
