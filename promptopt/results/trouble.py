"""Warnings and errors of a run in few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.results.numbers import counted
from promptopt.runs import events as ev

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promptopt.runs.state import LogLine

TROUBLE_LINES = 3
"""How many failed calls are shown at once; the rest is counted."""

SECONDS_BETWEEN = 60.0
"""Calls that fail are told of no more often."""


class TroubleLines:
    """Puts warnings and errors into lines.

    An endpoint that is asked too fast refuses every third call, all night long. Of calls that fail
    one is told at once, of later ones once a minute how many they were; of anything else always.
    """

    def __init__(self) -> None:
        self._silent_until = float("-inf")
        self._held = 0

    def of(self, found: Sequence[LogLine], *, ended: bool = False) -> list[str]:
        """The lines for what is new.

        Args:
            found: warnings and errors, the oldest first.
            ended: whether nothing more is to come.
        """
        calls = [line for line in found if _of_a_call(line)]
        lines: list[str] = []
        if calls and calls[-1].at < self._silent_until:
            self._held += len(calls)
            found = [line for line in found if not _of_a_call(line)]
        elif calls:
            lines += self._rest()
            self._silent_until = calls[-1].at + SECONDS_BETWEEN
        shown = hidden = 0
        for line in found:
            # Whatever else there is to say must not be lost among calls.
            if not _of_a_call(line) or (shown := shown + 1) <= TROUBLE_LINES:
                lines.append(f"{line.level}: {line.text}")
            else:
                hidden += 1
        if hidden:
            lines.append(f"… and {counted(hidden, 'more warning')}")
        return lines + (self._rest() if ended else [])

    def _rest(self) -> list[str]:
        """How many calls have failed of which nothing was told."""
        held, self._held = self._held, 0
        return [f"warning: {counted(held, 'more call')} failed since then"] if held else []


def _of_a_call(line: LogLine) -> bool:
    return isinstance(line.told, ev.CallRetried | ev.CallFailed)
