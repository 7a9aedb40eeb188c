"""Limits that a person raises and lowers, while a run goes on and after it has ended."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.runs import control
from promptopt.runs.commands import Add, AnyCommand, SetConcurrency, SetLimit, Veto
from promptopt.runs.events import CommandRefused, LimitChanged, LimitReached, SearchRestarted
from promptopt.runs.store import Store

from ..workspace import Workspace
from .steered import answers, broken_off, came_to, carry_out, last_answer, steered
from .test_steering import gpo_config

METHOD: dict[str, Any] = {"proposals": 10, "resample_rounds": 1, "variations": 2}
FREE = 400


def capped(workspace: Workspace, max_calls: int | None) -> Any:
    budget = {} if max_calls is None else {"max_calls": max_calls}
    return workspace.config(method=METHOD, budget=budget)


def by_text(store: Store, run_id: str) -> dict[str, Any]:
    return {each.text: each.dev for each in store.state(run_id).candidates.values()}


# While it goes on


@pytest.mark.parametrize("method", ["ape", "gpo"])
@pytest.mark.parametrize("call", [1, 10, 30])
async def test_a_raised_limit_lets_a_search_plan_more(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, method: str, call: int
) -> None:
    store = workspace.store()
    if method == "ape":
        config = capped(workspace, 75)
    else:
        config = gpo_config(workspace, steps=8)
        import msgspec

        config = msgspec.structs.replace(config, budget=type(config.budget)(max_calls=110))
    small = await steered(store, config, monkeypatch, {})
    assert store.state(small).limit == "max_calls"
    run_id = await steered(store, config, monkeypatch, {call: [SetLimit("max_calls", FREE)]})
    state = store.state(run_id)
    assert answers(store, run_id) == [
        LimitChanged("max_calls", FREE, state.orders[0].event.stage, command=1)
    ]
    assert state.setup is not None
    assert state.setup.max_calls == FREE  # what viewers show
    assert store.calls_sent(small) <= 110 < FREE
    assert store.calls_sent(run_id) > store.calls_sent(small) + 10
    if method == "ape":
        assert state.best is not None
        assert state.best.dev is not None
        assert state.best.dev.n == 12  # all of dev, which the small one could not afford
        assert max(stored.step for stored in state.candidates.values()) == 1
    else:
        assert max(state.steps) == 8


@pytest.mark.parametrize("call", [20, 45, 70, 95])
@pytest.mark.parametrize("method", ["ape", "gpo"])
async def test_a_limit_lowered_below_what_is_spent_ends_the_search_in_order(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, method: str, call: int
) -> None:
    store = workspace.store()
    config = capped(workspace, None) if method == "ape" else gpo_config(workspace, steps=8)
    run_id = await steered(store, config, monkeypatch, {call: [SetLimit("max_calls", 5)]})
    (told,) = answers(store, run_id)
    assert isinstance(told, LimitChanged)
    # What is spent already, and the reserve for a test of two candidates on ten examples.
    assert told.asked == 5
    assert told.value == pytest.approx(call + min(20, call), abs=8)
    state = store.state(run_id)
    assert state.status == "done"
    assert state.limit == "max_calls"
    assert store.calls_sent(run_id) <= int(told.value or 0)
    assert state.best is not None
    assert state.best.test is not None
    assert state.seed_prompt is not None
    assert state.seed_prompt.test is not None
    assert state.seed_prompt.test.n == state.best.test.n
    if call > 20:
        assert state.best.test.n == 10


async def test_a_limit_where_there_was_none_and_none_where_there_was_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    plan: dict[int, list[AnyCommand]] = {15: [SetLimit("max_calls", 90)]}
    run_id = await steered(store, capped(workspace, None), monkeypatch, plan)
    assert store.calls_sent(run_id) <= 90
    assert store.state(run_id).limit == "max_calls"
    plan = {1: [SetLimit("max_calls", None)]}
    lifted = await steered(store, capped(workspace, 75), monkeypatch, plan)
    assert store.calls_sent(lifted) > 75
    setup = store.state(lifted).setup
    assert setup is not None
    assert setup.max_calls is None


async def test_limits_that_are_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    plan: dict[int, list[AnyCommand]] = {
        10: [
            SetLimit("max_calls", 0),
            SetLimit("max_calls", 2.5),
            SetLimit("max_dollars", 1),
            SetLimit("max_usd", -1),
        ]
    }
    run_id = await steered(store, workspace.config(), monkeypatch, plan)
    told = answers(store, run_id)
    assert all(isinstance(each, CommandRefused) for each in told)
    reasons = [each.reason for each in told if isinstance(each, CommandRefused)]
    assert "max_calls: expected `int` >= 1" in reasons[0]
    assert "max_calls: expected `int" in reasons[1]
    assert reasons[2] == "there is no limit max_dollars; known: max_calls, max_tokens, max_usd"
    assert "max_usd: expected `float` > 0" in reasons[3]


@pytest.mark.parametrize("seed", range(12))
async def test_a_run_whose_limits_were_changed_breaks_off(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    store = workspace.store()
    caps = [rng.choice([None, 40, 60, 80, 110, 300]) for _ in range(3)]
    plan: dict[int, list[AnyCommand]] = {}
    for cap in caps[1:]:
        plan.setdefault(rng.randrange(1, 60), []).append(SetLimit("max_calls", cap))
    config = capped(workspace, caps[0])
    run_id = await steered(store, config, monkeypatch, plan)
    expected = came_to(store, run_id)
    assert expected["status"] == "done"
    last, sent = store.state(run_id).last_seq, store.calls_sent(run_id)
    for _ in range(3):
        seq = rng.randrange(max(1, last_answer(store, run_id)), last + 1)
        # Replies that were paid for when the limit fell, and more as the search went on.
        least = max(plan, default=0)
        kept = rng.randrange(min(least, sent), sent + 1)
        with broken_off(store, run_id, tmp_path, seq, kept) as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            assert came_to(broken, run_id) == expected, (caps, plan, seq, kept)


# After it has ended


@pytest.mark.parametrize("method", ["ape", "gpo"])
async def test_a_run_that_ended_by_a_limit_goes_on_as_if_it_had_had_the_higher_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    import msgspec

    store = workspace.store()
    config = capped(workspace, None) if method == "ape" else gpo_config(workspace, steps=6)
    budget = type(config.budget)

    def with_limit(calls: int) -> Any:
        return msgspec.structs.replace(config, budget=budget(max_calls=calls))

    run_id = await steered(store, with_limit(90), monkeypatch, {})
    before = store.calls_sent(run_id)
    with pytest.raises(InputError, match=r"is done; .* raise its limit: promptopt set .* --max-c"):
        control.resume(store, run_id)
    control.steer(store, run_id, SetLimit("max_calls", FREE))
    assert store.state(run_id).reopened
    assert await carry_out(store, run_id, monkeypatch) == "done"
    fresh = await steered(store, with_limit(FREE), monkeypatch, {})
    came, wanted = came_to(store, run_id), came_to(store, fresh)
    for name in ("candidates", "scores", "winner", "predictions"):
        assert came[name] == wanted[name]
    state = store.state(run_id)
    assert not state.reopened
    assert state.limit == ""
    # What was asked before was not asked again.
    rows = store._rows("SELECT count(*) FROM responses WHERE run_id = ?", run_id)
    assert store.calls_sent(run_id) == rows[0][0]
    assert before < store.calls_sent(run_id) < before + store.calls_sent(fresh)


async def test_a_reopened_run_takes_part_and_breaks_off(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = workspace.store()
    run_id = await steered(store, capped(workspace, 75), monkeypatch, {})
    ruled_out = store.state(run_id).candidates[1].text
    for command in (SetLimit("max_calls", FREE), Add("Write plurals, mine."), Veto(1)):
        number = control.steer(store, run_id, command)
        assert not isinstance(store.answer(run_id, number), CommandRefused)
    assert await carry_out(store, run_id, monkeypatch) == "done"
    expected = came_to(store, run_id)
    state = store.state(run_id)
    assert [each.text for each in state.candidates.values() if each.operation == "person"] == [
        "Write plurals, mine."
    ]
    # Proposed again, it is turned away.
    assert ruled_out not in [each.text for each in state.candidates.values()]
    assert any(f"(vetoed by a person): {ruled_out}" in line.text for line in state.log)
    kinds = [type(stored.event) for stored in store.events(run_id)]
    restarted = kinds.index(SearchRestarted) + 1
    sent = store.calls_sent(run_id)
    for seq in range(restarted, state.last_seq, 9):
        with broken_off(store, run_id, tmp_path, seq, sent) as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            assert came_to(broken, run_id)["scores"] == expected["scores"]


async def test_a_run_that_failed_for_want_of_calls_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    run_id = await steered(store, capped(workspace, 1), monkeypatch, {})
    assert store.state(run_id).status == "failed"
    control.steer(store, run_id, SetLimit("max_calls", FREE))
    assert await carry_out(store, run_id, monkeypatch) == "done"
    fresh = await steered(store, capped(workspace, FREE), monkeypatch, {})
    assert by_text(store, run_id) == by_text(store, fresh)


async def test_what_a_run_that_is_done_does_not_take(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    done = await steered(store, workspace.config(), monkeypatch, {})
    limited = await steered(store, capped(workspace, 75), monkeypatch, {})
    refused = {
        (done, SetLimit("max_calls", 900)): "the run is done",
        (done, SetConcurrency(3)): "the run is done",
        (done, Add("Something else.")): "the run is done",
        (done, Veto(1)): "the run is done",
        (limited, SetLimit("max_calls", 75)): "ended at max_calls = 75, and 75 is no more",
        (limited, SetLimit("max_calls", 20)): "ended at max_calls = 75, and 20 is no more",
    }
    for (run_id, command), reason in refused.items():
        answer = store.answer(run_id, control.steer(store, run_id, command))
        assert isinstance(answer, CommandRefused)
        assert reason in answer.reason
    kinds = [type(stored.event) for stored in store.events(limited)]
    assert LimitReached in kinds
