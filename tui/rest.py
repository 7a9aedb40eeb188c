"""Rest for what changes by itself faster than a person can read."""

from __future__ import annotations

import time

from promptopt.runs.state import RunState

EVENTS_TOO_MANY = 500
"""As long as fewer have come since the last drawing, everything is drawn at once."""

SECONDS_BETWEEN_DRAWINGS = 1.0


class Rest:
    """Says when a part of the screen is drawn again.

    That takes most of what the workbench takes at all while thousands of events come in a second.
    """

    def __init__(self) -> None:
        self._drawn_at = float("-inf")
        self._revision = 0

    def is_over(self, state: RunState) -> bool:
        """Whether to draw now; whoever asks does, or else asks again at the next tick."""
        now, came = time.monotonic(), state.revision - self._revision
        soon = now - self._drawn_at < SECONDS_BETWEEN_DRAWINGS
        if soon and came > EVENTS_TOO_MANY and not state.ended:
            return False
        self._drawn_at, self._revision = now, state.revision
        return True
