"""What commands say when a run goes on without them, or takes its time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promptopt.runs import asking, control
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, plural
from ..workspace import Workspace, finished, wait_until
from .conftest import Command
from .test_run import at_work, slow_run


@pytest.fixture(autouse=True)
def home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace's, in place of that of the other commands' tests."""
    monkeypatch.setenv("PROMPTOPT_HOME", str(workspace.home))
    return workspace.home


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_command_that_is_ended_says_that_the_run_goes_on(
    workspace: Workspace, more: tuple[str, ...]
) -> None:
    watcher = workspace.begin(*slow_run(workspace, *more))
    store = workspace.store()
    at_work(store)
    # It watches by then: it says so of the first stage, or waits for the next.
    watcher.send_signal(signal.SIGTERM)
    done = finished(watcher)
    assert done.returncode == 143
    assert done.stderr.endswith(
        "this command was ended; the run goes on without it. "
        "Come back with: promptopt resume slow\n"
    )
    assert control.is_alive(store, "slow")
    assert store.state("slow").status == "running"


@contextmanager
def frozen_engine(workspace: Workspace, store: Store) -> Iterator[tuple[str, Callable[[], None]]]:
    """The id of a run whose engine is frozen, at an instant at which it writes nothing.

    With it comes what lets it thaw.
    """
    held = threading.Event()

    def waits(received: Received) -> Answer:
        held.wait(30)
        return plural(received)

    with Endpoint(waits) as endpoint:
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 1}
        run_id = control.start(store, workspace.config(model))
        # All that it has to tell until the call is answered.
        wait_until(lambda: store.state(run_id).usage.in_flight == 1)
        pid = workspace.engine_pid(store, run_id)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield run_id, lambda: os.kill(pid, signal.SIGCONT)
        finally:
            held.set()
            os.kill(pid, signal.SIGCONT)


def test_a_pause_that_is_not_answered_still_stands(
    workspace: Workspace, promptopt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAIT_SECONDS", 0.2)
    store = workspace.store()
    with frozen_engine(workspace, store) as (run_id, thaw):
        done = promptopt("pause", run_id)
        assert done.status == 1
        assert "has not answered for 0 s; what was asked still stands" in done.err
        assert f"promptopt show {run_id}" in done.err
        thaw()
        wait_until(lambda: store.state(run_id).status == "paused")


def test_a_run_goes_on_that_had_not_heard_of_its_pause_yet(
    workspace: Workspace, promptopt: Command
) -> None:
    store = workspace.store()
    with frozen_engine(workspace, store) as (run_id, thaw):
        control.pause(store, run_id)
        assert promptopt("resume", run_id, "--detach").status == 0
        thaw()
        wait_until(lambda: not store.open_commands(run_id))
        assert store.state(run_id).status == "running"


def test_stop_says_what_it_waits_for(workspace: Workspace, promptopt: Command) -> None:
    held = threading.Event()

    def waits(received: Received) -> Answer:
        held.wait(30)
        return plural(received)

    with Endpoint(waits) as endpoint:
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "timeout": 45}
        run_id = control.start(store, workspace.config(model))
        wait_until(lambda: bool(endpoint.requests))
        done = promptopt("stop", run_id)
        assert done.out == (
            f"{run_id} is stopping and waits for the calls in flight, up to 45 s; "
            f"go on later with: promptopt resume {run_id}\n"
        )
        held.set()
        assert workspace.wait_until_over(store, run_id) == "stopped"
