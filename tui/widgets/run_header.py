"""The lines above everything that say how the run stands."""

from __future__ import annotations

import time

from textual.content import Content
from textual.widgets import Static

from tui.run_feed import RunFeed
from tui.run_header_text import header_lines

LEAST_LINES = 3


class RunHeader(Static):
    """Redrawn when what it says has changed."""

    def __init__(self, feed: RunFeed) -> None:
        super().__init__(markup=False)
        self._feed = feed
        self._lines: list[Content] = []

    def update_lines(self) -> None:
        """Draw the header as of now."""
        width = self.content_size.width
        lines = header_lines(self._feed, width, time.time()) if width else []
        same_height = len(lines) == len(self._lines)
        if same_height and all(map(Content.is_same, lines, self._lines)):
            return
        self._lines = lines
        if not same_height:
            self.styles.height = max(LEAST_LINES, len(lines))
        self.update(Content("\n").join(lines), layout=False)

    def on_resize(self) -> None:
        self.update_lines()
