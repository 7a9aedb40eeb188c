"""What the commands say of a store that is damaged, read-only, or on a full disk."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from promptopt.runs.events import Warned
from promptopt.runs.store import Store

from ..results.played_run import PROPOSALS, play_run
from ..workspace import Workspace
from ..workspace import workspace as workspace

if TYPE_CHECKING:
    from .conftest import Command

PAGE = 4096


@contextlib.contextmanager
def disk(folder: Path, *options: str) -> Iterator[None]:
    """A disk of its own at the folder; the test is skipped where none can be had."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(folder)]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            try:
                yield
            finally:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
            return
    pytest.skip("no disk can be mounted here")


def read_only(folder: Path) -> None:
    """Let nobody write to that disk any more."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def overwrite_page_with(path: Path, text: str) -> None:
    """Damage the page of a store that holds the text."""
    content = path.read_bytes()
    start = content.index(text.encode()) // PAGE * PAGE
    path.write_bytes(content[:start] + b"\xff" * PAGE + content[start + PAGE :])


@pytest.fixture
def damaged(home: Path) -> tuple[str, str, str]:
    """Three runs, a page of the second of which was overwritten."""
    with Store() as store:
        first, odd, last = (play_run(store) for _ in range(3))
        for number in range(300):  # pages of its own
            store.append_event(odd, Warned(f"warning {number}."))
    overwrite_page_with(home / "promptopt.db", "warning 150.")
    return first, odd, last


def test_a_damaged_page_leaves_the_other_runs_listed(
    promptopt: Command, damaged: tuple[str, str, str]
) -> None:
    first, odd, last = damaged
    done = promptopt("list")
    assert done.status == 0, done.err
    rows = {row.split()[0]: row.split()[2] for row in done.out.splitlines()[1:]}
    assert rows == {last: "done", odd: "damaged", first: "done"}
    listed = json.loads(promptopt("list", "--json").out)["runs"]
    assert {each["run_id"]: each["status"] for each in listed} == rows
    # No number is shown that is not known.
    assert [each["usage"] is None for each in listed] == [False, True, False]
    assert done.out.splitlines()[2].split()[-3:] == ["—", "—", "—"]
    assert promptopt("show", first).status == 0
    shown = promptopt("show", odd)
    assert shown.status == 1
    assert "it is damaged; see: promptopt doctor" in shown.err


def test_the_doctor_notices_a_damaged_page(
    promptopt: Command, damaged: tuple[str, str, str]
) -> None:
    done = promptopt("doctor")
    assert done.status == 1
    assert "✗ store" in done.out
    assert "promptopt.db is damaged: " in done.out
    advice = [line.strip() for line in done.out.splitlines()]
    assert f"{damaged[1]} is damaged: its events cannot be read" in advice
    assert "2 runs whole; save what is whole into a new store, and go on there:" in advice
    assert "promptopt backup FOLDER/, then PROMPTOPT_HOME=FOLDER" in advice
    assert damaged[0] not in done.out


def test_the_doctor_finds_a_run_that_is_damaged_in_a_file_that_is_not(
    promptopt: Command, home: Path
) -> None:
    with Store() as store:
        first, odd = play_run(store), play_run(store)
        store._rows("DELETE FROM events WHERE run_id = ? AND seq = 5", odd)
    done = promptopt("doctor")
    assert done.status == 1
    assert f"{odd} is damaged: event 5 of run {odd} is missing" in done.out
    assert "1 run whole" in done.out
    with Store() as store:
        store._rows("DELETE FROM events WHERE run_id = ? AND seq = 5", first)
    done = promptopt("doctor")
    assert "put a backup of it in its place, or move it away" in done.out
    assert "promptopt export RUN -o FILE" in done.out
    saved = promptopt("backup", "saved/")
    assert saved.status == 1
    assert "no backup was made, since no run of " in saved.err


def test_the_runs_of_a_damaged_store_that_are_whole_can_be_saved(
    promptopt: Command, home: Path, damaged: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, odd, last = damaged
    before = {run_id: promptopt("show", run_id, "--json") for run_id in (first, last)}
    refused = promptopt("delete", odd, "--yes")
    assert refused.status == 1
    assert f"run {odd} cannot be deleted, as the store is damaged where it stands" in refused.err
    assert "promptopt backup FOLDER/, then PROMPTOPT_HOME=FOLDER" in refused.err
    done = promptopt("backup", "new/saved/")
    assert (done.status, done.out) == (1, "")
    assert done.err.splitlines() == [
        "wrote 2 runs to new/saved/promptopt.db",
        f"left out {odd}, which is damaged: its events cannot be read",
        f"the store {home}/promptopt.db is damaged; its copy is sound: go on with that one",
    ]
    monkeypatch.setenv("PROMPTOPT_HOME", "new/saved")
    assert {run_id: promptopt("show", run_id, "--json") for run_id in before} == before
    assert odd not in promptopt("list").out
    assert "✓ store" in promptopt("doctor").out
    assert promptopt("backup", "again.db").status == 0
    assert promptopt("delete", first, last, "--yes").status == 0


def test_a_copy_of_a_damaged_store_tells_what_the_store_itself_does(
    promptopt: Command,
    home: Path,
    damaged: tuple[str, str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = [("list", "--json"), *(("show", run_id, "--json") for run_id in damaged)]
    before = [promptopt(*command) for command in commands]
    shutil.copytree(home, tmp_path / "copy")
    shutil.rmtree(home)
    monkeypatch.setenv("PROMPTOPT_HOME", str(tmp_path / "copy"))
    after = [promptopt(*command) for command in commands]
    assert [each.status for each in after] == [0, 0, 1, 0]
    for was, now in zip(before, after, strict=True):
        assert now.out == was.out
        assert now.err == was.err.replace(str(home), str(tmp_path / "copy"))


def test_a_store_without_content_is_no_new_one_where_runs_were(
    promptopt: Command, home: Path
) -> None:
    (home / "prompts").mkdir(parents=True)
    (home / "prompts" / "old-1.txt").write_text("mine")
    (home / "promptopt.db").write_bytes(b"")
    for command in (("list",), ("run", "--demo")):
        done = promptopt(*command)
        assert done.status == 1
        assert "is empty, and had runs in it, as prompts/old-1.txt beside it tells" in done.err
        assert "put a backup of it in its place, or move promptopt.db away" in done.err
    assert "✗ store" in promptopt("doctor").out
    assert (home / "promptopt.db").read_bytes() == b""
    (home / "promptopt.db").unlink()
    assert promptopt("list").status == 0


# Where a backup goes


def test_a_name_with_a_slash_at_its_end_is_a_folder(promptopt: Command, store: Store) -> None:
    for folder in ("there", "not/there/yet"):
        done = promptopt("backup", f"{folder}/")
        assert (done.status, done.err) == (0, f"wrote 0 runs to {folder}/promptopt.db\n")
        assert [each.name for each in Path(folder).iterdir()] == ["promptopt.db"]
    again = promptopt("backup", "there/")
    assert (again.status, "there/promptopt.db exists already" in again.err) == (2, True)


def test_a_file_is_no_folder(promptopt: Command, store: Store) -> None:
    Path("file").write_text("mine")
    for named in ("file/", "file/copy.db"):
        done = promptopt("backup", named)
        assert (done.status, done.err) == (
            2,
            "error: file is a file, not a folder; name another\n",
        )
    done = promptopt("backup", "file/below/")
    assert (done.status, done.err) == (
        2,
        "error: cannot create the folder file/below: Not a directory\n",
    )
    assert promptopt("backup", "nowhere/copy.db").err == (
        "error: there is no folder nowhere; create it first\n"
    )
    assert Path("file").read_text() == "mine"


@pytest.mark.parametrize("leftover", [False, True])
def test_a_read_only_store_can_be_read(
    promptopt: Command, home: Path, tmp_path: Path, leftover: bool
) -> None:
    with disk(home):
        with Store() as store:
            run_id = play_run(store)
            if leftover:  # the disk was taken away from under a process that had it open
                files = {each.name: each.read_bytes() for each in home.glob("promptopt.db*")}
        if leftover:
            for name, content in files.items():
                (home / name).write_bytes(content)
        read_only(home)
        listed = promptopt("list")
        assert (listed.status, listed.err) == (0, "")
        assert run_id in listed.out
        assert promptopt("show", run_id).status == 0
        assert promptopt("export", run_id).out == PROPOSALS[1]
        assert promptopt("backup", str(tmp_path / "copy.db")).status == 0
        for command in (
            ("note", run_id, "mine"),
            ("run", "--demo"),
            ("delete", "--yes", run_id),
        ):
            told = promptopt(*command)
            assert told.status != 0
            assert "Traceback" not in told.err
        noted = promptopt("note", run_id, "mine")
        assert "it is read-only: what is in it can be read" in noted.err
        doctor = promptopt("doctor").out
        assert "promptopt.db is read-only" in doctor


@pytest.mark.parametrize("kilobytes", [60, 120, 160, 220])
def test_a_full_disk_is_said_to_be_full(workspace: Workspace, kilobytes: int) -> None:
    with disk(workspace.home, "-o", f"size={kilobytes}k"):
        done = workspace.command(
            *("run", "--name", "full", "--task", str(workspace.data), "--model", "scripted:plural"),
        )
        assert done.returncode == 1, done.stderr
        assert "disk is full" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=20m", str(workspace.home)], check=True)
        again = ("resume", "full") if "full" in workspace.command("list").stdout else ("list",)
        assert workspace.command(*again).returncode == 0
        workspace.clear()
