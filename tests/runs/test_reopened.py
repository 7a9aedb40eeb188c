"""GPO runs that a limit had ended and that go on with a higher one, from where they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from promptopt.llm.errors import RetryableError
from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel
from promptopt.results.going_on import reopened_search
from promptopt.runs import control
from promptopt.runs.commands import Add, AnyCommand, Mark, SetLimit, Veto
from promptopt.runs.engine import Engine
from promptopt.runs.events import (
    CommandRefused,
    LimitChanged,
    LimitReached,
    SearchReopened,
    SearchRestarted,
)
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from ..workspace import Workspace
from .steered import broken_off, came_to, carry_out, last_answer, steered
from .test_steering import gpo_config

SMALL, FREE = 150, 600


def limited(workspace: Workspace, calls: int | None, **method: Any) -> Any:
    config = gpo_config(workspace, **{"steps": 8, **method})
    return msgspec.structs.replace(config, budget=type(config.budget)(max_calls=calls))


def made(state: RunState) -> list[tuple[int, str, str, int]]:
    return [(each.id, each.text, each.operation, each.step) for each in state.candidates.values()]


def kinds(store: Store, run_id: str) -> list[type]:
    return [type(stored.event) for stored in store.events(run_id)]


def check_kept(before: RunState, after: RunState) -> None:
    """What was found stands, and the winner is none that is worse on dev."""
    assert made(after)[: len(before.candidates)] == made(before)
    for each in before.candidates.values():
        now = after.candidates[each.id]
        if each.dev is not None and each.dev.n == before.full_dev:
            assert now.dev == each.dev
        if each.test is not None:
            assert now.test == each.test
    assert after.vetoed >= before.vetoed
    assert list(after.marked)[: len(before.marked)] == list(before.marked)
    if before.best is not None and before.best.text not in after.vetoed:
        assert before.best.dev is not None
        assert after.best is not None
        assert after.best.dev is not None
        assert after.best.dev.mean >= before.best.dev.mean


async def test_it_goes_on_from_where_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = workspace.store()
    run_id = await steered(store, limited(workspace, SMALL), monkeypatch, {25: [Veto(1)]})
    control.steer(store, run_id, Mark(2))
    before, sent = store.state(run_id), store.calls_sent(run_id)
    assert before.winner is not None
    assert 1 <= max(before.steps) < 8
    number = control.steer(store, run_id, SetLimit("max_calls", FREE))
    assert store.answer(run_id, number) == LimitChanged(
        "max_calls", FREE, before.stages - 1, command=number, reopens=True
    )
    assert await carry_out(store, run_id, monkeypatch) == "done"
    state = store.state(run_id)
    check_kept(before, state)
    assert [kind for kind in kinds(store, run_id) if kind is SearchRestarted] == []
    assert kinds(store, run_id).count(SearchReopened) == 1
    assert len(state.candidates) > len(before.candidates)
    assert max(state.steps) == 8
    assert state.curve[: len(before.curve)] == before.curve
    assert (state.limit, state.reopened) == ("", False)
    # From there on the edit budget is that of the longer way.
    schedule = [each.edit_budget for each in state.steps.values()]
    assert schedule[: len(before.steps)] == [each.edit_budget for each in before.steps.values()]
    free = await steered(store, limited(workspace, FREE), monkeypatch, {})
    whole = [each.edit_budget for each in store.state(free).steps.values()]
    assert schedule[len(before.steps) :] == whole[len(before.steps) :]
    # Nothing was asked twice.
    rows = store._rows("SELECT count(*) FROM responses WHERE run_id = ?", run_id)
    assert sent < store.calls_sent(run_id) == rows[0][0] <= FREE
    expected = came_to(store, run_id)
    last = store.state(run_id).last_seq
    for seq in range(last_answer(store, run_id), last, 7):
        for kept in (sent, store.calls_sent(run_id)):
            with broken_off(store, run_id, tmp_path, seq, kept) as broken:
                assert await carry_out(broken, run_id, monkeypatch) == "done"
                came = came_to(broken, run_id)
                for name in ("candidates", "scores", "winner", "told"):
                    assert came[name] == expected[name], (seq, kept)


async def test_a_lowered_limit_that_cut_a_step_short_and_is_raised(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = workspace.store()
    for call in (40, 61, 75):
        config = limited(workspace, None)
        run_id = await steered(store, config, monkeypatch, {call: [SetLimit("max_calls", 1)]})
        before = store.state(run_id)
        assert (before.status, before.limit) == ("done", "max_calls")
        control.steer(store, run_id, SetLimit("max_calls", FREE))
        assert await carry_out(store, run_id, monkeypatch) == "done"
        state = store.state(run_id)
        check_kept(before, state)
        assert SearchRestarted not in kinds(store, run_id)
        assert max(state.steps) == 8
        # The step that was cut short has come to its end.
        assert all(each.dev and each.dev.n == 12 for each in state.candidates.values())
        expected, sent = came_to(store, run_id), store.calls_sent(run_id)
        for seq in range(last_answer(store, run_id), state.last_seq, 23):
            with broken_off(store, run_id, tmp_path, seq, sent) as broken:
                assert await carry_out(broken, run_id, monkeypatch) == "done"
                assert came_to(broken, run_id)["scores"] == expected["scores"]
                assert SearchRestarted not in kinds(broken, run_id)


async def test_raises_one_after_another_to_none_at_last(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = workspace.store()
    first = 120
    run_id = await steered(store, limited(workspace, first), monkeypatch, {})
    steps = []
    # The first is too small for anything.
    for cap in (first + 1, first + 50, first + 90, None):
        before = store.state(run_id)
        steps.append(max(before.steps))
        control.steer(store, run_id, SetLimit("max_calls", cap))
        assert await carry_out(store, run_id, monkeypatch) == "done"
        check_kept(before, store.state(run_id))
        assert cap is None or store.calls_sent(run_id) <= cap
    assert max(store.state(run_id).steps) == 8
    assert steps == sorted(steps)
    assert steps[0] == steps[1] < steps[2] < steps[3] < 8, steps
    assert SearchRestarted not in kinds(store, run_id)
    expected, sent = came_to(store, run_id), store.calls_sent(run_id)
    last = store.state(run_id).last_seq
    for seq in range(last_answer(store, run_id), last, 11):
        with broken_off(store, run_id, tmp_path, seq, sent) as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            for name in ("candidates", "scores", "winner", "told"):
                assert came_to(broken, run_id)[name] == expected[name]


async def test_one_that_is_raised_in_the_midst_of_the_test(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    small = await steered(store, limited(workspace, SMALL), monkeypatch, {})
    tested = store.state(small).stages
    plan: dict[int, list[AnyCommand]] = {tested: [SetLimit("max_calls", FREE)]}
    run_id = await steered(store, limited(workspace, SMALL), monkeypatch, {}, plan)
    state = store.state(run_id)
    assert (state.status, state.attempt, max(state.steps)) == ("done", 2, 8)
    check_kept(store.state(small), state)
    assert [kind in kinds(store, run_id) for kind in (SearchRestarted, SearchReopened)] == [
        False,
        True,
    ]


async def test_what_a_person_asks_before_it_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    run_id = await steered(store, limited(workspace, SMALL), monkeypatch, {})
    before = store.state(run_id)
    winner = next(each.id for each in before.candidates.values() if each.id)
    for command in (SetLimit("max_calls", FREE), Add("Write plurals, mine."), Veto(winner)):
        number = control.steer(store, run_id, command)
        assert not isinstance(store.answer(run_id, number), CommandRefused)
    assert await carry_out(store, run_id, monkeypatch) == "done"
    state = store.state(run_id)
    check_kept(before, state)
    assert SearchRestarted not in kinds(store, run_id)
    assert state.candidates[winner].status == "vetoed"
    assert state.winner != winner
    (mine,) = [each for each in state.candidates.values() if each.operation == "person"]
    assert mine.id == len(before.candidates)
    assert mine.dev is not None


async def test_where_all_steps_are_taken_a_higher_limit_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    config = limited(workspace, 90, steps=1, candidates=9)
    run_id = await steered(store, config, monkeypatch, {})
    assert store.state(run_id).limit == "max_calls"
    for limit in ("max_calls", "max_tokens"):
        number = control.steer(store, run_id, SetLimit(limit, None))  # type: ignore[arg-type]
        told = store.answer(run_id, number)
        assert isinstance(told, CommandRefused)
        assert "all steps of the search are taken" in told.reason
    assert not store.state(run_id).reopened


async def test_one_that_could_not_afford_all_of_dev_begins_anew(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    run_id = await steered(store, limited(workspace, 40), monkeypatch, {})
    assert store.state(run_id).curve[-1].n < 12
    control.steer(store, run_id, SetLimit("max_calls", FREE))
    state = store.state(run_id)
    assert (state.reopened, state.reopened_at) == (True, 0)
    assert "is gone through anew" in reopened_search(state)
    assert await carry_out(store, run_id, monkeypatch) == "done"
    fresh = await steered(store, limited(workspace, FREE), monkeypatch, {})
    assert made(store.state(run_id)) == made(store.state(fresh))


def test_an_engine_takes_it_up_again(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(limited(workspace, SMALL), store)
    before = store.state(run_id)
    told = workspace.command("set", run_id, "--max-calls", str(FREE)).stdout
    assert "goes on from where it was" in told
    assert "anew" not in told
    workspace.command("resume", run_id)
    state = store.state(run_id)
    check_kept(before, state)
    assert max(state.steps) == 8
    assert SearchRestarted not in kinds(store, run_id)
    shown = workspace.command("show", run_id).stdout
    assert before.best is not None
    assert before.best.text in shown


async def test_one_whose_tokens_ran_out_in_the_midst_of_a_step(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The plan itself, which goes by what calls have cost, ends the search there."""
    store = workspace.store()
    config = limited(workspace, None, direction="reflection")
    free = store.state(await steered(store, config, monkeypatch, {})).usage.tokens
    ended_in_a_step = 0
    for percent in (45, 55, 65, 75):
        small = type(config.budget)(max_tokens=free * percent // 100)
        capped = msgspec.structs.replace(config, budget=small)
        run_id = await steered(store, capped, monkeypatch, {})
        before = store.state(run_id)
        if not any(stage.stage == f"step {max(before.steps)}" for stage in before.curve):
            ended_in_a_step += 1
        control.steer(store, run_id, SetLimit("max_tokens", None))
        if not store.state(run_id).reopened_at:
            continue
        assert await carry_out(store, run_id, monkeypatch) == "done"
        state = store.state(run_id)
        check_kept(before, state)
        assert SearchRestarted not in kinds(store, run_id)
        assert max(state.steps) == 8
    assert ended_in_a_step


async def retried(
    store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch, command: AnyCommand | None
) -> str:
    """Carry a run out whose third step has to send its first calls twice, more than was planned,
    while a person asks for something."""
    engine, failures, complete = Engine(store, run_id), 0, ScriptedModel.complete

    async def fails(self: ScriptedModel, request: Request) -> Response:
        nonlocal failures
        if engine._journal.state.stage != "step 3" or failures == 12:
            return await complete(self, request)
        failures += 1
        if failures == 1 and command is not None:
            number = store.send_command(run_id, command)
            engine._steering._take(command, number)
            store.take_commands(run_id, number)
        raise RetryableError("busy", retry_after=0.0)

    with monkeypatch.context() as patched:
        patched.setattr(ScriptedModel, "complete", fails)
        return await engine.run()


async def test_a_limit_that_is_raised_in_the_midst_of_the_step_that_it_would_end_in(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The step is cut short as it was planned, and what it lacks is made up for behind it."""
    store = workspace.store()
    config = limited(workspace, 130, direction="reflection")
    cut = control.create(store, config)
    assert await retried(store, cut, monkeypatch, None) == "done"
    before = store.state(cut)
    assert max(before.steps) == 3
    assert "step 3" not in {each.stage for each in before.curve}
    last = [e.event for e in store.events(cut) if isinstance(e.event, LimitReached)][-1]
    assert last.detail == "the calls left reach for 8 of 11 examples"  # and none was refused
    run_id = control.create(store, config)
    assert await retried(store, run_id, monkeypatch, SetLimit("max_calls", FREE)) == "done"
    state = store.state(run_id)
    assert state.attempt == 1
    assert made(state)[: len(before.candidates)] == made(before)
    assert max(state.steps) == 8
    assert {each.dev and each.dev.n for each in state.candidates.values()} == {11}
    assert "step 4" in {each.stage for each in state.curve}
    expected, sent = came_to(store, run_id), store.calls_sent(run_id)
    for seq in range(last_answer(store, run_id), state.last_seq, 23):
        with broken_off(store, run_id, tmp_path, seq, sent) as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            assert came_to(broken, run_id) == expected
            assert SearchRestarted not in kinds(broken, run_id)


async def test_a_search_that_goes_on_plans_with_what_the_former_test_has_taken(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    changed = 0
    for cap in (177, 213, FREE):
        run_id = await steered(store, limited(workspace, 120), monkeypatch, {})
        before = store.state(run_id).winner
        control.steer(store, run_id, SetLimit("max_calls", cap))
        engine = Engine(store, run_id)
        assert await engine.run() == "done"
        state = store.state(run_id)
        assert state.stage == "test"
        # The share of a winner that is the same is counted twice: it was not known to be.
        again = 10 if state.winner == before else 0
        changed += not again
        assert engine._budget.charged.calls == store.calls_sent(run_id) + again
    assert changed


async def test_a_step_that_lost_calls_had_cut_short_comes_to_its_end(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Calls that were lost count against the limit, and the plan knows nothing of them."""
    store = workspace.store()
    for lost in (25, 40):
        run_id = control.create(store, limited(workspace, SMALL))
        store.begin()
        store.count_sent(run_id, lost)
        store.commit()
        assert await carry_out(store, run_id, monkeypatch) == "done"
        before = store.state(run_id)
        cut = max(before.steps)
        assert f"step {cut}" not in {each.stage for each in before.curve}
        control.steer(store, run_id, SetLimit("max_calls", FREE))
        assert await carry_out(store, run_id, monkeypatch) == "done"
        state = store.state(run_id)
        check_kept(before, state)
        assert SearchRestarted not in kinds(store, run_id)
        assert f"step {cut}" in {each.stage for each in state.curve}
        assert max(state.steps) == 8
        expected = came_to(store, run_id)
        sent = store.calls_sent(run_id)
        for seq in range(last_answer(store, run_id), state.last_seq, 23):
            with broken_off(store, run_id, tmp_path, seq, sent) as broken:
                assert await carry_out(broken, run_id, monkeypatch) == "done"
                assert came_to(broken, run_id)["scores"] == expected["scores"]
