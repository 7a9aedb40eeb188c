"""The examples that a candidate was asked, with answer, reference and score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tui.cells import shown_start
from tui.example_rows import ExampleRow
from tui.widgets.line_table import Cell, Column, LineTable

TEXT_CELLS = 300


class ExampleTable(LineTable[int]):
    """Rows are places in the split."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("sign", "", 1),
        Column("number", "#", 5, align="right"),
        Column("change", "was", 3, rank=2),
        Column("input", "input", 14, grows=3),
        Column("prediction", "prediction", 12, grows=2),
        Column("reference", "reference", 10, grows=2),
        Column("score", "score", 5, align="right", rank=1),
    )
    nothing = "No examples to show."

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: dict[int, ExampleRow] = {}
        self._edition = 0

    @property
    def chosen(self) -> ExampleRow | None:
        """The row under the cursor."""
        return self._rows.get(self.cursor) if self.cursor is not None else None

    def show_examples(self, rows: Sequence[ExampleRow]) -> None:
        """Show these rows, all of which may have changed."""
        self._rows = {row.index: row for row in rows}
        self._edition += 1
        self.show([row.index for row in rows])
        self.redraw()

    def revision(self, row: int) -> int:  # noqa: ARG002
        return self._edition

    def cells(self, row: int) -> dict[str, Cell]:
        example = self._rows.get(row)
        if example is None:
            return {}
        tone = "good" if example.right else "bad" if example.score in (None, 0.0) else ""
        references = " | ".join(example.references)
        answer = example.prediction if example.prediction is not None else example.error or ""
        return {
            "sign": Cell(example.sign, tone),
            "number": Cell(str(example.number), "muted"),
            "change": self._change(example),
            "input": Cell(shown_start(example.input, TEXT_CELLS)),
            "prediction": Cell(shown_start(answer, TEXT_CELLS), tone),
            "reference": Cell(shown_start(references, TEXT_CELLS)),
            "score": Cell("" if example.score is None else f"{example.score:.2f}", "muted"),
        }

    def _change(self, example: ExampleRow) -> Cell:
        """What the candidate compared with got here, where it is not the same."""
        if not (example.fixed or example.broken):
            return Cell("")
        return Cell(f"{example.sign_before}→", "good" if example.fixed else "bad")
