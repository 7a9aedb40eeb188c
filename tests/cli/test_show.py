from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from promptopt.results.visible import visible

from ..results.played_run import PROPOSALS, Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command


def test_a_finished_run(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("show", run_id)
    assert (done.status, done.err) == (0, "")
    assert "ape on singular_to_plural, seed 0: train 10, dev 40, test 60" in done.out
    assert f"    {PROPOSALS[1]}\n" in done.out
    assert "beats the seed prompt by +.400 (± .064) (n=60: 24 fixed, 0 broken; 95% from" in done.out
    assert "rejected proposals: 1 duplicate of c001\n" in done.out
    assert "dev: scored 140 of 200 cells, 30% saved\n" in done.out
    table = done.out[done.out.index("  id") :].splitlines()
    assert [row[:6].strip() for row in table[1:6]] == ["★ c002", "c001", "c000", "~ c004", "~ c003"]
    assert table[1].split()[:9] == ["★", "c002", ".900", ".048", "40", "+.400", ".078", "16", "0"]
    assert table[4].split()[:9] == ["~", "c004", ".400", ".163", "10/40", "-.100", ".100", "0", "1"]


def test_preset_and_settings_other_than_the_methods_own(promptopt: Command, store: Store) -> None:
    long = "A template\n" + "of many words " * 9
    settings = {"schedule": "none", "trace": True, "template": long}
    play_run(store, Script(preset="gpo-no-control", settings=settings))
    first, second, *_ = promptopt("show", "last").out.splitlines()
    assert first.startswith("ape (preset gpo-no-control) on singular_to_plural, seed 0: ")
    assert second == (
        "settings other than ape's own: schedule = none, trace = true, "
        "template = A template⏎of many words of many words…"
    )
    play_run(store)
    assert "settings other" not in promptopt("show", "last").out


def columns_of(out: str) -> list[list[str]]:
    """The candidate table, its heads first, a list of cells a row."""
    table = out[out.index("  id") :].split("\n\n")[0].splitlines()
    return [line.split() for line in table]


def test_edits_budget_and_outcome_where_there_are_any(promptopt: Command, store: Store) -> None:
    play_run(store, Script(edits={2: (9, 9, "projected"), 1: (4, None, "")}))
    head, winner, second, *rest = columns_of(promptopt("show", "last").out)
    assert head[8:11] == ["edits", "budget", "outcome"]
    assert winner[9:13] == ["9", "9", "projected", "step"]
    assert second[8:10] == ["4", "step"]
    assert len(rest) == 3
    play_run(store, Script(edits={1: (4, None, "")}))
    head = columns_of(promptopt("show", "last").out)[0]
    assert "edits" in head
    assert "budget" not in head
    play_run(store)
    assert "edits" not in promptopt("show", "last").out


def test_of_graded_answers_none_is_fixed_or_broken(promptopt: Command, store: Store) -> None:
    play_run(store, Script(wrong=0.5))
    out = promptopt("show", "last").out
    assert "fixed" not in out
    assert "broke" not in out
    assert columns_of(out)[1][:7] == ["★", "c002", ".950", ".024", "40", "+.200", ".039"]
    assert columns_of(out)[1][7] == "forward"


@pytest.mark.parametrize("name", ["last", "sing"])
def test_names_of_a_run(promptopt: Command, store: Store, name: str) -> None:
    play_run(store)
    assert "run singular-to-plural-ape-1 done" in promptopt("show", name).out


def test_unknown_run(promptopt: Command, store: Store) -> None:
    play_run(store)
    done = promptopt("show", "other\x1b")
    assert (done.status, done.out) == (2, "")
    assert "there is no run named" in done.err
    assert "\x1b" not in done.err


def test_fewer_candidates_on_request(promptopt: Command, store: Store) -> None:
    play_run(store)
    out = promptopt("show", "last", "--candidates", "2").out
    assert "… and 3 more" in out
    assert "c004" not in out
    assert "★" not in promptopt("show", "last", "--candidates", "0").out


def test_json_is_the_summary(promptopt: Command, store: Store) -> None:
    run_id = play_run(store, Script(until="final"))
    done = promptopt("show", run_id, "--json")
    assert done.out.count("\n") == 1
    summary = json.loads(done.out)
    assert summary["run_id"] == run_id
    assert summary["status"] == "interrupted"
    assert summary["best"]["id"] == "c002"
    assert summary["best"]["test"] is None
    assert len(summary["candidates"]) == 5
    assert summary["difference"] is None
    play_run(store)
    difference = json.loads(promptopt("show", "last", "--json").out)["difference"]
    assert difference["interval"] == [pytest.approx(17 / 60), pytest.approx(32 / 60)]


def test_an_interrupted_run_says_how_to_go_on(promptopt: Command, store: Store) -> None:
    play_run(store, Script(until="filter"))
    out = promptopt("show", "last").out
    assert "run singular-to-plural-ape-1 interrupted" in out
    assert "go on with:  promptopt resume singular-to-plural-ape-1" in out
    assert "best prompt so far" in out


def test_a_run_without_events(promptopt: Command, store: Store) -> None:
    play_run(store)
    store.create_run(store.task("singular-to-plural-ape-1"), "ape", "{}", name="fresh")
    done = promptopt("show", "fresh")
    assert done.status == 0
    assert "No candidate has a score yet." in done.out


def test_events(promptopt: Command, store: Store) -> None:
    play_run(store)
    lines = promptopt("show", "last", "--events").out.splitlines()
    assert "engine started, process 4711" in lines[0]
    assert lines[-1].endswith("run done")
    assert any("WARNING task call failed" in line for line in lines)
    assert promptopt("show", "last", "--events", "--json").status == 2


def test_following_a_run_that_is_over(promptopt: Command, store: Store) -> None:
    play_run(store)
    done = promptopt("show", "last", "--follow")
    assert "winner on dev: c002" in done.err
    assert "run singular-to-plural-ape-1 done" in done.out


def test_hostile_text(promptopt: Command, store: Store) -> None:
    hostile = "[/INST] \x1b]0;owned\x07\x9b2J\u202e\n\x00[bold]x"
    script = Script(
        task="t\x1b[2J",
        seed_prompt=hostile,
        proposals=(hostile + "1", hostile + "2", *PROPOSALS[2:]),
        status="failed",
        reason="\x1b[31m",
    )
    run_id = play_run(store, script)
    for arguments in ([], ["--events"], ["--json"]):
        done = promptopt("show", run_id, *arguments)
        assert done.status == 0
        assert visible(done.out, newlines=True) == done.out
    events = promptopt("show", run_id, "--events").out.splitlines()
    assert len(events) == len(store.state(run_id).log)
    best = json.loads(promptopt("show", run_id, "--json").out)["best"]
    assert best["text"] == hostile + "2"
