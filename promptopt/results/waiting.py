"""A run that waits for an endpoint that does not answer any more, in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from promptopt.results.numbers import duration
from promptopt.results.visible import visible

if TYPE_CHECKING:
    from promptopt.runs.state import RunState


def seen_status(status: str, state: RunState) -> str:
    """The status, or "waiting" where a run waits for an endpoint that does not answer any more."""
    return "waiting" if status == "running" and state.waiting else status


def waiting_text(state: RunState, now: float | None = None) -> str:
    """What a run waits for; with `now` for how long already, without since when.

    Args:
        now: the time, in seconds since the epoch.
    """
    told = []
    for each in state.waiting:
        if now is None:
            since = time.strftime("%H:%M:%S", time.localtime(each.since))
            told.append(f"{visible(each.endpoint)} has not answered since {since}")
            continue
        again = each.again_at - now
        when = f"asked again in {again:.0f} s" if again >= 0.5 else "asked again now"
        silent = duration(max(0.0, now - each.since))
        told.append(f"{visible(each.endpoint)} has not answered for {silent}, {when}")
    return "; ".join(told)


def waiting_objects(state: RunState) -> list[dict[str, Any]]:
    """The endpoints that a run waits for, as JSON values: `endpoint`, `since` and `again_at`."""
    return [
        {"endpoint": each.endpoint, "since": each.since, "again_at": each.again_at}
        for each in state.waiting
    ]
