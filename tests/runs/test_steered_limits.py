"""Limits that a person raises and lowers, while a run goes on and after it has ended."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from promptopt.errors import InputError
from promptopt.llm.budget import Budget
from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel
from promptopt.runs import control
from promptopt.runs.asking import wait_for_answer
from promptopt.runs.commands import (
    Add,
    AnyCommand,
    Pause,
    Remark,
    SetConcurrency,
    SetLimit,
    Unpause,
    Veto,
)
from promptopt.runs.engine import Engine
from promptopt.runs.events import CommandRefused, LimitChanged, LimitReached, SearchRestarted
from promptopt.runs.store import Store

from ..llm.endpoint import Endpoint
from ..workspace import Workspace, wait_until
from .held import Held, model_at
from .outcomes import stored_responses
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


async def lowered_and_raised(
    store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch, call: int, raised: int | None
) -> str:
    """Carry a run out whose limit is lowered at a call, which is out until another was refused and
    the limit is raised for that."""
    engine = Engine(store, run_id)
    refused = asyncio.Event()
    calls = 0
    complete, room = ScriptedModel.complete, Budget.room

    def ask(limit: int | None) -> None:
        number = store.send_command(run_id, SetLimit("max_calls", limit))
        engine._steering._take(SetLimit("max_calls", limit), number)
        store.take_commands(run_id, number)

    async def asked(self: ScriptedModel, request: Request) -> Response:
        nonlocal calls
        calls += 1
        if calls == call:
            ask(5)
            await asyncio.wait_for(refused.wait(), 20)
        return await complete(self, request)

    async def waits(self: Budget) -> None:
        if refused.is_set():
            await room(self)
        else:
            refused.set()
            ask(raised)

    with monkeypatch.context() as patched:
        patched.setattr(ScriptedModel, "complete", asked)
        patched.setattr(Budget, "room", waits)
        return await engine.run()


@pytest.mark.parametrize("raised", [None, FREE])
@pytest.mark.parametrize("call", [20, 40, 63])
@pytest.mark.parametrize("method", ["ape", "gpo"])
async def test_a_limit_lowered_and_raised_while_calls_are_out_ends_nothing(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    method: str,
    call: int,
    raised: int | None,
) -> None:
    store = workspace.store()
    config = capped(workspace, FREE) if method == "ape" else gpo_config(workspace, steps=4)
    free = came_to(store, await steered(store, config, monkeypatch, {}))
    run_id = control.create(store, config)
    assert await lowered_and_raised(store, run_id, monkeypatch, call, raised) == "done"
    lower, higher = answers(store, run_id)
    assert isinstance(lower, LimitChanged)
    assert isinstance(higher, LimitChanged)
    assert lower.stage == higher.stage
    assert store.state(run_id).limit == ""
    came = came_to(store, run_id)
    same = ("candidates", "scores", "winner", "predictions")
    assert {name: came[name] for name in same} == {name: free[name] for name in same}
    last, sent = store.state(run_id).last_seq, store.calls_sent(run_id)
    for seq in (last_answer(store, run_id), last - 5):
        with broken_off(store, run_id, tmp_path, seq, sent) as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            assert came_to(broken, run_id) == came


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
    assert "max_calls: expected a whole number >= 1" in reasons[0]
    assert "max_calls: expected a whole number" in reasons[1]
    assert reasons[2] == "there is no limit max_dollars; known: max_calls, max_tokens, max_usd"
    assert "max_usd: expected a number > 0" in reasons[3]


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


@pytest.mark.parametrize("method", ["ape", "gpo"])
async def test_a_limit_that_is_raised_during_the_test_lets_the_search_go_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    store = workspace.store()
    config = capped(workspace, None) if method == "ape" else gpo_config(workspace, steps=6)

    def with_limit(calls: int) -> Any:
        return msgspec.structs.replace(config, budget=type(config.budget)(max_calls=calls))

    small = await steered(store, with_limit(90), monkeypatch, {})
    tested = store.state(small).stages
    # Another limit, or a lower one, has no part in it.
    for other in (SetLimit("max_tokens", 10**9), SetLimit("max_calls", 89)):
        run_id = control.create(store, with_limit(90))
        assert await carry_out(store, run_id, monkeypatch, {}, {tested: [other]}) == "done"
        assert came_to(store, run_id)["scores"] == came_to(store, small)["scores"]
    run_id = control.create(store, with_limit(90))
    plan: dict[int, list[AnyCommand]] = {tested: [SetLimit("max_calls", FREE)]}
    assert await carry_out(store, run_id, monkeypatch, {}, plan) == "done"
    assert store.state(run_id).attempt == 2
    came = came_to(store, run_id)
    fresh = came_to(store, await steered(store, with_limit(FREE), monkeypatch, {}))
    for name in ("candidates", "scores", "winner", "predictions"):
        assert came[name] == fresh[name]
    # What was asked before was not asked again, and most of the test that was broken off was not.
    rows = store._rows("SELECT count(*) FROM responses WHERE run_id = ?", run_id)
    assert store.calls_sent(run_id) == rows[0][0]
    assert not store.state(run_id).reopened


def test_an_engine_whose_search_goes_on_stays_the_same_process(workspace: Workspace) -> None:
    """And what a person says of pausing is said of it."""
    store = workspace.store()
    held = Held(60)
    with Endpoint(held) as endpoint:
        model = model_at(endpoint, 2)
        config = workspace.config(model, method=METHOD, budget={"max_calls": 75})
        run_id = control.start(store, config)
        wait_until(lambda: stored_responses(store, run_id) == 60)
        assert store.state(run_id).stage == "test"
        number = control.steer(store, run_id, SetLimit("max_calls", FREE))
        pid = workspace.engine_pid(store, run_id)

        def ask(command: AnyCommand) -> None:
            wait_for_answer(store, run_id, control.steer(store, run_id, command))

        ask(Pause())
        ask(Unpause())
        # The search goes on when the calls under way are back, and not the test.
        held.let(1)
        wait_until(lambda: stored_responses(store, run_id) == 61)
        ask(Remark("Nothing was sent meanwhile."))
        assert store.calls_sent(run_id) == 62
        ask(Pause())
        held.let()
        wait_until(lambda: store.state(run_id).attempt == 2)
        wait_until(lambda: store.state(run_id).status == "paused")
        control.unpause(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    assert store.answer(run_id, number) == LimitChanged("max_calls", FREE, 0, command=number)
    state = store.state(run_id)
    assert state.attempt == 2
    assert workspace.engine_pid(store, run_id) == pid
    assert state.best is not None
    assert state.best.dev is not None
    assert state.best.dev.n == 12
    assert store.calls_sent(run_id) > 75
    assert state.prompt_file


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
