"""A table of a list that is replaced as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from tui.widgets.line_table import Cell, LineTable

Item = TypeVar("Item")


class PlacesTable(LineTable[int], Generic[Item]):
    """Its rows are places in the list."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.items: Sequence[Item] = ()
        self._edition = 0

    @property
    def chosen(self) -> Item | None:
        """What is under the cursor."""
        return self.items[self.cursor] if self.cursor is not None and self.items else None

    def show_items(self, items: Sequence[Item], at: int = 0) -> None:
        """Show this list, the cursor on the place `at` where it is another one than before."""
        if items == self.items:
            return
        self.items = items
        self._edition += 1
        self.show([])
        self.show(list(range(len(items))))
        self.redraw()
        self.move_to(at)

    def revision(self, row: int) -> int:  # noqa: ARG002
        return self._edition

    def cells(self, row: int) -> dict[str, Cell]:
        return self.item_cells(self.items[row]) if row < len(self.items) else {}

    def item_cells(self, item: Item) -> dict[str, Cell]:
        """The cells of an item by the keys of the columns."""
        raise NotImplementedError
