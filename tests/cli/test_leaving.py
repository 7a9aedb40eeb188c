"""What commands say when a run goes on without them, or takes its time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promptopt.cli.follow import follow
from promptopt.errors import RunError
from promptopt.runs import asking, control
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, plural
from ..workspace import Workspace, finished, wait_until
from .conftest import Command
from .held_run import HeldRun
from .held_run import held as held


@pytest.fixture(autouse=True)
def home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace's, in place of that of the other commands' tests."""
    monkeypatch.setenv("PROMPTOPT_HOME", str(workspace.home))
    return workspace.home


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_command_that_is_ended_says_that_the_run_goes_on(
    held: HeldRun, more: tuple[str, ...]
) -> None:
    watcher, store = held.begin(*more)
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


def stopping(held: HeldRun) -> Store:
    """The store of a run that is stopping, and waits for two calls."""
    watcher, store = held.begin()
    watcher.send_signal(signal.SIGINT)
    wait_until(lambda: store.state("slow").status == "stopping")
    watcher.send_signal(signal.SIGINT)
    assert finished(watcher).returncode == 130
    return store


def resuming(workspace: Workspace) -> subprocess.Popen[str]:
    """A command that has said that it waits to take a run up again."""
    command = workspace.begin("resume", "slow")
    assert command.stderr is not None
    assert command.stderr.readline() == (
        "slow is stopping and waits for the calls in flight, up to 60 s; then it goes on "
        "(ctrl+c leaves it stopped)\n"
    )
    return command


def test_a_run_that_is_stopping_is_taken_up_when_it_has_stopped(
    workspace: Workspace, held: HeldRun
) -> None:
    store = stopping(held)
    command = resuming(workspace)
    held.goes_on.set()
    assert finished(command).returncode == 0
    assert (store.state("slow").status, store.state("slow").attempt) == ("done", 2)


def test_ctrl_c_leaves_a_run_stopped_that_is_waited_for(
    workspace: Workspace, held: HeldRun
) -> None:
    store = stopping(held)
    command = resuming(workspace)
    command.send_signal(signal.SIGINT)
    done = finished(command)
    assert done.returncode == 130
    assert done.stderr == ("left; it is not taken up again. Go on with: promptopt resume slow\n")
    held.goes_on.set()
    assert workspace.wait_until_over(store, "slow") == "stopped"
    assert store.state("slow").attempt == 1


def test_who_can_leave_waits_for_as_long_as_it_takes(
    held: HeldRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = stopping(held)
    monkeypatch.setattr(control, "END_SECONDS", 0.0)
    with pytest.raises(RunError, match="run slow is still stopping"):
        control.resume(store, "slow")
    looks = []

    def waits() -> None:
        looks.append("")
        if len(looks) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        control.resume(store, "slow", waits=waits)
    assert store.state("slow").attempt == 1


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever runs the tests may ignore ctrl+c; a command of a person does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_again_before_the_first_is_answered(
    interruptible: None,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = workspace.store()
    run_id = control.create(store, workspace.config())
    asked = []

    def stop(*_: object) -> None:
        asked.append("stop")
        os.kill(os.getpid(), signal.SIGINT)

    def state(_: str) -> RunState:
        os.kill(os.getpid(), signal.SIGINT)
        return RunState(run_id)

    monkeypatch.setattr(control, "stop", stop)
    monkeypatch.setattr(store, "state", state)
    # One comes before anything was shown, the other while the run is asked to stop.
    try:
        assert follow(store, run_id, as_json=False) == 130
    except KeyboardInterrupt:
        pytest.fail("it was ended without a word")
    assert asked == ["stop"]
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("stopping: waiting for the calls in flight")
    assert told[1] == (f"left; the run is still stopping. Go on with: promptopt resume {run_id}")
