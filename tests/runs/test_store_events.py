"""Events that are read and folded in parts, against one by one."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.errors import DamagedRunError
from promptopt.runs import events as ev
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from ..llm.asking import small_task
from .histories import histories

PARTS = "promptopt.runs.store_events.EVENTS_AT_ONCE"
LIMITS = (None, 0, 1, 2, 3, 5, 8, 100)

DAMAGES = {
    "event {} of run .* is missing": "DELETE FROM events WHERE seq = ?",
    "event {} of run .* is damaged": "UPDATE events SET event = '{' WHERE seq = ?",
    "event {} of run .* does not go with those before it": (
        'UPDATE events SET event = \'{"kind": "winner_chosen", "candidate": 9}\' WHERE seq = ?'
    ),
}
"""What is said of it, to what does it to an event."""


def folded(run_id: str, history: list[ev.Event]) -> RunState:
    state = RunState(run_id)
    for at, event in enumerate(history):
        state.apply(at + 1, float(at), event)
    return state


def written(store: Store, history: list[ev.Event]) -> str:
    run_id = store.create_run(small_task(), "ape", "{}")
    with store.transaction():
        for at, event in enumerate(history):
            store.append_event(run_id, event, float(at))
    return run_id


@settings(deadline=None, max_examples=40)
@given(histories(), st.integers(1, 9), st.lists(st.sampled_from(LIMITS), max_size=6))
def test_in_whatever_parts_the_state_is_that_of_the_events_one_by_one(
    history: list[ev.Event], at_once: int, limits: list[int | None]
) -> None:
    with (
        TemporaryDirectory() as folder,
        Store(Path(folder) / "runs.db") as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(PARTS, at_once)
        run_id = written(store, history)
        watching = RunState(run_id)
        for limit in limits:
            left = len(history) - watching.last_seq
            assert store.catch_up(watching, limit) == (left if limit is None else min(limit, left))
            assert watching == folded(run_id, history[: watching.last_seq])
        followed = RunState(run_id)
        assert list(store.follow(followed)) == history
        assert followed == store.state(run_id) == folded(run_id, history)
        assert [(each.seq, each.at, each.event) for each in store.events(run_id)] == [
            (at + 1, float(at), event) for at, event in enumerate(history)
        ]


@pytest.mark.parametrize("told", DAMAGES)
@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
@pytest.mark.parametrize("place", [1, 3, 4, 5])
def test_a_damage_is_told_with_its_place_in_whatever_part_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, at_once: int, told: str
) -> None:
    monkeypatch.setattr(PARTS, at_once)
    history: list[ev.Event] = [ev.StageStarted(f"stage {number}", 0, 1) for number in range(6)]
    with Store(tmp_path / "runs.db") as store:
        run_id = written(store, history)
        store._rows(DAMAGES[told], place)
        watching = RunState(run_id)
        with pytest.raises(DamagedRunError, match=told.format(place)):
            store.catch_up(watching)
        # All before it are in the state, and nothing after it.
        assert watching.stages == place - 1
        with pytest.raises(DamagedRunError, match=told.format(place)):
            list(store.follow(RunState(run_id)))
