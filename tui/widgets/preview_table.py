"""The rows of the data as they were understood."""

from __future__ import annotations

from typing import ClassVar

from promptopt.runs.preview import PreviewRow
from tui.cells import shown_start
from tui.widgets.line_table import Cell, Column
from tui.widgets.places_table import PlacesTable

TEXT_CELLS = 300


class PreviewTable(PlacesTable[PreviewRow]):
    """The choices have a column where there are any."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("split", "split", 5, rank=2),
        Column("input", "input", 16, grows=3),
        Column("answers", "answers", 12, grows=2),
        Column("choices", "choices", 12, grows=2, rank=1),
    )
    nothing = "No data yet."

    def columns_for(self, width: int) -> tuple[Column, ...]:  # noqa: ARG002
        some = any(each.choices for each in self.items)
        return self.columns if some else self.columns[:-1]

    def item_cells(self, item: PreviewRow) -> dict[str, Cell]:
        return {
            "split": Cell(item.split, "muted"),
            "input": Cell(shown_start(item.input, TEXT_CELLS)),
            "answers": Cell(shown_start(" | ".join(item.references), TEXT_CELLS)),
            "choices": Cell(shown_start(" | ".join(item.choices), TEXT_CELLS), "muted"),
        }
