"""Deleting runs from a real store, beside engines and other processes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from promptopt.errors import InputError, StoreError
from promptopt.runs import control, deletion
from promptopt.runs.commands import Pause, Remark
from promptopt.runs.paths import lock_path, run_files
from promptopt.runs.store import Store

from ..llm.asking import small_task
from ..workspace import PATIENCE, Workspace
from .test_store import old_store

SLOW = {"spec": "scripted:plural?delay=0.01", "concurrency": 2}

ENGINE = """
import sys
from promptopt.runs import engine_process
print("here", flush=True)
sys.exit(engine_process.main(sys.argv[1:]))
"""


def tables(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows by table, of those that are about runs."""
    names = [name for (name,) in store._rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert {"runs", "spent", "events", "responses", "predictions", "commands"} < set(names)
    others = ("deleted", "place")
    return {name: store._rows(f"SELECT * FROM {name}") for name in names if name not in others}


def files(store: Store) -> set[Path]:
    """What stands beside the store."""
    return {
        path
        for path in store.path.parent.rglob("*")
        if path.is_file() and not path.name.startswith(store.path.name)
    }


@pytest.fixture
def store(workspace: Workspace) -> Store:
    return workspace.store()


@pytest.mark.parametrize("gone", ["first", "second"])
def test_nothing_of_the_run_stays_and_all_of_the_others(
    workspace: Workspace, store: Store, gone: str
) -> None:
    kept = "second" if gone == "first" else "first"
    for name in ("first", "second"):
        workspace.finish(workspace.config(name=name), store)
        control.steer(store, name, Remark("Look again."))
    before = tables(store)
    assert all(any(gone in row for row in rows) for rows in before.values())
    deletion.delete(store, gone)
    assert tables(store) == {
        name: [row for row in rows if gone not in row] for name, rows in before.items()
    }
    assert not any(gone in path.name for path in files(store))
    assert set(run_files(store.path, kept)) <= files(store)
    assert store.find_run("last").id == kept
    assert store._rows("PRAGMA foreign_key_check") == []
    assert store._rows("PRAGMA integrity_check") == [("ok",)]
    with pytest.raises(InputError, match=f"the run {gone} was deleted"):
        store.find_run(gone)


def test_numbers_are_not_given_again_and_names_are(store: Store) -> None:
    for _ in range(3):
        store.create_run(small_task(), "ape", "{}")
    for number in (2, 3):
        store.delete_run(f"small-ape-{number}")
    assert store.find_run("last").id == "small-ape-1"
    assert store.create_run(small_task(), "ape", "{}") == "small-ape-4"
    # A name that a person chose is theirs to use again.
    assert store.create_run(small_task(), "ape", "{}", "small-ape-2") == "small-ape-2"
    assert store.find_run("small-ape-2").id == "small-ape-2"
    store.delete_run("small-ape-2")
    assert [run.id for run in store.runs()] == ["small-ape-4", "small-ape-1"]


def test_a_deleted_run_is_not_taken_for_one_that_begins_like_it(store: Store) -> None:
    for name in ("run-1", "run-10"):
        store.create_run(small_task(), "ape", "{}", name)
    store.delete_run("run-1")
    with pytest.raises(InputError, match="the run run-1 was deleted"):
        store.find_run("run-1")
    assert store.find_run("run").id == "run-10"


def test_a_run_that_there_is_not(store: Store) -> None:
    with pytest.raises(InputError, match="no run named 'x'"):
        deletion.delete(store, "x")
    assert store._rows("SELECT * FROM deleted") == []
    assert not files(store) - {lock_path(store.path, "x")}


def test_a_live_run_is_refused_until_it_is_stopped(workspace: Workspace, store: Store) -> None:
    run_id = control.start(store, workspace.config(SLOW))
    with pytest.raises(InputError, match=f"an engine is at work on run {run_id}; stop it first"):
        deletion.delete(store, run_id)
    control.stop(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "stopped"
    deletion.delete(store, run_id)
    assert store.runs() == []


def test_of_several_none_is_deleted_beside_a_live_one(workspace: Workspace, store: Store) -> None:
    store.create_run(small_task(), "ape", "{}", "other")
    run_id = control.start(store, workspace.config(SLOW, name="live"))
    with pytest.raises(InputError, match="at work on run live"):
        deletion.delete_several(store, ["other", run_id])
    assert {run.id for run in store.runs()} == {"other", "live"}


def test_several_say_how_far_they_came(store: Store) -> None:
    store.create_run(small_task(), "ape", "{}", "one")
    with pytest.raises(InputError, match=r"no run named 'two'.*; deleted before that: one"):
        deletion.delete_several(store, ["one", "two"])


def test_an_engine_that_starts_at_the_same_instant_keeps_its_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the lock after the look whether it is alive, and before the deletion."""
    monkeypatch.setattr(deletion, "LOCK_SECONDS", 0.01)
    run_id = store.create_run(small_task(), "ape", "{}")
    lock = lock_path(store.path, run_id)
    lock.parent.mkdir(parents=True)
    holder = FileLock(lock, is_singleton=False)
    monkeypatch.setattr(deletion, "refuse_live", lambda *_: holder.acquire())
    with pytest.raises(InputError, match="an engine is starting on run small-ape-1"):
        deletion.delete(store, run_id)
    holder.release()
    assert [run.id for run in store.runs()] == [run_id]
    assert lock.is_file()


def test_an_engine_that_starts_while_its_run_is_being_deleted(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store.create_run(small_task(), "ape", workspace.config().to_json())
    engines: list[subprocess.Popen[str]] = []
    delete_run = store.delete_run

    def held_up(name: str) -> None:
        """Deletes when the engine is about to take the lock, which the deletion holds."""
        engine = subprocess.Popen(
            [sys.executable, "-c", ENGINE, str(store.path), name],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        engines.append(engine)
        assert engine.stdout is not None
        assert engine.stdout.readline() == "here\n"
        delete_run(name)

    monkeypatch.setattr(store, "delete_run", held_up)
    deletion.delete(store, run_id)
    _, told = engines[0].communicate(timeout=PATIENCE)
    assert engines[0].returncode == 1
    assert told == f"the run {run_id} was deleted; see: promptopt list\n"
    assert store.runs() == []


def test_an_engine_that_is_launched_too_late(workspace: Workspace, store: Store) -> None:
    run_id = store.create_run(small_task(), "ape", workspace.config().to_json())
    deletion.delete(store, run_id)
    with pytest.raises(InputError, match=f"run {run_id} was deleted"):
        control.launch(store, run_id)
    assert files(store) == set()
    for ask in (Pause(), Remark("Look again.")):
        with pytest.raises(InputError, match=r"was deleted|nothing to pause"):
            control.steer(store, run_id, ask)
    with pytest.raises(InputError, match=f"the run {run_id} was deleted"):
        control.resume(store, run_id)


READER = """
import sys
from pathlib import Path
from promptopt.errors import StoreError
from promptopt.runs.store import Store
store = Store(Path(sys.argv[1]))
with store.transaction():
    before = len(store.state(sys.argv[2]).candidates)
rows = iter(store._db.execute("SELECT seq FROM events WHERE run_id = ?", (sys.argv[2],)))
next(rows)
print("reading", flush=True)
sys.stdin.readline()
print(before, 1 + sum(1 for _ in rows), flush=True)
state = store.state(sys.argv[2])
print(len(state.candidates), state.status, store.predictions(sys.argv[2], 0, "dev"), flush=True)
try:
    store.task(sys.argv[2])
except StoreError as error:
    print(error)
"""


def test_another_process_that_reads_ends_in_a_clear_state(
    workspace: Workspace, store: Store
) -> None:
    run_id = workspace.finish(workspace.config(), store)
    events, candidates = len(list(store.events(run_id))), len(store.state(run_id).candidates)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(store.path), run_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    # It stands in the middle of the events: neither does it hinder, nor is it torn.
    deletion.delete(store, run_id)
    out, _ = reader.communicate("go on\n", timeout=PATIENCE)
    assert out.splitlines() == [
        f"{candidates} {events}",
        "0 new []",
        f"there is no run named '{run_id}'; see: promptopt list",
    ]


DELETER = """
import sys
from pathlib import Path
from promptopt.runs import deletion
from promptopt.runs.store import Store
with Store(Path(sys.argv[1])) as store:
    print("here", flush=True)
    sys.stdin.readline()
    deletion.delete(store, sys.argv[2])
"""


def test_two_that_delete_the_same_run(workspace: Workspace, store: Store) -> None:
    run_id = workspace.finish(workspace.config(), store)
    deleters = [
        subprocess.Popen(
            [sys.executable, "-c", DELETER, str(store.path), run_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for each in deleters:
        assert each.stdout is not None
        assert each.stdout.readline() == "here\n"
    for each in deleters:
        assert each.stdin is not None
        each.stdin.write("now\n")
        each.stdin.flush()
    told = sorted(each.communicate(timeout=PATIENCE)[1] for each in deleters)
    assert told[0] == ""
    # Which of both it is, the other one may think that an engine holds the lock.
    assert "InputError: " in told[1]
    assert store.runs() == []
    assert len(store._rows("SELECT * FROM deleted")) == 1


def test_a_deletion_that_fails_leaves_the_whole_run(workspace: Workspace, store: Store) -> None:
    run_id = workspace.finish(workspace.config(), store)
    before, beside = tables(store), files(store)
    store._rows(
        "CREATE TEMP TRIGGER hold BEFORE DELETE ON main.runs "
        "BEGIN SELECT raise(ABORT, 'no space left'); END"
    )
    with pytest.raises(StoreError, match="no space left"):
        deletion.delete(store, run_id)
    assert tables(store) == before
    assert files(store) == beside
    store._rows("DROP TRIGGER hold")
    deletion.delete(store, run_id)
    assert store.runs() == []


def test_a_damaged_run_can_be_deleted(workspace: Workspace, store: Store) -> None:
    run_id = workspace.finish(workspace.config(), store)
    store._rows("UPDATE events SET event = '{' WHERE run_id = ? AND seq = 3", run_id)
    store._rows("UPDATE runs SET task = '{' WHERE id = ?", run_id)
    deletion.delete(store, run_id)
    assert store.runs() == []


def _filled(store: Store, run_id: str) -> None:
    with store.transaction():
        store.create_run(small_task(), "ape", "{}", run_id)
        for number in range(2_000):
            store.add_response(
                run_id, f"{number}".encode(), 0, role="task", request=None, text="word " * 100
            )


def test_the_space_is_given_back(store: Store) -> None:
    _filled(store, "stays")
    store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
    small = store.path.stat().st_size
    _filled(store, "goes")
    store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert store.path.stat().st_size > 1.8 * small
    deletion.delete(store, "goes")
    assert store._free_pages() == 0
    assert store.path.stat().st_size < 1.1 * small
    assert len(store._rows("SELECT 1 FROM responses")) == 2_000


def test_the_space_of_an_old_store_is_used_again(tmp_path: Path) -> None:
    with Store(old_store(tmp_path)) as store:
        _filled(store, "goes")
        store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        size = store.path.stat().st_size
        deletion.delete(store, "goes")
        assert store._free_pages() > 200
        _filled(store, "comes")
        store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
        assert store.path.stat().st_size < 1.1 * size


def test_a_copied_store_deletes_its_own(workspace: Workspace, store: Store, tmp_path: Path) -> None:
    run_id = workspace.finish(workspace.config(), store)
    copy = tmp_path / "copy"
    shutil.copytree(store.path.parent, copy)
    with Store(copy / store.path.name) as other:
        deletion.delete(other, run_id)
    assert [run.id for run in store.runs()] == [run_id]
    assert set(run_files(store.path, run_id)) <= files(store)
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM deleted").fetchone() == (0,)
    connection.close()
