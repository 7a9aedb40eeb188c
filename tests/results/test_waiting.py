"""That a run waits for an endpoint is said wherever the run is shown, for as long as it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.results.progress import ProgressLines, final_lines, status_line
from promptopt.results.summary import run_summary
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

from .played_run import Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

HERE = "http://127.0.0.1:8000/v1"


def out(store: Store) -> RunState:
    """A run whose endpoint has not answered for 26 seconds at second 1,000."""
    state = store.state(play_run(store, Script(until="filter")))
    state.apply(900, 1_000.0, ev.Warned("it is out", (ev.Waiting(HERE, 26.0, 28.0),)))
    return state


def test_an_outage_is_said_while_it_lasts(store: Store) -> None:
    state = out(store)
    told = f"{HERE} has not answered for 36s, asked again in 18 s"
    assert f"filter 1, waiting, {told} ·" in status_line(state, 1_010.0)
    assert final_lines(state, now=1_010.0)[:2] == [f"run {state.run_id} waiting", told]
    summary = run_summary(state)
    assert summary["status"] == "running"
    assert summary["waiting"] == [{"endpoint": HERE, "since": 974.0, "again_at": 1_028.0}]
    state.apply(901, 1_030.0, ev.Warned("it answers again", ()))
    assert "waiting" not in status_line(state, 1_031.0)
    assert final_lines(state)[0] == f"run {state.run_id} running"
    assert "waiting" not in run_summary(state)


def test_a_run_without_an_engine_waits_for_nothing(store: Store) -> None:
    state = out(store)
    assert final_lines(state, status="interrupted")[0] == f"run {state.run_id} interrupted"
    assert "waiting" not in run_summary(state, status="interrupted")


def test_who_comes_to_watch_later_is_told_that_an_endpoint_is_out(store: Store) -> None:
    state = out(store)
    progress = ProgressLines(state, told=state.log_total)
    lines = progress.new_lines()
    assert any(f"waiting: {HERE} has not answered since" in line for line in lines)
    assert not any("it is out" in line for line in lines)
    assert progress.new_lines() == []
    progress = ProgressLines(state)
    assert not any("waiting:" in line for line in progress.new_lines())
    state.apply(901, 1_030.0, ev.Warned("it answers again", ()))
    assert [
        line for line in ProgressLines(state, state.log_total).new_lines() if HERE in line
    ] == []
    assert any("it answers again" in line for line in progress.new_lines())
