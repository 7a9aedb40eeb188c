"""What lets a run go on: never advice that leads to the same end."""

from __future__ import annotations

import pytest

from promptopt.results.going_on import going_on
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

from ..workspace import Workspace


def state_of(*events: ev.Event) -> RunState:
    state = RunState("a run")
    for seq, event in enumerate(events, 1):
        state.apply(seq, float(seq), event)
    return state


@pytest.mark.parametrize("status", ["paused", "stopping", "stopped", "interrupted", "failed"])
def test_a_run_at_a_halt_is_resumed(status: str) -> None:
    assert going_on(state_of(), status) == "promptopt resume 'a run'"


@pytest.mark.parametrize("status", ["new", "running", "done"])
def test_others_are_not(status: str) -> None:
    assert going_on(state_of(), status) == ""


def test_a_run_that_is_done_goes_on_once_its_limit_was_raised() -> None:
    done = (ev.LimitReached("max_calls", "x"), ev.RunEnded("done"))
    assert going_on(state_of(*done), "done") == ""
    raised = ev.LimitChanged("max_calls", 900, 0)
    assert going_on(state_of(*done, raised), "done") == "promptopt resume 'a run'"


def test_a_run_that_failed_at_its_limit_is_told_to_have_it_raised(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": 1}), store)
    shown = workspace.command("show", run_id)
    advice = f"go on with:  promptopt set {run_id} --max-calls N, and then promptopt resume"
    assert advice in shown.stdout
    # And that does help.
    assert workspace.command("set", run_id, "--max-calls", "200").returncode == 0
    assert f"go on with:  promptopt resume {run_id}\n" in workspace.command("show", run_id).stdout
    assert workspace.command("resume", run_id).returncode == 0
    assert "go on with" not in workspace.command("show", run_id).stdout
