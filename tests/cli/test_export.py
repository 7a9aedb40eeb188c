from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from promptopt.cli.export import FORMAT_NAMES
from promptopt.results.export import FORMATS

from ..results.played_run import PROPOSALS, SEED_PROMPT, Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command

HOSTILE = "  [/INST]\x1b[2J\u202e\r\n日本 ```\n"


def test_the_formats_are_those_there_are() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


def test_text_is_the_default_and_exact(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("export", run_id)
    assert (done.status, done.out, done.err) == (0, PROPOSALS[1], "")
    assert promptopt("export", run_id, "--candidate", "seed").out == SEED_PROMPT


def test_into_a_file_and_back(promptopt: Command, store: Store) -> None:
    run_id = play_run(store, Script(proposals=(PROPOSALS[0], HOSTILE, *PROPOSALS[2:])))
    done = promptopt("export", run_id, "-o", "prompt.txt")
    assert (done.status, done.out) == (0, "")
    assert done.err == f"wrote c002 of {run_id} to prompt.txt\n"
    assert Path("prompt.txt").read_bytes() == HOSTILE.encode()
    promptopt("export", run_id, "--format", "json", "-o", "prompt.json")
    assert json.loads(Path("prompt.json").read_bytes())["prompt"] == HOSTILE


def test_a_table_is_said_to_be_of_all_candidates(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("export", run_id, "--format", "csv", "-o", "table.csv")
    assert done.status == 0
    assert done.err == f"wrote all candidates of {run_id} to table.csv\n"


def test_what_is_said_of_what_was_written_is_true_of_it(promptopt: Command, store: Store) -> None:
    run_id = play_run(store, Script(until="final"))
    note = "note: the run is running, not done"
    best = promptopt("export", run_id, "-o", "best.txt").err
    assert best.splitlines()[1] == f"{note}; this is its best so far, on dev alone"
    csv = promptopt("export", run_id, "--format", "csv", "-o", "all.csv").err
    assert csv == f"wrote all candidates of {run_id} to all.csv\n{note}\n"
    one = promptopt("export", run_id, "--candidate", "c003", "-o", "one.txt").err
    assert one == f"wrote c003 of {run_id} to one.txt\n{note}\n"


def test_a_pipe_gets_the_exact_bytes(store: Store) -> None:
    run_id = play_run(store, Script(proposals=(PROPOSALS[0], HOSTILE, *PROPOSALS[2:])))
    done = subprocess.run(
        [sys.executable, "-c", "from promptopt.cli.main import main; main()", "export", run_id],
        capture_output=True,
        timeout=60,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONIOENCODING": "latin-1",
        },
    )
    assert done.stdout == HOSTILE.encode()


def test_a_terminal_gets_nothing_that_steers_it(store: Store) -> None:
    run_id = play_run(store, Script(proposals=(PROPOSALS[0], HOSTILE, *PROPOSALS[2:])))
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", "from promptopt.cli.main import main; main()", "export", run_id],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"},
    )
    os.close(theirs)
    shown = os.read(ours, 10_000)
    os.close(ours)
    assert b"\x1b" not in shown
    assert "  [/INST]␛[2J‹U+202E›\r\n日本 ```\r\n".encode() == shown
    assert b"characters that cannot be seen" in done.stderr


def test_markdown_has_the_paired_difference(promptopt: Command, store: Store) -> None:
    play_run(store)
    out = promptopt("export", "last", "--format", "markdown").out
    assert (
        "Paired difference on test: +.400 (± .064), 95% from +.283 to +.533, n=60: 24 fixed" in out
    )


def test_json_has_the_template(promptopt: Command, store: Store) -> None:
    play_run(store)
    exported = json.loads(promptopt("export", "last", "--format", "json").out)
    assert exported["template"]["layout"].startswith("Instruction:")


def test_never_overwrites_without_force(promptopt: Command, store: Store) -> None:
    play_run(store)
    Path("prompt.txt").write_text("mine")
    done = promptopt("export", "last", "-o", "prompt.txt")
    assert done.status == 2
    assert done.err == (
        "error: prompt.txt exists already; name another file, or overwrite it with --force\n"
    )
    assert Path("prompt.txt").read_text() == "mine"
    assert promptopt("export", "last", "-o", "prompt.txt", "--force").status == 0
    assert Path("prompt.txt").read_text() == PROPOSALS[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-o", "missing/prompt.txt"], "there is no folder"),
        (["-o", "."], "it is a folder"),
        (["--candidate", "c099"], "has no candidate c099; it has c000 to c004"),
        (["--candidate", "\x1b"], "has no candidate ␛"),
        (["--force"], "none is named"),
    ],
)
def test_wrong_requests(
    promptopt: Command, store: Store, arguments: list[str], expected: str
) -> None:
    play_run(store)
    done = promptopt("export", "last", *arguments)
    assert (done.status, done.out) == (2, "")
    assert expected in done.err
    assert list(Path().iterdir()) == []


def test_a_run_that_is_not_done_says_so(promptopt: Command, store: Store) -> None:
    play_run(store, Script(until="final"))
    done = promptopt("export", "last")
    assert done.out == PROPOSALS[1]
    assert "best so far" in done.err


def test_no_best_yet(promptopt: Command, store: Store) -> None:
    play_run(store, Script(until="propose"))
    done = promptopt("export", "last", "-o", "prompt.txt")
    assert done.status == 2
    assert "no best prompt" in done.err
    assert not Path("prompt.txt").exists()
