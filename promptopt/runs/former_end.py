"""The former end of a search that a limit had ended, and that goes on with a higher one."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.runs import events as ev

_LAST_WORDS = (ev.CandidateScored, ev.LimitReached, ev.SearchWarned)
"""What a search still tells when its calls have run out, before it chooses a winner. As it goes on,
all of it is told again, or is void."""


def is_former_end(events: Sequence[ev.Event]) -> bool:
    """Whether these, the last search events of a run, only tell how its search had come to an end.

    Not so if candidates were made, or stages finished: who goes on otherwise has begun anew.
    """
    for event in events:
        if isinstance(event, ev.WinnerChosen):
            return True
        if not isinstance(event, _LAST_WORDS):
            return False
    return False
