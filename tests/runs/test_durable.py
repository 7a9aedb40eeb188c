"""What befalls a run from outside: a full disk, a closed terminal, a store that is copied, moved or
damaged. It ends in a clear state, and goes on from there."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from promptopt.errors import FullDiskError, StoreError
from promptopt.llm.client import Reply
from promptopt.llm.model import Response
from promptopt.runs import control
from promptopt.runs.journal import EngineJournal
from promptopt.runs.store import Store
from promptopt.runs.store_errors import FULL_DISK

from ..llm.asking import ask_for, asking, endpoint_model, small_task
from ..llm.endpoint import Endpoint
from ..workspace import Workspace, wait_until
from .held import at_work, model_at
from .outcomes import outcome, stored_responses, told

SLOW = {"spec": "scripted:plural?delay=0.01", "concurrency": 3}


@pytest.mark.parametrize(
    ("how", "kilobytes", "concurrency"),
    [
        *((how, kilobytes, 3) for how in ("pages", "files") for kilobytes in (0, 12, 24, 40)),
        ("pages", 30, 16),
    ],
)
def test_a_full_disk_ends_the_run_and_it_goes_on_when_there_is_room(
    workspace: Workspace, how: str, kilobytes: int, concurrency: int
) -> None:
    with Endpoint() as endpoint:
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": concurrency}
        config = workspace.config(model)
        store = workspace.store()
        reference = outcome(store, workspace.finish(config, store))
        first = len(endpoint.requests)
        run_id = control.create(store, config)
        engine = subprocess.run(
            [
                *(sys.executable, "-m", "tests.runs.engine_on_a_full_disk"),
                *(str(store.path), run_id, str(kilobytes), how),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert engine.returncode in (1, FULL_DISK)
        assert "Traceback" not in engine.stderr
        state = store.state(run_id)
        if state.status == "failed":
            assert "could not be read or written" in state.reason
        else:
            # There was no room even for that.
            assert control.shown_status(state, alive=False) in ("interrupted", "new")
            assert "could not be read or written" in engine.stderr
            assert (engine.returncode == FULL_DISK) == (how == "pages")
        stored, asked = stored_responses(store, run_id), len(endpoint.requests)
        # Whatever was answered is there, but for what was under way when the disk was full.
        assert asked - first - stored <= 2 * concurrency
        assert asked - first <= store.calls_sent(run_id)
        control.launch(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert outcome(store, run_id) == reference
        assert len(endpoint.requests) - first == stored_responses(store, run_id) + (
            asked - first - stored
        )


async def test_what_could_not_be_counted_on_disk_is_not_sent(tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), max_calls=20) as here:
            here.store._db.execute("PRAGMA busy_timeout = 0")
            with closing(sqlite3.connect(here.store.path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")  # nobody else can write now
                ends = await asyncio.gather(
                    *(here.client.ask(ask_for(f"question {number}")) for number in range(6)),
                    return_exceptions=True,
                )
            assert {type(each) for each in ends} == {StoreError}
            assert endpoint.requests == []
            assert here.store.calls_sent(here.run_id) == 0


async def test_what_sqlite_took_back_with_a_failed_write_is_not_told_to_be_stored(
    tmp_path: Path,
) -> None:
    """A reply that fits and one that does not, in the same commit: neither is there after it."""
    with Store(tmp_path / "promptopt.db") as store:
        run_id = store.create_run(small_task(), "ape", "{}")
        journal = EngineJournal(store, run_id)
        (pages,) = store._db.execute("PRAGMA page_count").fetchone()
        store._db.execute(f"PRAGMA max_page_count = {pages + 2}")
        replies = [Reply(0, Response(text), None, 1) for text in ("short", "x" * 1_000_000)]
        ends = await asyncio.gather(
            *(
                journal.save(bytes(16), number, "task", ask_for(), reply, 0.1)
                for number, reply in enumerate(replies)
            ),
            return_exceptions=True,
        )
        assert {type(each) for each in ends} == {FullDiskError}
        assert journal.end("done", "") == "failed"
        assert stored_responses(store, run_id) == 0
        assert "disk is full" in store.state(run_id).reason


def test_a_terminal_that_closes_costs_nothing(workspace: Workspace) -> None:
    store = workspace.store()
    expected = outcome(store, workspace.finish(workspace.config(SLOW, seed=1), store))
    path = workspace.toml(
        f'seed = 1\nname = "closed"\ntask = {{source = "{workspace.data}", train = 6, dev = 12, '
        "test = 10}\nmethod = {proposals = 8, subset = 4, finalists = 2}\n"
        'task_model = {spec = "scripted:plural?delay=0.01", concurrency = 3}\n'
    )
    process = workspace.begin("run", str(path))
    wait_until(lambda: any(each.id == "closed" for each in store.runs()))
    wait_until(lambda: stored_responses(store, "closed") > 5)
    os.killpg(process.pid, signal.SIGHUP)
    process.wait(30)
    assert workspace.wait_until_over(store, "closed") == "done"
    assert outcome(store, "closed") == expected


def test_an_engine_that_is_hung_up_on_is_resumed(workspace: Workspace) -> None:
    store = workspace.store()
    with Endpoint() as endpoint:
        config = workspace.config(model_at(endpoint, 3))
        expected = outcome(store, workspace.finish(config, store))
    with at_work(workspace, store, 20, 3) as (run_id, held):
        os.kill(workspace.engine_pid(store, run_id), signal.SIGHUP)
        workspace.wait_until_over(store, run_id)
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert outcome(store, run_id) == expected


@pytest.mark.parametrize("how", ["files", "files after a checkpoint", "backup"])
def test_a_store_is_copied_while_it_is_written_and_the_copy_goes_on(
    workspace: Workspace, how: str
) -> None:
    store = workspace.store()
    config = workspace.config(SLOW)
    run_id = control.start(store, config)
    copies: list[Path] = []
    for wanted in (1, 20, 40, 60):
        wait_until(lambda wanted=wanted: stored_responses(store, run_id) >= wanted)  # type: ignore[misc]
        target = workspace.folder / f"copy-{wanted}"
        target.mkdir()
        if how == "backup":
            with sqlite3.connect(target / "promptopt.db") as copy:
                store._db.backup(copy)
            copy.close()
        else:
            if how == "files after a checkpoint":
                store._rows("PRAGMA wal_checkpoint(PASSIVE)")
            for name in ("promptopt.db", "promptopt.db-wal"):
                shutil.copy(store.path.parent / name, target / name)
        copies.append(target / "promptopt.db")
    assert workspace.wait_until_over(store, run_id) == "done"
    for path in copies:
        with Store(path) as copied:
            assert copied._rows("PRAGMA integrity_check") == [("ok",)]
            events = told(copied, run_id)
            assert events == told(store, run_id)[: len(events)]
            control.launch(copied, run_id)
            wait_until(lambda copied=copied: not control.is_alive(copied, run_id))  # type: ignore[misc]
            assert outcome(copied, run_id) == outcome(store, run_id)


def test_a_store_is_moved_while_it_is_written(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.start(store, workspace.config(SLOW))
    wait_until(lambda: stored_responses(store, run_id) > 20)
    pid = workspace.engine_pid(store, run_id)
    moved = workspace.folder / "elsewhere"
    workspace.home.rename(moved)
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_zombie(pid))
    with Store(moved / "promptopt.db") as there:
        if there.state(run_id).status != "done":
            control.launch(there, run_id)
            wait_until(lambda: not control.is_alive(there, run_id))
        assert there.state(run_id).status == "done"
        assert there._rows("PRAGMA integrity_check") == [("ok",)]
    moved.rename(workspace.home)


def _is_zombie(pid: int) -> bool:
    return ") Z" in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET event = '{' WHERE run_id = ? AND seq = 3",
        "UPDATE events SET event = x'ff00' WHERE run_id = ? AND seq = 3",
        "UPDATE runs SET task = 'no task' WHERE id = ?",
        "UPDATE runs SET config = '{\"task\": 5}' WHERE id = ?",
        "DELETE FROM events WHERE run_id = ? AND seq < 5",
    ],
)
def test_damage_to_one_run_leaves_the_others_readable(workspace: Workspace, damage: str) -> None:
    store = workspace.store()
    config = workspace.config("scripted:plural")
    good, bad = workspace.finish(config, store), workspace.finish(config, store)
    store._rows(damage, bad)
    listed = workspace.command("list")
    assert listed.returncode == 0, listed.stderr
    assert good in listed.stdout
    assert bad in listed.stdout
    shown = workspace.command("show", good)
    assert shown.returncode == 0
    assert "done" in shown.stdout
    for command in (("show", bad), ("resume", bad)):
        told = workspace.command(*command)
        assert "Traceback" not in told.stderr + told.stdout
        assert "ended at once" not in told.stderr
    again = workspace.finish(config, store)
    assert store.state(again).status == "done"


def test_a_store_from_the_future_is_refused_by_every_command(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config("scripted:plural"), store)
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for command in (("list",), ("show", run_id), ("resume", run_id)):
        told = workspace.command(*command)
        assert told.returncode != 0
        assert "was written by a newer promptopt" in told.stderr
        assert "update promptopt" in told.stderr
