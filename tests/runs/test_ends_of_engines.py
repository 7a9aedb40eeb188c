"""How engines end: what they still wait for, still answer, and never say."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest
from filelock import FileLock

from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel
from promptopt.runs import control, models, steering
from promptopt.runs.commands import AnyCommand, Pause, Remark, Stop
from promptopt.runs.engine import Engine
from promptopt.runs.events import (
    Answer,
    CommandRefused,
    EngineStarted,
    Noted,
    RunEnded,
    StopRequested,
)
from promptopt.runs.paths import lock_path, log_path
from promptopt.runs.store import Store

from ..llm.endpoint import Endpoint
from ..workspace import PATIENCE, Workspace, wait_until
from .outcomes import stored_responses
from .test_deletion import ENGINE

KEY = "sk-marked-0123456789abcdef"


def test_an_error_that_nobody_has_foreseen_is_told_without_the_keys(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the run's reason and in its log, whose trace shows what was at hand."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    store = workspace.store()
    with Endpoint() as endpoint:
        config = workspace.config({"spec": "openai:m", "base_url": endpoint.url})
        run_id = control.create(store, config)
        engine = Engine(store, run_id)

        async def breaks(*_: object) -> None:
            raise LookupError(f"no entry for Bearer {KEY}")

        monkeypatch.setattr(engine, "_find", breaks)
        said: list[str] = []
        monkeypatch.setattr("sys.stderr.write", said.append)
        assert asyncio.run(engine.run()) == "failed"
    state = store.state(run_id)
    assert "LookupError: no entry for Bearer [key]" in state.reason
    assert str(log_path(store.path, run_id)) in state.reason
    trace = "".join(said)
    assert "no entry for Bearer [key]" in trace
    assert "Traceback" in trace
    assert KEY not in trace + state.reason


async def test_what_is_asked_while_the_run_ends_is_answered(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    run_id = control.create(store, workspace.config())
    engine = Engine(store, run_id)
    asked: dict[int, AnyCommand] = {}
    write_prompt = engine._write_prompt

    def and_is_asked() -> str:
        """At the end of the search, after which no commands are looked for any more."""
        for command in (Pause(), Remark("Late."), Stop()):
            asked[store.send_command(run_id, command)] = command
        return write_prompt()

    monkeypatch.setattr(engine, "_write_prompt", and_is_asked)
    assert await engine.run() == "done"
    told: list[Answer | None] = [store.answer(run_id, number) for number in asked]
    assert [type(each) for each in told] == [CommandRefused, Noted, CommandRefused]
    refused = [each.reason for each in told if isinstance(each, CommandRefused)]
    assert refused == ["the run has ended"] * 2
    assert list(store.open_commands(run_id)) == []


def test_an_engine_that_another_one_was_quicker_than_leaves_the_run_alone(
    workspace: Workspace,
) -> None:
    """It waits for the lock while the other one carries the run out, and is stopped."""
    store = workspace.store()
    run_id = control.create(store, workspace.config())
    lock = lock_path(store.path, run_id)
    lock.parent.mkdir()
    with FileLock(lock):
        waiting = subprocess.Popen(
            [sys.executable, "-c", ENGINE, str(store.path), run_id, "1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "here\n"
        for event in (EngineStarted(1, 1, "1"), StopRequested(), RunEnded("stopped")):
            store.append_event(run_id, event)
    _, told = waiting.communicate(timeout=PATIENCE)
    assert (waiting.returncode, told) == (1, f"another engine has taken {run_id} up\n")
    state = store.state(run_id)
    assert (state.status, state.last_seq) == ("stopped", 3)
    # Whoever is set to work now takes it up.
    control.launch(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    assert store.state(run_id).attempt == 2


def test_an_engine_is_launched_for_one_attempt(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.create(store, workspace.config())
    lock = lock_path(store.path, run_id)
    lock.parent.mkdir()
    before = len(control._engines)

    def launch() -> None:
        with Store(store.path) as own:
            control.launch(own, run_id)

    launching = threading.Thread(target=launch)
    with FileLock(lock):
        launching.start()
        wait_until(lambda: len(control._engines) > before)
        for event in (EngineStarted(1, 1, "1"), RunEnded("stopped")):
            store.append_event(run_id, event)
    launching.join(PATIENCE)
    assert control._engines[-1].wait(PATIENCE) == 1
    assert store.state(run_id).last_seq == 2


async def test_a_run_that_stops_waits_for_what_is_in_flight_however_long(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a run that failed waits: these calls are paid for, and their endpoint is well."""
    monkeypatch.setattr(models, "DRAIN_SECONDS", 0.0)
    monkeypatch.setattr(steering, "COMMAND_SECONDS", 0.0)
    store = workspace.store()
    run_id = control.create(store, workspace.config({"spec": "scripted:plural", "concurrency": 4}))
    engine = Engine(store, run_id)
    out, answer, complete = [], asyncio.Event(), ScriptedModel.complete

    async def waits(self: ScriptedModel, request: Request) -> Response:
        out.append(request)
        await answer.wait()
        return await complete(self, request)

    monkeypatch.setattr(ScriptedModel, "complete", waits)
    ending = asyncio.create_task(engine.run())
    while len(out) < 4:
        await asyncio.sleep(0)
    engine.request_stop()
    for _ in range(200):  # commands are looked for at each turn
        await asyncio.sleep(0)
    assert not ending.done()
    answer.set()
    assert await ending == "stopped"
    assert stored_responses(store, run_id) == len(out) == 4
