"""What the commands say of a store that is damaged, read-only, or on a full disk."""

from __future__ import annotations

import contextlib
import json
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
    assert "promptopt export RUN" in done.out


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
