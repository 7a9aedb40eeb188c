"""Places: how many calls may be under way at once, which can be changed while they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Self


class Places:
    """A semaphore whose size can be changed. Used with `async with`; first come, first served.

    Args:
        count: how many may hold a place at once, at least 1.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._held = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def resize(self, count: int) -> None:
        """Let so many hold a place. Those that hold one now keep it."""
        self.count = count
        self._let_in()

    async def __aenter__(self) -> Self:
        if self._held < self.count and not self._waiting:
            self._held += 1
            return self
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(place)
            else:
                # It was let in just before it gave up.
                self._leave()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        self._held -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._held < self.count and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                self._held += 1
                place.set_result(None)
