"""Progress in one line: rewritten in place on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable

from promptopt.cli.output import fitted

PLAIN_SECONDS = 15.0
"""Where nothing can be rewritten, how long it may stay silent."""


class LiveLine:
    """Says that something goes on, between the lines that stay.

    Args:
        show: prints a line that stays.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._rewrites = sys.stderr.isatty() and sys.stdout.isatty()
        self._drawn = False
        self._said_at = time.monotonic()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self.clear()
        self._show(line)
        self._said_at = time.monotonic()

    def update(self, text: str) -> None:
        """Show how things stand."""
        if not text:
            return
        if self._rewrites:
            width = shutil.get_terminal_size().columns - 1
            # To the start of the line, the text, and what stood behind it cleared.
            print(f"\r{fitted(text, width)}\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = True
        elif time.monotonic() - self._said_at >= PLAIN_SECONDS:
            self.say(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False
