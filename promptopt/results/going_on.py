"""How a run goes on that is at a halt."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from promptopt.results.visible import visible

if TYPE_CHECKING:
    from promptopt.runs.state import RunState


def going_on(state: RunState, status: str) -> str:
    """What lets a run go on, a command or two in order; "" where it needs or takes none.

    Args:
        state: of the run.
        status: as a person is shown it, "interrupted" where the engine has died.
    """
    run = shlex.quote(visible(state.run_id))
    resume = f"promptopt resume {run}"
    if state.reopened and state.ended:
        return resume
    if status in ("new", "running", "done"):
        return ""
    if status == "failed" and state.limit and state.best is None:
        # It would come to the same end with the same limit.
        option = visible(state.limit).replace("_", "-")
        return f"promptopt set {run} --{option} N, and then {resume}"
    return resume
