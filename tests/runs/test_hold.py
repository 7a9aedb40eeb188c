"""What an engine does when its run's lock, or its store, is taken away under it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from promptopt.errors import LostRunError
from promptopt.runs import control, hold
from promptopt.runs.events import EngineStarted, Warned
from promptopt.runs.hold import RunHold
from promptopt.runs.paths import lock_path, log_path
from promptopt.runs.store import Store

from ..llm.endpoint import Endpoint
from ..workspace import PATIENCE, Workspace, wait_until
from .held import Held, at_work, model_at


@pytest.fixture
def held_run(workspace: Workspace) -> Iterator[tuple[Store, str, Held]]:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        yield store, run_id, held


def starts(store: Store, run_id: str) -> int:
    return sum(isinstance(each.event, EngineStarted) for each in store.events(run_id))


def test_locks_that_are_removed_are_made_anew(
    held_run: tuple[Store, str, Held], workspace: Workspace
) -> None:
    store, run_id, held = held_run
    shutil.rmtree(lock_path(store.path, run_id).parent)
    wait_until(lambda: control.is_alive(store, run_id))
    control.resume(store, run_id)  # which is watched only
    held.let()
    assert workspace.wait_until_over(store, run_id) == "done"
    assert starts(store, run_id) == 1


def test_an_engine_whose_run_another_one_has_leaves_it(
    held_run: tuple[Store, str, Held], workspace: Workspace
) -> None:
    """As if it had been quicker than the first one looks."""
    store, run_id, held = held_run
    engine = control._engines[-1]
    lock = lock_path(store.path, run_id)
    mine = lock.with_name("mine")
    with FileLock(mine):
        mine.replace(lock)
        assert engine.wait(PATIENCE) == 1
    state = store.state(run_id)
    assert (state.status, state.ended) == ("running", False)
    assert f"another engine is at work on {run_id}" in log_path(store.path, run_id).read_text()
    held.let()
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"


def test_an_engine_sends_nothing_once_its_store_is_gone(
    workspace: Workspace, tmp_path: Path
) -> None:
    held = Held(3)
    with Endpoint(held) as endpoint:
        with workspace.store() as store:
            run_id = control.start(store, workspace.config(model_at(endpoint, 2)))
            engine = control._engines[-1]
            wait_until(lambda: held.waiting == 2)
            path = store.path
            path.rename(tmp_path / "elsewhere.db")
        wait_until(lambda: "was removed, or replaced" in log_path(path, run_id).read_text())
        held.let()
        assert engine.wait(PATIENCE) == 1
        assert len(endpoint.requests) == 5
    assert not path.exists()


def test_a_run_is_held_by_one(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "LOCK_SECONDS", 0.0)
    store = workspace.store()
    second = RunHold(store.path, "a-run")
    with RunHold(store.path, "a-run") as first, RunHold(store.path, "another"):
        with pytest.raises(LostRunError, match="another engine is at work on a-run"):
            second.__enter__()
        first.check()
    with second:
        second.check()


def test_what_another_engine_has_written_is_left_to_it(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.create(store, workspace.config())
    store.append_event(run_id, Warned("first"))
    with pytest.raises(LostRunError, match="another engine is at work on the same run"):
        store._rows("INSERT INTO events VALUES (?, 1, 0, '{}')", run_id)
