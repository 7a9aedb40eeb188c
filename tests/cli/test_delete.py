"""promptopt delete"""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from promptopt.runs import control
from promptopt.runs.store import Store

from ..llm.asking import small_task
from ..tui.run_player import RunPlayer
from ..workspace import PATIENCE, SCRIPT, Workspace
from .conftest import Command
from .held_run import HeldRun
from .held_run import held as held


@pytest.fixture
def three(store: Store) -> list[str]:
    for name in ("run-1", "run-10", "run-2"):
        RunPlayer(store, name, dev=12, test=4).play_all()
    return ["run-2", "run-10", "run-1"]


def names(store: Store) -> list[str]:
    return [run.id for run in store.runs()]


def test_runs_are_deleted(store: Store, three: list[str], promptopt: Command) -> None:
    done = promptopt("delete", "run-1", "last", "run-2", "--yes")
    assert (done.status, done.err) == (0, "")
    assert done.out == "run-1 is deleted\nrun-2 is deleted\n"
    assert names(store) == ["run-10"]
    # The newest that is left is the last one now.
    assert '"run_id":"run-10"' in promptopt("show", "last", "--json").out.replace(": ", ":")


def test_a_beginning_of_a_name_is_not_enough_where_nobody_is_asked(
    store: Store, three: list[str], promptopt: Command
) -> None:
    assert promptopt("delete", "run-1", "--yes").status == 0
    # Done twice, it does not go for run-10.
    again = promptopt("delete", "run-1", "--yes")
    assert (again.status, again.out) == (2, "")
    assert again.err == "error: the run run-1 was deleted; see: promptopt list\n"
    short = promptopt("delete", "run-1x", "run-10", "--yes")
    assert (short.status, names(store)) == (2, ["run-2", "run-10"])
    short = promptopt("delete", "run-10", "run", "--yes")
    assert short.status == 2
    short = promptopt("delete", "run-2", "run-", "--yes")
    assert "give more of the name" in short.err
    store.delete_run("run-2")
    short = promptopt("delete", "run", "--yes")
    assert short.err == (
        "error: there is no run named 'run'; with --yes give the whole name: run-10\n"
    )
    assert names(store) == ["run-10"]


def test_without_a_terminal_it_takes_a_yes(
    store: Store, three: list[str], promptopt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        done = promptopt("delete", "run-1")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error: there is no terminal to ask on; to delete without being asked, add --yes\n"
    )
    assert names(store) == three


def test_what_is_wrong_is_told(store: Store, promptopt: Command) -> None:
    assert promptopt("delete").status == 2
    assert "there are no runs yet" in promptopt("delete", "x", "--yes").err
    store.create_run(small_task(), "ape", "{}", "mine")
    assert "there is no run named 'x'" in promptopt("delete", "x", "--yes").err


@pytest.mark.parametrize(
    ("answer", "status", "left"),
    [("y", 0, ["run-2"]), ("n", 1, None), ("", 1, None), ("\x03", 130, None)],
)
def test_it_asks_on_a_terminal(
    store: Store, three: list[str], answer: str, status: int, left: list[str] | None
) -> None:
    store._rows("UPDATE events SET event = '{' WHERE run_id = 'run-10' AND seq = 9")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "delete", "run-1", "run-10"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    try:
        said = ""
        while "]:" not in said:
            said += os.read(ours, 1_000).decode()
        assert "  run-1  done, 11 candidates, " in said
        assert "  run-10  damaged" in said
        assert "Delete these 2 runs? This cannot be undone. [y/N]:" in said
        assert names(store) == three
        while process.poll() is None:
            # Again, should ctrl+c have come after the question and before it waits for an answer.
            os.write(ours, f"{answer}\n".encode() if answer != "\x03" else b"\x03")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=PATIENCE / 5)
        out, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        os.close(ours)
    assert process.returncode == status
    assert names(store) == (three if left is None else left)
    assert out == ("" if left is None else "run-1 is deleted\nrun-10 is deleted\n")


def _take_terminal() -> None:
    """Make standard input the terminal that ctrl+c comes from."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_run_at_work_is_refused(
    workspace: Workspace, held: HeldRun, promptopt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTOPT_HOME", str(workspace.home))
    store = workspace.store()
    store.create_run(small_task(), "ape", "{}", "other")
    run_id = control.start(store, workspace.config(held.model, name="live"))
    done = promptopt("delete", "other", run_id, "--yes")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error: an engine is at work on run live; stop it first: promptopt stop live\n"
    )
    assert set(names(store)) == {"other", "live"}
    # Nor is anybody asked first.
    assert promptopt("delete", run_id).err == done.err
