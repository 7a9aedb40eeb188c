"""Stores with damaged pages: what is still told of them, and what can be saved."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from promptopt.errors import DamagedRunError, InputError, StoreError
from promptopt.runs import deletion, schema
from promptopt.runs.backup import back_up
from promptopt.runs.config import config_from_json
from promptopt.runs.store import Store

from .damaged_store import FILLS, PAGE, Intact, intact, told_of


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Intact:
    return intact(tmp_path_factory.mktemp("intact"))


@pytest.mark.parametrize(("fill", "copy"), [("ones", False), ("zeros", True)])
def test_whatever_page_is_damaged_nothing_wrong_is_told_and_what_is_whole_is_saved(
    before: Intact, tmp_path: Path, fill: str, copy: bool
) -> None:
    for page in range(2, before.pages + 1):
        folder = tmp_path / f"page-{page}"
        path = folder / "promptopt.db"
        before.write(path, range(page, page + 1), FILLS[fill], copy=copy)
        with Store(path) as store:
            assert {run.id for run in store.runs()} == set(before.told), page
            fault, (whole, damaged) = store.damage(), store.look_through()
            for run_id, right in before.told.items():
                for name, told in told_of(store, run_id).items():
                    assert told in (right[name], "damaged"), (page, run_id, name)
                    # What is called damaged the doctor knows of, too.
                    assert told == right[name] or fault or run_id in damaged, (page, run_id, name)
            if whole:
                assert back_up(store, folder / "saved.db").left_out == damaged, page
                _check_saved(before, folder / "saved.db", page, set(damaged))
            else:
                with pytest.raises(StoreError, match=r"no backup was made, since no run of .* is"):
                    back_up(store, folder / "saved.db")
        assert {each.name for each in folder.iterdir()} <= {"promptopt.db", "saved.db"}
        shutil.rmtree(folder)
        _check_loss(*before.owners.get(page, ("free", "")), len(damaged))


def _check_loss(table: str, kind: str, damaged: int) -> None:
    """See that no more runs are called damaged than have lost something."""
    if table in ("events", "responses", "predictions"):
        assert damaged in ((1, 2) if kind == "leaf" else (3,)), (table, kind)
    elif table == "runs":
        assert damaged == (1 if kind == "overflow" else 3), kind
    else:  # what it holds is known from elsewhere as well, or nothing is read from it
        assert damaged == 0, (table, kind)


def _check_saved(before: Intact, path: Path, page: int, damaged: set[str]) -> None:
    """See that a backup is sound, and holds all that is whole as it was."""
    lost = {"asked"} if before.owners.get(page, ("",))[0] == "commands" else set()
    with Store(path) as saved:
        assert saved.damage() == "", page
        assert set(saved.run_ids()) == before.told.keys() - damaged, page
        assert saved.look_through()[1] == {}, page
        for run_id in saved.run_ids():
            told, right = told_of(saved, run_id), before.told[run_id]
            assert {name for name in told if told[name] != right[name]} <= lost, (page, run_id)


def test_a_store_without_its_first_page_is_refused(before: Intact, tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    before.write(path, range(1, 2), FILLS["ones"], copy=False)
    for _ in range(2):
        with pytest.raises(StoreError, match="put a backup of it in its place"):
            Store(path)


def test_a_copy_with_many_damaged_pages_shows_what_is_left(before: Intact, tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    first = next(iter(before.told))
    before.write(path, range(before.pages * 3 // 4, before.pages + 1), FILLS["zeros"], copy=True)
    with Store(path) as store:
        assert told_of(store, first)["state"] == before.told[first]["state"]
        assert store.damage()


@pytest.mark.parametrize("damaged", ["a leaf", "all above", "the map", "many leaves"])
def test_a_copy_with_a_log_is_torn_where_much_is_damaged(
    before: Intact, tmp_path: Path, damaged: str
) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(before.content)
    with Store(path) as store:
        store.count_sent(next(iter(before.told)), 1)  # into the log
        copy = tmp_path / "copy"
        copy.mkdir()
        subprocess.run(["cp", str(path), f"{path}-wal", str(copy)], check=True)
    kinds = {kind: [] for kind in ("leaf", "internal", "overflow")}  # type: dict[str, list[int]]
    for page, (_, kind) in sorted(before.owners.items()):
        kinds[kind].append(page)
    with (copy / path.name).open("r+b") as file:
        for page in {
            "a leaf": kinds["leaf"][-1:],
            "all above": kinds["internal"][-1:],
            "the map": [2],  # of which page is part of which
            "many leaves": kinds["leaf"][-12:],
        }[damaged]:
            file.seek((page - 1) * PAGE)
            file.write(FILLS["ones"])
    if damaged != "many leaves":
        with Store(copy / path.name) as opened:
            assert opened.run_ids() == sorted(before.told)
            assert opened.damage()
        return
    for _ in range(2):  # by the second time the log is gone
        with pytest.raises(StoreError, match=r"is a copy of a store, and damaged: .*backup FILE"):
            Store(copy / path.name)


def test_a_run_whose_spending_is_lost_is_saved_only_if_it_has_ended(
    before: Intact, tmp_path: Path
) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(before.content)
    first, *others = before.told
    with Store(path) as store:
        store._rows("DELETE FROM spent")
        # Of a run that goes on, calls may be under way that its events do not tell of yet.
        store._rows("DELETE FROM events WHERE run_id = ? AND seq > 12", first)
        done = back_up(store, tmp_path / "saved.db")
        assert done.left_out == {first: "what it has spent cannot be read"}
    with Store(tmp_path / "saved.db") as saved:
        for run_id in others:
            usage = saved.state(run_id).usage
            assert saved.spent(run_id).calls == usage.calls > 0
            known = saved.known(run_id)
            assert (known.spend.calls, known.prompt_tokens) == (usage.calls, usage.prompt_tokens)
            assert not saved.knows_money(run_id)  # its price was not known


def test_a_run_that_lost_responses_is_left_out(before: Intact, tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(before.content)
    first, odd, last = before.told
    with Store(path) as store:
        store._rows("PRAGMA foreign_keys = OFF")
        store._rows("DELETE FROM responses WHERE run_id = ? AND id % 7 = 0", odd)
        done = back_up(store, tmp_path / "saved.db")
    assert done.left_out == {odd: "responses are missing that its predictions refer to"}
    with Store(tmp_path / "saved.db") as saved:
        assert saved.run_ids() == [first, last]
        assert saved.damage() == ""
        # Nor is a number given again there.
        with pytest.raises(InputError, match="the run singular-to-plural-ape-4 was deleted"):
            saved.find_run("singular-to-plural-ape-4")


@pytest.mark.parametrize("damaged", [False, True])
def test_a_backup_is_one_file_that_is_at_home_nowhere_yet(
    before: Intact, tmp_path: Path, damaged: bool
) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(before.content)
    with Store(path) as store:
        if damaged:
            store._rows("DELETE FROM events WHERE seq = 5 AND run_id LIKE '%-2'")
        saved = tmp_path / "saved.db"
        assert len(back_up(store, saved).left_out) == damaged
    written_at_once = b"\x01\x01"  # in its header; with a log beside it this is 2
    assert saved.read_bytes()[18:20] == written_at_once
    with contextlib.closing(sqlite3.connect(saved)) as copy:
        assert copy.execute("SELECT * FROM place").fetchall() == []


def test_a_text_that_is_none_is_damage_of_its_run(before: Intact, tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(before.content)
    first, odd, last = before.told
    with Store(path) as store:
        text = "CAST(CAST(event AS BLOB) || x'ff' AS TEXT)"
        store._rows(f"UPDATE events SET event = {text} WHERE run_id = ? AND seq = 5", odd)
        with pytest.raises(DamagedRunError, match="a text in it is none: it is damaged; see"):
            store.state(odd)
        assert store.state(first).last_seq == store.state(last).last_seq
        assert list(store.look_through()[1]) == [odd]


def test_a_damaged_configuration_is_told_as_that(before: Intact, tmp_path: Path) -> None:
    with pytest.raises(DamagedRunError, match="configuration of the run is damaged in the store"):
        config_from_json('{"task":')
    path = tmp_path / "promptopt.db"
    path.write_bytes(before.content)
    odd = list(before.told)[1]
    with Store(path) as store:
        store._rows("UPDATE runs SET config = '{' WHERE id = ?", odd)
        assert "its configuration is damaged" in store.look_through()[1][odd]


def test_a_run_that_cannot_be_deleted_for_damage_says_what_to_do(
    before: Intact, tmp_path: Path
) -> None:
    path = tmp_path / "promptopt.db"
    refused = 0
    for page, (table, kind) in before.owners.items():
        if (table, kind) != ("events", "leaf"):
            continue
        before.write(path, range(page, page + 1), FILLS["ones"], copy=False)
        with Store(path) as store:
            damaged = store.look_through()[1]
            for run_id in before.told:
                with contextlib.suppress(DamagedRunError):  # of the run beside it, perhaps
                    if run_id not in damaged:
                        deletion.delete(store, run_id)
                        assert run_id not in store.run_ids()
            for run_id, told in damaged.items():
                with pytest.raises(DamagedRunError, match=r"cannot be deleted, .*backup FOLDER/"):
                    deletion.delete(store, run_id)
                assert store.look_through()[1][run_id] == told
                refused += 1
        for each in tmp_path.glob("promptopt.db*"):
            each.unlink()
    assert refused >= 3


# Stores that were cut off


@pytest.mark.parametrize("left", ["prompts/a-1.txt", "logs/a-1.log", "promptopt.db-wal"])
def test_an_empty_store_beside_what_belonged_to_one_is_not_taken_for_a_new_one(
    tmp_path: Path, left: str
) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(b"")
    beside = tmp_path / left
    beside.parent.mkdir(exist_ok=True)
    beside.write_text("x")
    with pytest.raises(StoreError, match=f"is empty, and had runs in it, as {left} beside it"):
        Store(path)
    assert beside.read_text() == "x"
    path.unlink()
    if left.endswith("-wal"):
        with pytest.raises(StoreError, match=f"is gone, .* or move {left} away to begin anew"):
            Store(path)
        assert beside.read_text() == "x"
        beside.unlink()
    with Store(path) as store:
        assert store.runs() == []


def test_an_empty_file_alone_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    path.write_bytes(b"")
    with Store(path) as store:
        assert store.runs() == []


def test_a_store_that_was_cut_off_is_refused(before: Intact, tmp_path: Path) -> None:
    path = tmp_path / "promptopt.db"
    for pages in (1, 5, before.pages // 2, before.pages - 1):
        path.write_bytes(before.content[: pages * PAGE])
        with pytest.raises(StoreError, match="put a backup of it in its place"):
            Store(path)


def test_a_damaged_store_of_an_older_version_is_brought_to_this_one(
    before: Intact, tmp_path: Path
) -> None:
    path = tmp_path / "promptopt.db"
    newer = ["known_calls", "known_tokens", "known_picodollars"]
    newer += ["prompt_tokens", "completion_tokens"]
    for table in ("responses", "spent", "runs", "events"):
        pages = [page for page, owner in before.owners.items() if owner == (table, "leaf")]
        path.write_bytes(before.content)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as older:
            for column in newer:
                older.execute(f"ALTER TABLE spent DROP COLUMN {column}")
            older.execute("PRAGMA user_version = 5")
        with path.open("r+b") as file:
            file.seek((pages[0] - 1) * PAGE)
            file.write(FILLS["ones"])
        with Store(path) as store:
            assert store._rows("PRAGMA user_version") == [(schema.VERSION,)]
            assert {run.id for run in store.runs()} == set(before.told), table
            if table != "spent":
                for run_id in before.told:
                    assert store.known(run_id).spend == store.spent(run_id), table
            whole = store.look_through()[0]
            for run_id in whole:
                assert told_of(store, run_id)["state"] == before.told[run_id]["state"]
            assert bool(whole) == (table != "runs")
        for each in tmp_path.glob("promptopt.db*"):
            each.unlink()
