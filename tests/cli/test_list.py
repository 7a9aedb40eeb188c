from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..results.played_run import PROPOSALS, Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command


def test_no_runs(promptopt: Command) -> None:
    done = promptopt("list")
    assert done.status == 0
    assert done.out == ""
    assert "there are no runs yet" in done.err
    assert json.loads(promptopt("list", "--json").out) == {"runs": []}


def test_runs_newest_first(promptopt: Command, store: Store) -> None:
    play_run(store)
    play_run(store, Script(until="filter"))
    play_run(store, Script(status="failed", reason="x"))
    done = promptopt("list")
    assert done.status == 0
    head, *rows = done.out.splitlines()
    columns = ["run", "method", "status", "begun", "calls", "dev", "test", "best", "prompt"]
    assert head.split() == columns
    assert [row.split()[:3] for row in rows] == [
        ["singular-to-plural-ape-3", "ape", "failed"],
        ["singular-to-plural-ape-2", "ape", "interrupted"],
        ["singular-to-plural-ape-1", "ape", "done"],
    ]
    assert ".900 ±.048 n=40  .900 ±.039 n=60  c002 " + PROPOSALS[1] in rows[2]
    assert ".900 ±.100 n=10  —" in rows[1]


def test_runs_of_a_preset_are_called_by_it(promptopt: Command, store: Store) -> None:
    play_run(store)
    play_run(store, Script(preset="ape-few-shot"))
    rows = promptopt("list").out.splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["ape-few-shot", "ape"]
    listed = json.loads(promptopt("list", "--json").out)["runs"]
    assert [each["preset"] for each in listed] == ["ape-few-shot", None]
    assert [each["method"] for each in listed] == ["ape", "ape"]


def test_json(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    (listed,) = json.loads(promptopt("list", "--json").out)["runs"]
    assert listed["run_id"] == run_id
    assert listed["status"] == "done"
    assert listed["best"]["test"]["n"] == 60
    assert listed["usage"]["calls"] == 266


def test_hostile_text_stays_in_its_row(promptopt: Command, store: Store) -> None:
    hostile = "a\nb\x1b[2J\u202e[/INST]"
    play_run(store, Script(proposals=(PROPOSALS[0], hostile, *PROPOSALS[2:])))
    done = promptopt("list")
    assert len(done.out.splitlines()) == 2
    assert "c002 a⏎b␛[2J‹U+202E›[/INST]" in done.out
    assert "\x1b" not in promptopt("list", "--json").out
