"""A run whose endpoint goes away for a while: it waits, can be steered, and comes to its end."""

from __future__ import annotations

import pytest

from promptopt.runs import control
from promptopt.runs.config import RunConfig
from promptopt.runs.events import CallFailed, Paused, Warned
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, plural
from ..workspace import Workspace, wait_until
from .outcomes import outcome, stored_responses


def plural_and_closes(received: Received) -> Answer:
    """Leaves no connection open, which would outlive the server."""
    return Answer(plural(received).body, headers={"connection": "close"})


@pytest.fixture
def address() -> Endpoint:
    """Where a server is that comes and goes."""
    with Endpoint() as endpoint:
        pass
    return endpoint


def _config(workspace: Workspace, address: Endpoint) -> RunConfig:
    return workspace.config({"spec": "openai:m", "base_url": address.url, "concurrency": 3})


def _lost(workspace: Workspace, store: Store, address: Endpoint) -> str:
    """A run in the middle of which its endpoint has gone away, and that has noticed."""
    with Endpoint(plural_and_closes, address.port):
        run_id = control.start(store, _config(workspace, address))
        wait_until(lambda: stored_responses(store, run_id) > 20)
    wait_until(lambda: any("does not answer any more" in told for told in _warned(store, run_id)))
    return run_id


def _warned(store: Store, run_id: str) -> list[str]:
    return [e.event.message for e in store.events(run_id) if isinstance(e.event, Warned)]


def test_it_ends_as_if_nothing_had_happened(workspace: Workspace, address: Endpoint) -> None:
    store = workspace.store()
    with Endpoint(plural_and_closes, address.port):
        expected = outcome(store, workspace.finish(_config(workspace, address), store))
    run_id = _lost(workspace, store, address)
    with Endpoint(plural_and_closes, address.port):
        assert workspace.wait_until_over(store, run_id) == "done"
    assert outcome(store, run_id) == expected
    assert not any(isinstance(each.event, CallFailed) for each in store.events(run_id))
    assert any("answers again, after" in told for told in _warned(store, run_id))
    assert store.state(run_id).usage.retries > 0


def test_it_can_be_paused_stopped_and_taken_up(workspace: Workspace, address: Endpoint) -> None:
    store = workspace.store()
    with Endpoint(plural_and_closes, address.port):
        expected = outcome(store, workspace.finish(_config(workspace, address), store))
    run_id = _lost(workspace, store, address)
    control.pause(store, run_id)
    wait_until(lambda: any(isinstance(each.event, Paused) for each in store.events(run_id)))
    control.unpause(store, run_id)
    control.stop(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "stopped"
    with Endpoint(plural_and_closes, address.port):
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    assert outcome(store, run_id) == expected


def test_taken_up_while_it_is_still_gone_it_says_so_at_once(
    workspace: Workspace, address: Endpoint
) -> None:
    store = workspace.store()
    run_id = _lost(workspace, store, address)
    control.stop(store, run_id)
    workspace.wait_until_over(store, run_id)
    told = workspace.command("resume", run_id)
    assert told.returncode == 1
    assert "gave no answer in 5 tries: cannot reach" in told.stderr
    assert "does not answer any more" not in told.stdout + told.stderr
