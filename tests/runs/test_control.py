from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from promptopt.errors import InputError, RunError
from promptopt.runs import control
from promptopt.runs.commands import Stop
from promptopt.runs.events import (
    CostEstimated,
    EngineStarted,
    Paused,
    RunEnded,
    StopRequested,
    Unpaused,
    UsageUpdated,
)
from promptopt.runs.paths import lock_path, log_path
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from ..llm.endpoint import Endpoint
from ..workspace import PATIENCE, Workspace, wait_until
from .held import Held, at_work, model_at
from .outcomes import outcome, stored_responses


def kinds(store: Store, run_id: str) -> list[type]:
    return [
        type(stored.event)
        for stored in store.events(run_id)
        if not stored.event.replayed and not isinstance(stored.event, UsageUpdated | CostEstimated)
    ]


def test_start_makes_a_run_and_an_engine(workspace: Workspace) -> None:
    store = workspace.store()
    held = Held()
    with Endpoint(held) as endpoint:
        config = workspace.config(model_at(endpoint, 2), name="mine")
        assert control.start(store, config) == "mine"
        assert control.is_alive(store, "mine")
        assert control.config_of(store, "mine") == config
        task = store.task("mine")
        assert (len(task.train), len(task.dev), len(task.test)) == (6, 12, 10)
        assert store.state("mine").pid == workspace.engine_pid(store, "mine")
        held.let()
        assert workspace.wait_until_over(store, "mine") == "done"
    assert not control.is_alive(store, "mine")
    assert log_path(store.path, "mine").read_text() == ""


def test_a_wrong_request_leaves_nothing(workspace: Workspace) -> None:
    store = workspace.store()
    config = workspace.config(task={"source": str(workspace.folder / "absent.csv")})
    with pytest.raises(InputError, match=r"absent\.csv"):
        control.start(store, config)
    assert store.runs() == []
    assert not (workspace.home / "locks").exists()


def test_a_name_that_is_taken_starts_no_engine(workspace: Workspace) -> None:
    store = workspace.store()
    workspace.finish(workspace.config(name="mine"), store)
    last = store.state("mine").last_seq
    with pytest.raises(InputError, match="there is a run named mine already"):
        control.start(store, workspace.config(name="mine"))
    assert store.state("mine").last_seq == last


# Pausing and going on


def test_pause_and_unpause(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        command = control.pause(store, run_id)
        wait_until(lambda: store.is_taken(command))
        assert store.state(run_id).status == "paused"
        held.let()
        # What was under way is drained, and then it is quiet.
        wait_until(lambda: store.state(run_id).usage.in_flight == 0)
        wait_until(lambda: stored_responses(store, run_id) == store.calls_sent(run_id))
        quiet = store.calls_sent(run_id)
        again = control.pause(store, run_id)  # changes nothing
        wait_until(lambda: store.is_taken(again))
        assert store.calls_sent(run_id) == quiet == 5
        assert store.state(run_id).seconds_active(1e12) < 60
        command = control.unpause(store, run_id)
        wait_until(lambda: store.is_taken(command))
        assert workspace.wait_until_over(store, run_id) == "done"
    assert store.calls_sent(run_id) > quiet
    assert kinds(store, run_id) == [EngineStarted, Paused, Paused, Unpaused, RunEnded]


def test_resume_lets_a_paused_run_go_on(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        command = control.pause(store, run_id)
        wait_until(lambda: store.is_taken(command))
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    assert kinds(store, run_id).count(EngineStarted) == 1


def test_resume_of_a_run_at_work_changes_nothing(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        control.resume(store, run_id)
        held.let()
        assert workspace.wait_until_over(store, run_id) == "done"
    assert kinds(store, run_id) == [EngineStarted, RunEnded]


# Stopping


@pytest.mark.parametrize("paused", [False, True])
def test_stop_and_resume(workspace: Workspace, paused: bool) -> None:
    store = workspace.store()
    with Endpoint() as endpoint:
        config = workspace.config(model_at(endpoint, 2))
        expected = outcome(store, workspace.finish(config, store))
    with at_work(workspace, store) as (run_id, held):
        if paused:
            command = control.pause(store, run_id)
            wait_until(lambda: store.is_taken(command))
        command = control.stop(store, run_id)
        wait_until(lambda: store.is_taken(command))
        held.let()
        assert workspace.wait_until_over(store, run_id) == "stopped"
        before = [Paused] if paused else []
        assert kinds(store, run_id) == [EngineStarted, *before, StopRequested, RunEnded]
        # Every call that was sent was answered, and every answer is kept.
        assert stored_responses(store, run_id) == store.calls_sent(run_id) == 5
        assert store.state(run_id).winner is None
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert outcome(store, run_id) == expected
        assert stored_responses(store, run_id) == store.calls_sent(run_id)


def test_resume_waits_for_an_engine_on_its_way_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    looked, is_alive = threading.Event(), control.is_alive

    def looks(its_store: Store, name: str) -> bool:
        alive = is_alive(its_store, name)
        looked.set()
        return alive

    with at_work(workspace, store) as (run_id, held):
        command = control.stop(store, run_id)
        wait_until(lambda: store.is_taken(command))
        assert store.state(run_id).status == "stopping"

        def answer_when_it_waits() -> None:
            looked.wait(PATIENCE)
            held.let(2)

        monkeypatch.setattr(control, "is_alive", looks)
        answering = threading.Thread(target=answer_when_it_waits)
        answering.start()
        control.resume(store, run_id)
        answering.join()
        assert store.state(run_id).status == "running"
        held.let()
        assert workspace.wait_until_over(store, run_id) == "done"
    assert kinds(store, run_id) == [
        *(EngineStarted, StopRequested, RunEnded),
        *(EngineStarted, RunEnded),
    ]


def test_resume_asks_whom_the_run_asked_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(3)
    with Endpoint(held) as first, Endpoint() as second:
        monkeypatch.setenv("OPENAI_BASE_URL", first.url)
        store = workspace.store()
        run_id = control.start(store, workspace.config("openai:m"))
        wait_until(lambda: stored_responses(store, run_id) == 3)
        workspace.kill_engine(store, run_id)
        held.let()
        monkeypatch.setenv("OPENAI_BASE_URL", second.url)
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert second.requests == []


@pytest.mark.parametrize("command", [control.pause, control.unpause, control.stop])
def test_there_is_nothing_to_ask_of_a_run_that_is_over(
    workspace: Workspace, command: Callable[[Store, str], int]
) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(), store)
    with pytest.raises(InputError, match=f"run {run_id} is not at work, so there is nothing to"):
        command(store, run_id)
    assert store.open_commands(run_id) == []


def test_a_command_that_a_dead_engine_did_not_take_is_void(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        workspace.kill_engine(store, run_id)
        command = store.send_command(run_id, Stop())
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    assert store.is_taken(command)


# One engine a run


def test_two_engines_cannot_carry_out_the_same_run(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        second = subprocess.run(
            [sys.executable, "-m", control.ENGINE, str(store.path), run_id],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert second.returncode == 1
        assert second.stderr == f"another engine is at work on {run_id}\n"
        held.let()
        assert workspace.wait_until_over(store, run_id) == "done"
    assert kinds(store, run_id).count(EngineStarted) == 1


def test_many_runs_at_once_share_a_store(workspace: Workspace) -> None:
    store = workspace.store()
    runs = [control.start(store, workspace.config(seed=seed)) for seed in (0, 1, 0)]
    for run_id in runs:
        assert workspace.wait_until_over(store, run_id) == "done"
    first, second, third = (outcome(store, run_id) for run_id in runs)
    assert first == third
    assert first != second


def test_looking_whether_a_run_is_alive_leaves_it_be(workspace: Workspace) -> None:
    store = workspace.store()
    assert not control.is_alive(store, "never-was")
    assert not lock_path(store.path, "never-was").exists()
    with at_work(workspace, store) as (run_id, held):
        assert all(control.is_alive(store, run_id) for _ in range(20))
        workspace.kill_engine(store, run_id)
        assert not any(control.is_alive(store, run_id) for _ in range(20))
        # And does not keep the next engine out.
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"


def test_two_that_look_at_once_do_not_take_each_other_for_the_engine(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(), store)
    with lock_path(store.path, run_id).open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not control.is_alive(store, run_id)


@pytest.mark.parametrize(
    ("status", "alive", "shown"),
    [
        ("new", False, "interrupted"),
        ("running", True, "running"),
        ("running", False, "interrupted"),
        ("paused", True, "paused"),
        ("paused", False, "interrupted"),
        ("stopping", False, "interrupted"),
        ("stopped", False, "stopped"),
        ("done", False, "done"),
        ("failed", False, "failed"),
    ],
)
def test_shown_status(status: str, alive: bool, shown: str) -> None:
    state = RunState("r")
    state.status = status
    assert control.shown_status(state, alive) == shown


# What can go wrong with an engine


def test_an_engine_that_ends_at_once(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(), store)
    store._rows("UPDATE runs SET config = '{}' WHERE id = ?", run_id)
    with pytest.raises(RunError, match=rf"the engine of {run_id} ended at once; see its log: (.*)"):
        control.launch(store, run_id)
    assert "no task is named" in log_path(store.path, run_id).read_text()


def test_a_model_that_is_gone_is_missed_before_an_engine_starts(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.start(store, workspace.config("scripted:plural?delay=60"))
    workspace.kill_engine(store, run_id)
    store._rows("UPDATE runs SET config = replace(config, 'scripted:plural', 'scripted:gone')")
    last = store.state(run_id).last_seq
    with pytest.raises(InputError, match="there is no scripted model"):
        control.resume(store, run_id)
    assert store.state(run_id).last_seq == last


def test_a_model_that_fails_to_load_fails_the_run(workspace: Workspace) -> None:
    pytest.importorskip("xllamacpp", exc_type=ImportError)
    broken = workspace.folder / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(64))
    store = workspace.store()
    run_id = workspace.finish(workspace.config(f"local:{broken}"), store)
    state = store.state(run_id)
    assert state.status == "failed"
    assert f"the model file {broken} cannot be loaded" in state.reason
