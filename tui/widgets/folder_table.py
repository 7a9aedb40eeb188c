"""The entries of a folder."""

from __future__ import annotations

from typing import ClassVar

from textual.message import Message

from tui.cells import shown_start
from tui.folder_rows import FolderRow
from tui.widgets.line_table import Cell, Column
from tui.widgets.places_table import PlacesTable

_TONES = {"folder": "star", "configuration": "good", "bundled": "muted"}


class FolderTable(PlacesTable[FolderRow]):
    """Left goes up in the tree and right goes in."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", "name", 24, grows=1),
        Column("note", "", 10, grows=1, rank=1),
    )
    nothing = "Reading the folder…"

    class GoUp(Message):
        """To the folder above."""

    def item_cells(self, item: FolderRow) -> dict[str, Cell]:
        name = Cell(shown_start(item.name, 200), _TONES.get(item.kind, ""))
        return {"name": name, "note": Cell(shown_start(item.note, 200), "muted")}

    async def action_left(self) -> None:
        self.post_message(self.GoUp())

    async def action_right(self) -> None:
        self.post_message(self.Chosen())
