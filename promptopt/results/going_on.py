"""How a run goes on that is at a halt."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from promptopt.results.numbers import counted
from promptopt.results.visible import visible

if TYPE_CHECKING:
    from promptopt.runs.state import RunState


def reopened_search(state: RunState) -> str:
    """What a run with a raised limit will do when it goes on; "" where it has none.

    A search that cannot go on from where it was is gone through anew: how many candidates it makes,
    and on what they are scored, hangs on the limit.
    """
    if not (state.reopened and state.ended):
        return ""
    candidates = counted(len(state.candidates), "candidate")
    if state.reopened_at:
        told = (
            f"the search goes on from where it was: its {candidates} and their scores stay, and "
            "what follows goes by the new limit"
        )
        better = "if a better prompt is found"
    else:
        told = (
            "the search is gone through anew, as if it had had this limit from its start: what was "
            f"asked before is not asked again, but its {candidates} may give way to others"
        )
        better = "if its best prompt does too"
    if state.prompt_file:
        told += f"; {better}, {visible(state.prompt_file)} is kept beside it"
    return told


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
