"""Copies of a store, made whole or found to be torn."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.errors import DamagedRunError, InputError, StoreError
from promptopt.runs import control
from promptopt.runs.backup import back_up
from promptopt.runs.events import Warned
from promptopt.runs.store import Store

from ..llm.asking import small_task
from ..workspace import Workspace, wait_until
from .outcomes import outcome, stored_responses, told


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "promptopt.db") as opened:
        yield opened


def write(store: Store, run_id: str, commits: int) -> None:
    """Store four replies of a kilobyte in each commit."""
    ((first,),) = store._rows("SELECT count(*) FROM responses")
    for commit in range(commits):
        with store.transaction():
            for number in range(4):
                key = (first + 4 * commit + number).to_bytes(16, "big")
                store.add_response(run_id, key, 0, role="task", request=None, text="x" * 1000)


def copied(store: Store, folder: Path, run_id: str, between: int) -> Path:
    """The store as `cp` copies it, while so many commits are made between its two files.

    In a process of its own: SQLite's locks on a file go when a process closes it a second time.
    """
    folder.mkdir()
    subprocess.run(["cp", str(store.path), str(folder)], check=True)
    write(store, run_id, between)
    subprocess.run(["cp", f"{store.path}-wal", str(folder)], check=True)
    return folder / store.path.name


@pytest.mark.parametrize("commits", [0, 50])
def test_a_copy_of_the_files_is_good_where_nothing_was_moved_between_them(
    store: Store, tmp_path: Path, commits: int
) -> None:
    run_id = store.create_run(small_task(), "ape", "{}")
    write(store, run_id, 20)
    with Store(copied(store, tmp_path / "copy", run_id, commits)) as copy:
        assert stored_responses(copy, run_id) == stored_responses(store, run_id)


@pytest.mark.parametrize("commits", [400, 1200])
def test_a_torn_copy_is_refused(store: Store, tmp_path: Path, commits: int) -> None:
    run_id = store.create_run(small_task(), "ape", "{}")
    write(store, run_id, 600)
    path = copied(store, tmp_path / "copy", run_id, commits)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"damaged: .*promptopt backup FILE"):
            Store(path)
    assert store.damage() == ""


def test_rows_that_a_copy_has_lost_are_noticed(store: Store, tmp_path: Path) -> None:
    run_id = store.create_run(small_task(), "ape", "{}")
    write(store, run_id, 1)
    store.add_predictions(run_id, 0, "dev", [(0, 4, 1.0)])
    path = tmp_path / "copy" / "promptopt.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as copy:
        store._db.backup(copy)
        copy.execute("DELETE FROM responses WHERE id = 4")
    copy.close()
    with pytest.raises(StoreError, match="rows are missing that others refer to"):
        Store(path)


@pytest.mark.parametrize("missing", [1, 5, 9])
def test_a_run_that_lost_an_event_is_damaged_and_the_others_are_readable_in_a_copy_too(
    store: Store, tmp_path: Path, missing: int
) -> None:
    whole, broken = (store.create_run(small_task(), "ape", "{}") for _ in range(2))
    for run_id in (whole, broken):
        for number in range(10):
            store.append_event(run_id, Warned(f"number {number}"))
    path = tmp_path / "copy" / "promptopt.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as copy:
        store._db.backup(copy)
        copy.execute("DELETE FROM events WHERE run_id = ? AND seq = ?", (broken, missing))
    copy.close()
    with Store(path) as opened:
        assert opened.state(whole).last_seq == 10
        with pytest.raises(DamagedRunError, match=f"event {missing} of run {broken} is missing"):
            opened.state(broken)
        assert opened.damage() == ""
        done = back_up(opened, tmp_path / "rescued.db")
    assert (done.runs, list(done.left_out), done.mended) == (1, [broken], False)
    with Store(tmp_path / "rescued.db") as rescued:
        assert rescued.state(whole).last_seq == 10
        assert rescued.run_ids() == [whole]


def test_damage_in_place_is_no_reason_to_refuse_all(store: Store, tmp_path: Path) -> None:
    store.create_run(small_task(), "ape", "{}")
    path = tmp_path / "copy.db"
    back_up(store, path)
    Store(path).close()  # has been looked through
    with sqlite3.connect(path) as damaged:
        damaged.execute("INSERT INTO predictions VALUES ('x', 0, 'dev', 0, 7, 1.0)")
    damaged.close()
    moved = path.rename(tmp_path / "moved.db")
    with Store(moved) as opened:
        assert len(opened.runs()) == 1
        assert opened.damage() == "rows are missing that others refer to"


def test_a_backup_is_whole_and_goes_on(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.start(
        store, workspace.config({"spec": "scripted:plural?delay=0.01", "concurrency": 3})
    )
    copies: list[Path] = []
    for wanted in (1, 20, 40):
        wait_until(lambda wanted=wanted: stored_responses(store, run_id) >= wanted)  # type: ignore[misc]
        folder = workspace.folder / f"copy-{wanted}"
        folder.mkdir()
        done = workspace.command("backup", str(folder))
        assert (done.returncode, done.stderr) == (0, f"wrote 1 run to {folder}/promptopt.db\n")
        assert [each.name for each in folder.iterdir()] == ["promptopt.db"]
        copies.append(folder / "promptopt.db")
    assert workspace.wait_until_over(store, run_id) == "done"
    for path in copies:
        with Store(path) as copy:
            assert copy.damage() == ""
            events = told(copy, run_id)
            assert events == told(store, run_id)[: len(events)]
            control.launch(copy, run_id)
            wait_until(lambda copy=copy: not control.is_alive(copy, run_id))  # type: ignore[misc]
            assert outcome(copy, run_id) == outcome(store, run_id)


def test_an_interrupted_run_that_was_saved_from_a_damaged_store_goes_on(
    workspace: Workspace,
) -> None:
    store = workspace.store()
    model = {"spec": "scripted:plural?delay=0.01", "concurrency": 3}
    whole = workspace.finish(workspace.config(model), store)
    odd = workspace.finish(workspace.config(model), store)
    cut = control.start(store, workspace.config(model))
    wait_until(lambda: stored_responses(store, cut) >= 20)
    workspace.kill_engine(store, cut)
    store._rows("DELETE FROM events WHERE run_id = ? AND seq = 7", odd)
    folder = workspace.folder / "saved"
    done = workspace.command("backup", f"{folder}/")
    assert (done.returncode, f"left out {odd}, which is damaged: event 7" in done.stderr) == (
        1,
        True,
    )
    with Store(folder / "promptopt.db") as saved:
        assert saved.spent(cut) == store.spent(cut)
        control.launch(saved, cut)
        assert workspace.wait_until_over(saved, cut) == "done"
        assert outcome(saved, cut) == outcome(store, whole)


def test_a_backup_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    with pytest.raises(InputError, match=r"there\.db exists already; name another file"):
        back_up(store, there)
    assert there.read_text() == "mine"
    with pytest.raises(InputError, match=r"there is no folder .*; create it first"):
        back_up(store, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(InputError, match=r"there\.db is a file, not a folder; name another"):
        back_up(store, there / "copy.db")
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(".")) == []


def test_a_store_without_a_whole_run_is_not_backed_up(store: Store, tmp_path: Path) -> None:
    run_id = store.create_run(small_task(), "ape", "{}")
    write(store, run_id, 1)
    store._rows("PRAGMA foreign_keys = OFF")
    store._rows("DELETE FROM runs")
    with pytest.raises(StoreError, match=r"no backup was made, since no run of .* is whole"):
        back_up(store, tmp_path / "copy.db")
    assert [each.name for each in tmp_path.iterdir() if "promptopt.db" not in each.name] == []
