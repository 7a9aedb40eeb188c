"""Calls that were given up, when their run is taken up again."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.llm.errors import FatalError
from promptopt.llm.failures import MAX_FAILURES
from promptopt.runs import control
from promptopt.runs.config import RunConfig
from promptopt.runs.events import CallRetried

from ..llm.asking import ask_for, asking, endpoint_model
from ..llm.endpoint import Answer, Endpoint, Received, fails, plural
from ..workspace import Workspace
from .outcomes import predicted
from .steered import came_to
from .test_refused_candidates import is_example

FILTER = fails(400, "flagged", code="content_filter")


def refuses_buses(received: Received) -> Answer:
    asked = is_example(received.prompt) and "bus" in received.prompt
    return (FILTER if asked else plural)(received)


def config_of(workspace: Workspace, url: str) -> RunConfig:
    model = {"spec": "openai:m", "base_url": url, "concurrency": 4}
    return workspace.config(model, task={"dev": 20, "test": 20})


def test_what_was_given_up_is_asked_again_where_a_person_says_so(workspace: Workspace) -> None:
    store = workspace.store()
    with Endpoint() as endpoint:
        config = config_of(workspace, endpoint.url)
        whole = workspace.finish(config, store)
        endpoint.behaviour = refuses_buses
        start = len(endpoint.requests)
        run_id = workspace.finish(config, store)
        assert store.state(run_id).status == "done"
        given_up = [each for each in predicted(store, run_id) if each.error]
        assert given_up
        assert workspace.command("resume", run_id).returncode == 0
        assert [each for each in predicted(store, run_id) if each.error] == given_up
        endpoint.behaviour = plural
        first = len(endpoint.requests)
        assert workspace.command("resume", run_id, "--ask-again").returncode == 0
        before, after = endpoint.requests[start:first], endpoint.requests[first:]
        answered = {each.prompt for each in before if refuses_buses(each).status == 200}
        asked = {each.prompt for each in after if is_example(each.prompt)}
        assert asked
        assert not asked & answered
        expected, found = came_to(store, whole), came_to(store, run_id)
        for each in ("status", "candidates", "scores", "winner", "predictions"):
            assert found[each] == expected[each]
        with pytest.raises(InputError, match="is done"):
            control.resume(store, run_id, ask_again=True)


async def test_the_limit_of_failures_is_one_of_the_whole_run(tmp_path: Path) -> None:
    with Endpoint(FILTER) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            for number in range(MAX_FAILURES):
                await here.client.ask(ask_for(f"question {number}"))
            run_id = here.run_id
        async with asking(tmp_path, endpoint_model(endpoint.url), run_id=run_id) as here:
            for number in range(MAX_FAILURES):
                reply = await here.client.ask(ask_for(f"question {number}"))
                assert reply.error is not None
            assert len(endpoint.requests) == MAX_FAILURES
            told = rf"{MAX_FAILURES + 1} calls were given up and 0 answered; {MAX_FAILURES + 1} ×"
            with pytest.raises(FatalError, match=told):
                await here.client.ask(ask_for("one more"))


def test_warnings_of_an_engine_that_is_gone_are_not_told_again(workspace: Workspace) -> None:
    store = workspace.store()
    with Endpoint() as endpoint:
        run_id = control.create(store, config_of(workspace, endpoint.url))
        endpoint.script.extend([fails(500, "oh dear", retry_after="0")] * 3)
        endpoint.script.extend([fails(401, "no key")] * 50)
        control.launch(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "failed"
        events = [each.event for each in store.events(run_id)]
        assert any(isinstance(each, CallRetried) for each in events)
        endpoint.script.clear()
        done = workspace.command("resume", run_id)
        assert done.returncode == 0, done.stderr
        assert "resumed, attempt 2" in done.stdout
        assert "oh dear" not in done.stdout + done.stderr
        assert "warning:" not in done.stdout + done.stderr
