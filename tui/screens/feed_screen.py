"""Screens that follow a feed of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tui.screens.live_screen import LiveScreen

SECONDS_FOR_KEYS = 0.001
"""Between two parts of what is long, keys are answered."""


class Feed(Protocol):
    """What was read so far; why nothing can be read is in `trouble`."""

    @property
    def trouble(self) -> str: ...

    @property
    def behind(self) -> bool:
        """Whether there is more than the last poll read."""

    def poll(self) -> bool:
        """Read what came since, for a bounded time; returns whether anything has changed."""


class Feeds:
    """Several feeds that are read as one."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds = feeds

    @property
    def trouble(self) -> str:
        return next((each.trouble for each in self._feeds if each.trouble), "")

    @property
    def behind(self) -> bool:
        return any(each.behind for each in self._feeds)

    def poll(self) -> bool:
        changed = [each.poll() for each in self._feeds]
        return any(changed)


class FeedScreen(LiveScreen):
    """Reads on without waiting for the next tick, as long as there is more to read."""

    feed: Feed
    _reads_on = False

    def read_on_soon(self) -> None:
        """Read more when keys were answered; it is drawn at the next tick, and at the end."""
        if self.feed.behind and not self.feed.trouble and not self._reads_on:
            self._reads_on = True
            self.set_timer(SECONDS_FOR_KEYS, self._read_on)

    def _read_on(self) -> None:
        self._reads_on = False
        if not self.app.is_running or self.app.screen is not self:
            return  # `is_current` holds for screens under this one too
        self.feed.poll()
        self.read_on_soon()
        if not self._reads_on:
            self.tick()
