"""Marking candidates from the command line, and taking the marked ones out together."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..results.played_run import PROPOSALS, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command


def test_marked_unmarked_and_told(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("mark", run_id, "c003", "1")
    assert (done.status, done.err) == (0, "")
    assert done.out == f"c003 of {run_id} is marked\nc001 of {run_id} is marked\n"
    assert list(store.state(run_id).marked) == [3, 1]
    done = promptopt("mark", run_id, "--off", "c003")
    assert done.out == f"c003 of {run_id} is unmarked\n"
    assert list(store.state(run_id).marked) == [1]
    wrong = promptopt("mark", run_id, "c099")
    assert (wrong.status, wrong.out) == (2, "")
    assert "there is no candidate c099" in wrong.err


def test_the_marked_are_exported_together(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    none = promptopt("export", run_id, "--marked")
    assert none.status == 2
    assert f"promptopt mark {run_id} c001" in none.err
    promptopt("mark", run_id, "c003", "c001")
    texts = [PROPOSALS[2], PROPOSALS[0]]
    out = promptopt("export", run_id, "--marked", "--format", "json").out
    assert [each["prompt"] for each in json.loads(out)] == texts
    rows = list(
        csv.reader(io.StringIO(promptopt("export", run_id, "--marked", "--format", "csv").out))
    )
    assert [row[0] for row in rows[1:]] == ["c001", "c003"]
    done = promptopt("export", run_id, "--marked", "-o", "mine.txt")
    assert (done.status, done.out) == (0, "")
    assert done.err == f"wrote c003 c001 of {run_id} to mine-c003.txt mine-c001.txt\n"
    assert [Path(f"mine-{each}.txt").read_text() for each in ("c003", "c001")] == texts


def test_of_several_files_all_are_written_or_none(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    promptopt("mark", run_id, "c003", "c001")
    Path("mine-c001.txt").write_text("of before")
    refused = promptopt("export", run_id, "--marked", "-o", "mine.txt")
    assert refused.status == 2
    assert "mine-c001.txt exists already" in refused.err
    assert not Path("mine-c003.txt").exists()
    assert Path("mine-c001.txt").read_text() == "of before"
    assert promptopt("export", run_id, "--marked", "-o", "mine.txt", "--force").status == 0
    for folder in ("", ".", "..", "/", str(Path.cwd())):
        refused = promptopt("export", run_id, "--marked", "-o", folder)
        assert (refused.status, refused.out) == (2, "")
        assert refused.err.endswith("it is a folder; name a file in it\n")
    assert Path("mine-c001.txt").read_text() == PROPOSALS[0]


def test_marked_and_one_candidate_do_not_go_together(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("export", run_id, "--marked", "--candidate", "c001")
    assert done.status == 2
    assert "--marked" in done.err
