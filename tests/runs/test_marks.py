"""Marks: what a person picks out is kept with the run, and changes nothing of its search."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.runs import control
from promptopt.runs import events as ev
from promptopt.runs.asking import wait_for_answer
from promptopt.runs.commands import Mark, Pause, Remark, Veto
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from ..workspace import Workspace
from .outcomes import stored_responses
from .steered import answers, broken_off, came_to, carry_out, last_answer, steered
from .test_steering import APE, gpo_config


@pytest.mark.parametrize("method", ["ape", "gpo"])
async def test_a_mark_changes_nothing_of_a_search_nor_of_its_replay(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, method: str
) -> None:
    store = workspace.store()
    config = gpo_config(workspace) if method == "gpo" else workspace.config(**APE)
    free = await steered(store, config, monkeypatch, {})
    plan = {
        20: [Mark(1), Mark(2)],
        40: [Mark(1, marked=False), Mark(0)],
        60: [Mark(99), Remark("odd", 2)],
    }
    run_id = await steered(store, config, monkeypatch, plan)
    marked = came_to(store, run_id)
    assert marked == came_to(store, free)
    assert list(store.state(run_id).marked) == [2, 0]
    refused = [each for each in answers(store, run_id) if isinstance(each, ev.CommandRefused)]
    assert [each.reason.partition(";")[0] for each in refused] == ["there is no candidate c099"]
    # Broken off behind the last mark, it comes to the same.
    sent = stored_responses(store, run_id)
    seq = last_answer(store, run_id)
    with broken_off(store, run_id, tmp_path, seq, sent // 2) as broken:
        assert await carry_out(broken, run_id, monkeypatch) == "done"
        assert came_to(broken, run_id) == marked
        assert list(broken.state(run_id).marked) == [2, 0]


def test_of_a_run_that_is_done_candidates_are_marked_at_once(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(), store)
    before = store.state(run_id)
    told = wait_for_answer(store, run_id, control.steer(store, run_id, Mark(3)))
    assert told == ev.CandidateMarked(3, before.candidates[3].text, command=told.command)
    numbers = control.steer_all(
        store, run_id, [Mark(1), Mark(3, marked=False), Veto(2), Mark(2), Remark("A good one.", 1)]
    )
    kinds = [type(wait_for_answer(store, run_id, each)) for each in numbers]
    marked = ev.CandidateMarked
    assert kinds == [marked, marked, ev.CommandRefused, marked, ev.Noted]
    state = store.state(run_id)
    assert list(state.marked) == [1, 2]
    assert (state.status, state.winner, state.reopened) == ("done", before.winner, False)
    last = [line.text for line in state.log][-5:]
    assert last[0] == "a person marked c001"
    assert last[1] == "a person unmarked c003"


def test_where_one_of_several_takes_an_engine_none_is_asked(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(), store)
    with pytest.raises(InputError, match="not at work"):
        control.steer_all(store, run_id, [Mark(1), Pause()])
    assert not store.state(run_id).marked
    assert store.open_commands(run_id) == []


def folded(*events: ev.Event) -> RunState:
    state = RunState("r")
    for seq, event in enumerate(events, 1):
        state.apply(seq, float(seq), event)
    return state


def added(*texts: str) -> list[ev.Event]:
    return [ev.CandidateAdded(number, text, "forward", 0) for number, text in enumerate(texts)]


def test_a_mark_is_of_a_text_whatever_its_number_is_in_a_search_begun_anew() -> None:
    events = [
        *added("seed", "one", "two", "three"),
        ev.CandidateMarked(3, "three"),
        ev.CandidateMarked(1, "one"),
        ev.CandidateMarked(2, "two"),
        ev.CandidateMarked(2, "two", marked=False),
    ]
    assert list(folded(*events).marked) == [3, 1]
    events.append(ev.SearchRestarted("other replies"))
    assert list(folded(*events).marked) == []
    state = folded(*events, *added("seed", "two", "one", "three"))
    assert set(state.marked) == {2, 3}
    # An answer that came late is about a candidate of the search before.
    late = [*events, *added("seed", "two"), ev.CandidateMarked(1, "one", marked=False)]
    state = folded(*late, ev.CandidateAdded(2, "one", "forward", 0))
    assert list(state.marked) == []


def test_a_candidate_is_drawn_anew_when_it_is_marked() -> None:
    state = folded(*added("seed", "one"))
    before = state.candidates[1].revision
    state.apply(9, 9.0, ev.CandidateMarked(1, "one"))
    assert state.candidates[1].revision > before


def test_a_store_of_its_own_reads_the_marks_back(workspace: Workspace) -> None:
    run_id = workspace.finish(workspace.config())
    with Store(workspace.home / "promptopt.db") as store:
        control.steer(store, run_id, Mark(2))
    with Store(workspace.home / "promptopt.db") as store:
        assert list(store.state(run_id).marked) == [2]
