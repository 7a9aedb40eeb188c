"""How engines end: what they still wait for, still answer, and never say."""

from __future__ import annotations

import asyncio

import pytest

from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel
from promptopt.runs import control, models, steering
from promptopt.runs.commands import AnyCommand, Pause, Remark, Stop
from promptopt.runs.engine import Engine
from promptopt.runs.events import Answer, CommandRefused, Noted
from promptopt.runs.paths import log_path

from ..llm.endpoint import Endpoint
from ..workspace import Workspace
from .outcomes import stored_responses

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
