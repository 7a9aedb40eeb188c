from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from promptopt.cli import command_table
from promptopt.cli.main import cli
from promptopt.errors import InputError, RunError

from ..results.played_run import Script, play_run
from ..workspace import SCRIPT as INTERRUPTIBLE

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command

SCRIPT = "from promptopt.cli.main import main; main()"


def process(*arguments: str, code: str = SCRIPT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_help_lists_every_command_once(promptopt: Command) -> None:
    done = promptopt("--help")
    assert done.status == 0
    assert done.err == ""
    listed = [line.split()[0] for line in done.out.splitlines() if line.startswith("  ")]
    for name in cli.list_commands(click.Context(cli)):
        assert listed.count(name) == 1


def test_without_arguments_help_is_a_message(promptopt: Command) -> None:
    done = promptopt()
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("Usage: promptopt")


def test_every_command_can_be_imported_and_says_what_it_does(promptopt: Command) -> None:
    for group in command_table.COMMANDS.values():
        for name in group:
            done = promptopt(name, "--help")
            assert done.status == 0
            assert done.out.startswith(f"Usage: promptopt {name}")


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
try:
    {SCRIPT}
finally:
    print(sorted(sys.modules), file=sys.stderr)
"""
    loaded = process("--help", code=code).stderr
    assert "'click'" in loaded
    for name in ("openai", "numpy", "textual", "httpx", "asyncio", "sqlite3", "msgspec", "rich"):
        assert f"'{name}'" not in loaded


def test_version(promptopt: Command) -> None:
    done = promptopt("--version")
    assert done.status == 0
    assert done.out.startswith("promptopt ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["exprot"], "Did you mean 'export'?"),
        (["show", "--candidate", "3", "x"], "Did you mean '--candidates'?"),
        (["show"], "Missing argument 'RUN'"),
        (["show", "x", "--candidates", "many"], "'many' is not a valid integer"),
        (["export", "x", "--format", "xml"], "'xml' is not one of"),
        (["\x1b[2J"], "No such command"),
        (["show", "last", "\x1b[2J"], "unexpected extra argument (␛[2J)"),
    ],
)
def test_wrong_requests(promptopt: Command, arguments: list[str], expected: str) -> None:
    done = promptopt(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert expected in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InputError("row 3 of a\x1b.csv is wrong"), 2, "error: row 3 of a␛.csv is wrong\n"),
        (RunError("no route"), 1, "error: no route\n"),
        (KeyboardInterrupt(), 130, "\ninterrupted\n"),
    ],
)
def test_errors_become_a_line_and_a_status(
    promptopt: Command,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
    message: str,
) -> None:
    @click.command("list")
    def failing() -> None:
        raise error

    monkeypatch.setattr("promptopt.cli.list.command", failing)
    done = promptopt("list")
    assert (done.status, done.out, done.err) == (status, "", message)


def test_status_of_a_real_process(home: Path) -> None:
    assert process("list").returncode == 0
    done = process("show", "last")
    assert done.returncode == 2
    assert done.stderr == "error: there are no runs yet; start one with: promptopt run\n"
    (home / "promptopt.db").write_bytes(b"no database at all" * 100)
    done = process("list")
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot use ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["export", "last"]])
def test_a_reader_that_goes_away_is_no_error(store: Store, arguments: list[str]) -> None:
    for _ in range(3):
        play_run(store)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    os.close(writer)
    assert done.returncode == 141
    assert done.stderr == b""


def through_a_shell(command: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run `promptopt`, which stands in the command as "$@", by a shell."""
    return subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-c", SCRIPT],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        **more,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize("arguments", ["list", "show last", "export last", "doctor", "--help"])
def test_what_cannot_be_printed_is_said(store: Store, arguments: str) -> None:
    play_run(store)
    done = through_a_shell(f'"$@" {arguments} > /dev/full')
    assert done.returncode == 1
    assert done.stderr == b"error: cannot print: No space left on device\n"
    # Nor is a message that cannot be told a reason for more than its command's status.
    done = through_a_shell('"$@" show nobody > /dev/full 2> /dev/full')
    assert (done.returncode, done.stderr) == (2, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(store: Store, home: Path, closed: str) -> None:
    run_id = play_run(store)
    before = (home / "promptopt.db").read_bytes()[:16]
    for arguments in ("list", "show last", "export last", "--help"):
        done = through_a_shell(f'"$@" {arguments} {closed}')
        assert (done.returncode, done.stderr) == (0, b""), arguments
        assert bool(done.stdout) == (">&-" not in closed.split()), arguments
    done = through_a_shell(f'"$@" show nobody {closed}')
    assert (done.returncode, done.stdout) == (2, b"")
    assert bool(done.stderr) == ("2>&-" not in closed)
    done = through_a_shell(f'"$@" note {run_id} fine {closed}')
    assert done.returncode == 0
    assert (home / "promptopt.db").read_bytes()[:16] == before


@pytest.mark.parametrize(
    "arguments",
    [
        "add last '\udcff\udcfe'",
        "note last 'An \udcff\udcfe.'",
        "show '\udcff\udcfe'",
        "run --task plurals --model scripted:plural --seed-prompt '\udcff\udcfe'",
    ],
)
def test_an_argument_that_is_no_text(store: Store, arguments: str) -> None:
    play_run(store)
    done = through_a_shell(f'"$@" {arguments}')
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"error: '")
    assert b"\\udcff\\udcfe" in done.stderr
    assert done.stderr.endswith(b"' holds bytes that are no UTF-8 text; write it as UTF-8\n")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_candidate_from_the_standard_input(
    store: Store, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    run_id = play_run(store, Script(until="filter"))
    add = f'"$@" add {run_id} --file -'
    assert through_a_shell(add, input="\ufeffÜber\r\nsetze.\n".encode()).returncode == 0
    assert store.state(run_id).log[-1].text.endswith("for the next stage: Über\nsetze.")
    done = through_a_shell(add, input=b"Not \xff text")
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: cannot read the candidate from the standard input: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(not hasattr(signal, "SIGINT"), reason="no signals")
def test_ctrl_c_in_a_real_process(store: Store) -> None:
    """A run whose engine is at work is followed until the interrupt comes."""
    from filelock import FileLock

    from promptopt.runs.paths import lock_path

    run_id = play_run(store, Script(until="filter"))
    path = lock_path(store.path, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        follower = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, "show", run_id, "--follow"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert follower.stderr is not None
        assert "ape on singular_to_plural" in follower.stderr.readline()
        follower.send_signal(signal.SIGINT)
        _, err = follower.communicate(timeout=30)
    assert follower.returncode == 130
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err
