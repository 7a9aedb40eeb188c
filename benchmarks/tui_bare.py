"""A bare Textual application with a list of rows: what `tui_scale.py` measures beside."""

from __future__ import annotations

import sys
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip


class Rows(ScrollView, can_focus=True):
    """Draws the rows that are seen, the one under the cursor reversed."""

    BINDINGS: ClassVar[list[BindingType]] = [("j", "down"), ("s", "sort")]

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = list(range(rows))
        self.cursor = 0
        self.virtual_size = Size(0, rows)
        self.title = "rows"

    def render_line(self, y: int) -> Strip:
        place = y + round(self.scroll_y)
        if y == self.size.height - 1:
            return Strip([Segment(self.title.ljust(self.size.width))])
        if place >= len(self.rows):
            return Strip.blank(self.size.width)
        style = Style(reverse=place == self.cursor)
        return Strip([Segment(f"row {self.rows[place]}".ljust(self.size.width), style)])

    def action_down(self) -> None:
        self.cursor += 1
        if self.cursor - self.scroll_y > self.size.height - 3:
            self.scroll_to(y=self.cursor - self.size.height + 3, animate=False)
        self.refresh()

    def action_sort(self) -> None:
        self.rows.sort(key=lambda each: (each * 7919) % 100_003)
        self.rows.sort()
        self.title = "sorted" if self.title != "sorted" else "sorted again"
        self.refresh()


class BareApp(App[None]):
    """One list in the whole window, and a tick that does nothing."""

    def compose(self) -> ComposeResult:
        yield Rows(int(sys.argv[1]))

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        self.set_interval(0.25, lambda: None)


if __name__ == "__main__":
    BareApp().run()
