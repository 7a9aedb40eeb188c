"""The run's events as lines, the newest at the end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from promptopt.runs.state import EVENTS_KEPT, LogLine, RunState
from tui.actions import bindings
from tui.cells import fit, folded, shown, shown_start
from tui.widgets.pane_moves import PaneMoves
from tui.widgets.tones import Tones

LEVELS = {"info": "INFO", "warning": "WARN", "error": "ERROR"}

INDENT = 16
"""Cells of time and level, under which a folded line goes on."""

LINES_AN_EVENT = 40
CHARACTERS_AN_EVENT = 4_000

_Row = tuple[LogLine, str | None, bool]
"""An event, the part of its line that this row shows, and whether that goes on from above.

None for a line that is cut and not folded: most are never seen, and so are never worded.
"""


class EventLog(ScrollView, PaneMoves, Tones, can_focus=True, inherit_bindings=False):
    """Follows the end until somebody scrolls up; then counts what has come since."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list"), *bindings("pane")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--time", "log--warning", "log--error"}

    def __init__(self, state: RunState, *, whole: bool = False, id: str | None = None) -> None:  # noqa: A002
        """`whole` folds long lines instead of cutting them."""
        super().__init__(id=id)
        self._state = state
        self._whole = whole
        self._rows: deque[_Row] = deque()
        self._rows_of: deque[int] = deque()  # how many each event has
        self._taken = 0
        self._folded_for = 0
        self.unseen = 0
        self.following = True

    def update_lines(self) -> None:
        """Take in what came since: one drawing for all of it."""
        new = min(self._state.log_total - self._taken, len(self._state.log))
        if new <= 0:
            return
        self._taken = self._state.log_total
        self._add(new)
        dropped = self._drop_old()
        if dropped and not self.following:  # the lines that are looked at stay where they are
            top = max(0, self.scroll_y - dropped)
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        self.virtual_size = Size(0, len(self._rows))
        if self.following:
            self.scroll_end(animate=False, immediate=True, force=True)
        else:
            self.unseen += new
        self.refresh()

    def _drop_old(self) -> int:
        """Keep as many events as the state does; returns how many rows went."""
        dropped = 0
        while len(self._rows_of) > EVENTS_KEPT:
            for _ in range(rows := self._rows_of.popleft()):
                self._rows.popleft()
            dropped += rows
        return dropped

    def _add(self, new: int) -> None:
        width = self.scrollable_size.width
        cells = width - INDENT
        for line in islice(self._state.log, len(self._state.log) - new, None):
            pieces: Sequence[str | None] = (None,)
            if self._whole and width:
                text = shown(line.text[:CHARACTERS_AN_EVENT])
                fits = text.isascii() and len(text) <= cells
                pieces = (text,) if fits else folded(text, cells, LINES_AN_EVENT)
            self._rows.extend((line, piece, index > 0) for index, piece in enumerate(pieces))
            self._rows_of.append(len(pieces))

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_size.width, self.rich_style
        index = y + round(self.scroll_y)
        if index >= len(self._rows):
            return Strip.blank(width, base)
        line, piece, goes_on = self._rows[index]
        text = line.text if piece is None else piece
        faint = self.tone("log--time")
        tone = base
        if line.level in ("warning", "error"):
            tone = base + self.tone(f"log--{line.level}")
        clock = time.strftime("%H:%M:%S", time.localtime(line.at))
        level = LEVELS.get(line.level, "")
        head = " " * INDENT if goes_on else f" {clock} {level:<5} "
        return Strip(
            [
                Segment(head[:10], base + faint),
                Segment(head[10:], tone if line.level != "info" else base + faint),
                Segment(fit(shown_start(text, width), max(0, width - INDENT)), tone),
            ]
        ).adjust_cell_length(width, base)

    def on_resize(self) -> None:
        if self._whole and self.scrollable_size.width != self._folded_for:
            self._folded_for = self.scrollable_size.width
            self._rows.clear()
            self._rows_of.clear()
            self._taken = self._state.log_total - len(self._state.log)
            self.update_lines()
        if self.following:
            self.call_after_refresh(self.scroll_end, animate=False, immediate=True, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.is_mounted:
            at_end = round(new_value) >= self.max_scroll_y
            if at_end:
                self.unseen = 0
            # Lines that come move the end away from under a view that follows it.
            if at_end or new_value < old_value:
                self.following = at_end

    def action_up(self) -> None:
        self.scroll_up(animate=False)

    def action_down(self) -> None:
        self.scroll_down(animate=False)

    def action_page_up(self) -> None:
        self.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self.scroll_page_down(animate=False)

    def action_first(self) -> None:
        self.scroll_home(animate=False)

    def action_last(self) -> None:
        self.scroll_end(animate=False)


def log_title(state: RunState, log: EventLog) -> str:
    """The title of a pane of events."""
    following = "following" if log.following else f"+{log.unseen} below" if log.unseen else "held"
    return f"{following} · warnings {state.warnings} · errors {state.errors}"
