"""What the reading commands share: a run that is named, as it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from promptopt.results.statistics import PairedDifference
    from promptopt.runs.state import RunState
    from promptopt.runs.store import Store


def shown_status(store: Store, state: RunState) -> str:
    """The status that a person is shown: "interrupted" where the engine has died.

    Then the state's usage becomes what that has left behind.
    """
    from promptopt.runs import control
    from promptopt.runs.left_behind import usage_left_behind

    if state.ended:
        return state.status
    status = control.shown_status(state, control.is_alive(store, state.run_id))
    if status == "interrupted":
        state.usage = usage_left_behind(store, state)
    return status


def winner_difference(store: Store, state: RunState) -> PairedDifference | None:
    """The winner minus the seed prompt on test, None while there is no winner."""
    from promptopt.results.statistics import stored_difference
    from promptopt.runs.state import SEED_CANDIDATE

    if state.winner is None:
        return None
    return stored_difference(store, state.run_id, state.winner, SEED_CANDIDATE, "test")


def prompt_file(store: Store, state: RunState) -> Path | None:
    """The file that the best prompt of a run was written to, None where there is none."""
    from promptopt.runs.prompt_file import find_prompt

    return find_prompt(store.path, state.prompt_file)
