"""A table drawn line by line, with its cursor on a row's id rather than on its place.

A row is drawn when it is seen, from cells made on demand: a thousand rows that move four times
a second cost a few milliseconds. Only what changed is drawn again.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.actions import bindings
from tui.cells import fit
from tui.widgets.pane_moves import PaneMoves
from tui.widgets.tones import Tones

Id = TypeVar("Id", bound=Hashable)

GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `width` is in cells, the least width where `grows` is set.

    `rank` says which columns go first when the window is too narrow: the highest.
    """

    key: str
    title: str
    width: int
    grows: int = 0
    align: str = "left"
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell, safe to show, and the component class of its style."""

    text: str
    tone: str = ""


class LineTable(ScrollView, PaneMoves, Tones, Generic[Id], can_focus=True, inherit_bindings=False):
    """Base of the tables. A subclass says what the cells of a row are."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list"), *bindings("pane")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        "table--good",
        "table--bad",
        "table--star",
        "table--muted",
    }
    columns: ClassVar[tuple[Column, ...]] = ()
    nothing: str = ""

    class CursorMoved(Message):
        """The cursor is on another row."""

    class Chosen(Message):
        """A row was double-clicked."""

    class HeaderClicked(Message):
        """The title of a column was clicked."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.ids: list[Id] = []
        self.cursor: Id | None = None
        self.moved_by_hand = False
        """Whether a person has chosen a row, so that it is not to be left for another."""
        self.place = 0
        """The index of the cursor's row; 0 where there is none."""
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(2048)
        self._shown: list[tuple[Column, int]] = []
        self._shown_for = -1
        self._revisions: dict[Id, int] = {}
        self._sorted: tuple[str, str] = ("", "")
        self._titles: tuple[str, str] = ("", "")

    # What a subclass says

    def cells(self, row: Id) -> dict[str, Cell]:
        """The cells of a row by the keys of the columns."""
        raise NotImplementedError

    def revision(self, row: Id) -> int:
        """A number that changes whenever the cells of the row do."""
        raise NotImplementedError

    def lead(self, row: Id) -> str:  # noqa: ARG002
        """What stands in the cell before the first column: a mark, or nothing."""
        return ""

    def columns_for(self, width: int) -> tuple[Column, ...]:  # noqa: ARG002
        """The columns to choose from in a table of this width."""
        return self.columns

    # Rows and cursor

    def _place_of(self, row: Id | None) -> int | None:
        """Where a row stands. No index is kept: to build one takes longer than to look."""
        if row is None:
            return None
        if self.place < len(self.ids) and self.ids[self.place] == row:
            return self.place
        try:
            return self.ids.index(row)
        except ValueError:
            return None

    def show(self, ids: Sequence[Id]) -> None:
        """Show these rows in this order. The cursor stays on its row wherever that goes.

        A cursor whose row is gone moves to the row that took its place.
        """
        seen = self._cursor_is_seen()
        if ids != self.ids:
            self.ids = list(ids)
            self.virtual_size = Size(0, len(self.ids) + 1)
            self.refresh()
            place = self._place_of(self.cursor)
            if place is None:
                place = max(0, min(self.place, len(self.ids) - 1))
                self.cursor = self.ids[place] if self.ids else None
                self.post_message(self.CursorMoved())
            self.place = place
            if seen:
                self._scroll_to_cursor()
        self._refresh_changed()

    def show_titles(self, title: str, subtitle: str = "") -> None:
        """What stands in the border. To set what is there already would draw all anew."""
        if (title, subtitle) != self._titles:
            self._titles = title, subtitle
            self.border_title = Content(title)
            self.border_subtitle = Content(subtitle)

    def refresh_rows(self) -> None:
        """Draw the rows anew that have changed, where they are."""
        self._refresh_changed()

    def show_sorting(self, column: str, sign: str) -> None:
        """Mark the column that the rows are in the order of."""
        if (column, sign) != self._sorted:
            self._sorted = column, sign
            self.refresh_line(0)

    def move_to(self, row: Id | None, *, by_hand: bool = False) -> None:
        """Put the cursor on a row, where there is such a row."""
        place = self._place_of(row)
        if place is None:
            return
        self.moved_by_hand |= by_hand
        if row == self.cursor:
            return
        self._refresh_place(self.place)
        self.cursor, self.place = row, place
        self._refresh_place(self.place)
        self._scroll_to_cursor()
        self.post_message(self.CursorMoved())

    def move_by(self, rows: int) -> None:
        """Move the cursor by so many rows, as far as there are any."""
        if self.ids:
            place = max(0, min(len(self.ids) - 1, self.place + rows))
            self.move_to(self.ids[place], by_hand=True)

    def _refresh_changed(self) -> None:
        top = round(self.scroll_y)
        for line in range(top, min(len(self.ids), top + self.size.height)):
            row = self.ids[line]
            revision = self.revision(row)
            if self._revisions.get(row) != revision:
                self._revisions[row] = revision
                self._refresh_place(line)

    def _refresh_place(self, place: int) -> None:
        self.refresh_line(place + 1)

    def _cursor_is_seen(self) -> bool:
        top = round(self.scroll_y)
        return top <= self.place < top + max(1, self.size.height - 1)

    def _scroll_to_cursor(self) -> None:
        height, top = max(1, self.size.height - 1), round(self.scroll_y)
        if self.place < top:
            self.scroll_to(y=self.place, animate=False, force=True)
        elif self.place >= top + height:
            self.scroll_to(y=self.place - height + 1, animate=False, force=True)

    # Drawing

    def redraw(self) -> None:
        """Draw all rows anew: a theme, or what all cells depend on, has changed."""
        self._strips.clear()
        self._shown_for = -1
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_size.width
        if y == 0:
            return self._header(width)
        place = y - 1 + round(self.scroll_y)
        if place >= len(self.ids):
            return self._blank(y, width)
        row = self.ids[place]
        under = row == self.cursor
        lead = self.lead(row)
        key = (row, self.revision(row), width, under, under and self.has_focus, lead)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._row(row, width, under, lead)
        return strip

    def _header(self, width: int) -> Strip:
        style = self.get_component_rich_style("table--header")
        parts = [fit(self._title(each), cells, each.align) for each, cells in self._layout(width)]
        return Strip([Segment(fit(" " + GAP.join(parts), width), style)], width)

    def _title(self, column: Column) -> str:
        by, sign = self._sorted
        return column.title + sign if column.key == by else column.title

    def _column_at(self, x: int) -> str:
        """The key of the column at a cell of the table."""
        end = 1
        for column, cells in self._layout(self.scrollable_size.width):
            end += cells + len(GAP)
            if x < end:
                return column.key
        return ""

    def _blank(self, y: int, width: int) -> Strip:
        text = f"  {self.nothing}" if not self.ids and y == 2 else ""
        style = self.get_component_rich_style("table--muted")
        return Strip([Segment(fit(text, width), style)], width)

    def _row(self, row: Id, width: int, under: bool, lead: str) -> Strip:
        base = self.rich_style
        if under:
            name = "table--cursor" if self.has_focus else "table--cursor-blurred"
            base += self.get_component_rich_style(name)
        cells = self.cells(row)
        star = base if under else base + self.tone("table--star")
        segments = [Segment(fit(lead, 1), star)]
        for column, cells_wide in self._layout(width):
            cell = cells.get(column.key) or Cell("")
            # On the cursor's colour no other one is sure to be readable.
            style = base + self.tone(f"table--{cell.tone}") if cell.tone and not under else base
            segments.append(Segment(fit(cell.text, cells_wide, column.align), style))
            segments.append(Segment(GAP, base))
        return Strip(segments).adjust_cell_length(width, base)

    def width_of(self, key: str) -> int:
        """How wide a column is now; 0 where there is no room for it."""
        layout = self._layout(self.scrollable_size.width)
        return next((cells for column, cells in layout if column.key == key), 0)

    def _layout(self, width: int) -> list[tuple[Column, int]]:
        """The columns that fit, with their widths."""
        if width != self._shown_for:
            self._shown_for = width
            self._shown = lay_out(self.columns_for(width), width - 1)
        return self._shown

    # Keys and mouse

    def action_up(self) -> None:
        self.move_by(-1)

    def action_down(self) -> None:
        self.move_by(1)

    def action_page_up(self) -> None:
        self.move_by(-max(1, self.size.height - 2))

    def action_page_down(self) -> None:
        self.move_by(max(1, self.size.height - 2))

    def action_first(self) -> None:
        self.move_by(-len(self.ids))

    def action_last(self) -> None:
        self.move_by(len(self.ids))

    def on_focus(self) -> None:
        self._refresh_place(self.place)

    def on_blur(self) -> None:
        self._refresh_place(self.place)

    def on_resize(self) -> None:
        self.call_after_refresh(self._scroll_to_cursor)

    def on_click(self, event: events.Click) -> None:
        inside = event.get_content_offset(self)
        if inside is None:
            return
        if inside.y == 0:
            if column := self._column_at(inside.x):
                self.post_message(self.HeaderClicked(column))
            return
        place = inside.y - 1 + round(self.scroll_y)
        if place < len(self.ids):
            self.move_to(self.ids[place], by_hand=True)
            if event.chain == 2:
                self.post_message(self.Chosen())


def lay_out(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Which columns fit in `width` cells, and how wide each is.

    Columns of the highest rank are left out first. What is left over goes to the columns that
    grow, by their shares.
    """
    chosen = list(columns)
    while len(chosen) > 1 and _needed(chosen) > width:
        chosen.remove(max(chosen, key=lambda each: each.rank))
    spare = max(0, width - _needed(chosen))
    shares = sum(each.grows for each in chosen)
    placed: list[tuple[Column, int]] = []
    for column in chosen:
        extra = spare * column.grows // shares if shares else 0
        placed.append((column, column.width + extra))
    return placed


def _needed(columns: Sequence[Column]) -> int:
    return sum(each.width for each in columns) + len(GAP) * len(columns)
