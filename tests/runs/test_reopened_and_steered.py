"""What a person asks of a run whose limit was raised during its test, while its engine goes over to
the search again: it is asked of the run, whichever engine is at work on it."""

from __future__ import annotations

import asyncio

import pytest

from promptopt.runs import control, steering
from promptopt.runs.commands import AnyCommand, Pause, SetLimit, Stop
from promptopt.runs.engine import AGAIN, Engine
from promptopt.runs.events import Paused, StopRequested
from promptopt.runs.store import Store

from ..workspace import Workspace
from .steered import answers, came_to, carry_out, steered
from .test_reopened import FREE, SMALL, limited

RAISE = SetLimit("max_calls", FREE)


@pytest.fixture
def store(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose engines look for commands as they begin, and then when it is asked of them."""
    monkeypatch.setattr(steering, "COMMAND_SECONDS", 3600.0)
    return workspace.store()


async def last_call(workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of the last call of the test, behind which the search ends by itself."""
    small = await steered(store, limited(workspace, SMALL), monkeypatch, {})
    return store.calls_sent(small)


async def test_a_stop_behind_a_raise_is_no_end_of_the_test_alone(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = await last_call(workspace, store, monkeypatch)
    config = limited(workspace, SMALL)
    expected = await steered(store, config, monkeypatch, {last: [RAISE]})
    assert store.state(expected).attempt == 2
    run_id = control.create(store, config)
    assert await carry_out(store, run_id, monkeypatch, {last: [RAISE, Stop()]}) == "stopped"
    assert store.calls_sent(run_id) == last
    assert store.state(run_id).attempt == 1
    assert await carry_out(store, run_id, monkeypatch) == "done"
    for name in ("candidates", "scores", "winner", "predictions"):
        assert came_to(store, run_id)[name] == came_to(store, expected)[name]


async def test_a_stop_that_the_first_engine_took_no_more_is_taken_by_the_second(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = await last_call(workspace, store, monkeypatch)
    run_id = control.create(store, limited(workspace, SMALL))
    run = Engine.run

    async def runs(self: Engine) -> str:
        status = await run(self)
        if status == AGAIN:
            store.send_command(run_id, Stop())
        return status

    monkeypatch.setattr(Engine, "run", runs)
    assert await carry_out(store, run_id, monkeypatch, {last: [RAISE]}) == "stopped"
    assert isinstance(answers(store, run_id)[-1], StopRequested)
    assert store.calls_sent(run_id) == last


@pytest.mark.parametrize("asked", [[Pause(), RAISE], [RAISE, Pause()]])
async def test_a_run_that_is_paused_waits_until_a_person_lets_it_go_on(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch, asked: list[AnyCommand]
) -> None:
    last = await last_call(workspace, store, monkeypatch)
    run_id = control.create(store, limited(workspace, SMALL))
    going_on = asyncio.create_task(carry_out(store, run_id, monkeypatch, {last: asked}))
    while store.state(run_id).attempt < 2:
        await asyncio.sleep(0)
    monkeypatch.setattr(steering, "COMMAND_SECONDS", 0.0)
    for _ in range(200):
        await asyncio.sleep(0)
    assert store.state(run_id).status == "paused"
    assert store.calls_sent(run_id) == last
    events = [each.event for each in store.events(run_id)]
    assert [type(each) for each in events].count(Paused) == 2
    store.send_command(run_id, Stop())
    going_on.cancel()
    await asyncio.gather(going_on, return_exceptions=True)
    # The next engine is one that a person has set to work.
    assert await carry_out(store, run_id, monkeypatch) == "done"
    assert store.calls_sent(run_id) > last
