from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from promptopt.evaluation.score import Score
from promptopt.results.progress import ProgressLines, final_lines, status_line
from promptopt.results.statistics import stored_difference
from promptopt.results.summary import run_summary
from promptopt.results.visible import visible
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

from .played_run import PROPOSALS, Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store


def follow(store: Store, run: str, every: int) -> list[str]:
    """All progress lines of a run whose events are looked at `every` at a time."""
    state = RunState(run)
    progress = ProgressLines(state)
    lines = progress.new_lines()
    while store.catch_up(state, every):
        lines += progress.new_lines()
    return lines


def test_a_line_for_what_matters(store: Store) -> None:
    lines = [line.strip().split("  ", 1)[1] for line in follow(store, play_run(store), 1)]
    assert lines == [
        "ape on singular_to_plural (exact_match): train 10, dev 40, test 60; "
        "up to 300 calls, limit 500 calls",
        "propose: up to 6 calls",
        "filter 1, step 1: up to 50 calls; 5 candidates so far",
        "filter 1 done: best .900 ±.100 n=10, mean 0.500, seed prompt .500 ±.167 n=10, "
        "after 56 calls",
        "warning: task call failed, attempt 1, again in 2.0s: HTTP 429",
        "final: up to 90 calls; 5 candidates so far",
        "winner on dev: c002, .900 ±.048 n=40",
        "test: up to 120 calls; 5 candidates so far",
        "done",
    ]


@pytest.mark.parametrize("every", [1, 3, 7, 1000])
def test_nothing_that_matters_is_missed_however_rarely_one_looks(store: Store, every: int) -> None:
    text = "\n".join(follow(store, play_run(store), every))
    for expected in ("ape on", "filter 1 done", "warning:", "winner on dev", "done"):
        assert expected in text


def test_silent_when_nothing_is_new(store: Store) -> None:
    state = store.state(play_run(store))
    progress = ProgressLines(state)
    assert progress.new_lines()
    assert progress.new_lines() == []


def test_a_burst_of_trouble_is_counted() -> None:
    state = RunState("r")
    progress = ProgressLines(state)
    for number in range(20):
        state.apply(number + 1, 0.0, ev.CallFailed("task", f"HTTP 500 \x1b[{number}m"))
    lines = progress.new_lines()
    assert len(lines) == 4
    assert lines[0].endswith("error: task call given up: HTTP 500 ␛[0m")
    assert lines[-1].endswith("… and 17 more warnings")


def test_pause_resume_failure_and_a_new_beginning(store: Store) -> None:
    run = play_run(store, Script(until="winner"))
    state = store.state(run)
    progress = ProgressLines(state)
    progress.new_lines()
    seen = []
    for number, event in enumerate(
        [
            ev.Paused(),
            ev.Unpaused(),
            ev.StopRequested(),
            ev.RunEnded("stopped"),
            ev.EngineStarted(1, 2, "x"),
            ev.SearchRestarted("failed calls are asked again"),
            ev.CandidateAdded(0, "x", "seed", 0),
            ev.WinnerChosen(0),
            ev.RunEnded("failed", "no\nroute \x1b"),
        ]
    ):
        state.apply(state.last_seq + 1, 1_700_000_100.0 + number, event)
        seen += [line.strip().split("  ", 1)[1] for line in progress.new_lines()]
    assert seen == [
        "paused",
        "going on",
        "stopping: waiting for the calls in flight",
        "stopped",
        "resumed, attempt 2",
        "warning: search begun anew: failed calls are asked again",
        "winner on dev: c000, the seed prompt, —",
        "failed: no⏎route ␛",
    ]


def test_final_lines_of_a_finished_run(store: Store) -> None:
    run = play_run(store)
    lines = final_lines(store.state(run), stored_difference(store, run, 2, 0, "test"))
    assert lines == [
        "run singular-to-plural-ape-1 done",
        "",
        "best prompt, c002:",
        f"    {PROPOSALS[1]}",
        "",
        "             dev              test",
        "c002         .900 ±.048 n=40  .900 ±.039 n=60",
        "seed prompt  .500 ±.080 n=40  .500 ±.065 n=60",
        "gain         +.400            +.400",
        "",
        "On test the best prompt beats the seed prompt by +.400 (± .064) "
        "(n=60: 24 fixed, 0 broken; 95% from +.283 to +.533).",
        "266 calls (3 more answered from the store), 13,832 prompt and 1,862 completion tokens, "
        "at no cost, 30s",
        "take it out: promptopt export singular-to-plural-ape-1 --format text -o prompt.txt",
    ]


def test_final_lines_of_a_run_that_broke_off(store: Store) -> None:
    run = play_run(store, Script(until="final"))
    lines = final_lines(store.state(run), status="interrupted")
    assert lines[0] == "run singular-to-plural-ape-1 interrupted"
    assert "best prompt so far, c002:" in lines
    assert "go on with:  promptopt resume singular-to-plural-ape-1" in lines
    assert any(line.startswith("The search has not come to its end") for line in lines)


def test_final_lines_before_anything(store: Store) -> None:
    lines = final_lines(RunState("r"))
    assert lines == [
        "run r new",
        "",
        "No candidate has a score yet.",
        "0 calls, 0 prompt and 0 completion tokens, 0s",
    ]


def test_final_lines_of_a_run_in_which_no_call_was_answered(store: Store) -> None:
    state = store.state(play_run(store, Script(until="propose")))
    history = [
        ev.StageStarted("filter 1", 1, 50),
        ev.CandidateScored(0, "dev", 1, None, 10),
        ev.StageFinished("filter 1", 1, survivors=(0,), leader=0),
        ev.RunEnded("failed", "no candidate has a score: none of 10 examples was answered"),
    ]
    for number, event in enumerate(history, state.last_seq + 1):
        state.apply(number, 1.0, event)
    lines = final_lines(state)
    assert "No candidate has a score yet." in lines
    assert not [line for line in lines if "best" in line or "export" in line]
    assert run_summary(state)["best"] is None


def test_final_lines_of_hostile_text(store: Store) -> None:
    script = Script(
        proposals=(PROPOSALS[0], "[/INST]\x1b[2J\nrm -rf\u202e", *PROPOSALS[2:]),
        limit=("max\x1bcalls", "x"),
        status="failed",
        reason="\x9b2J",
    )
    lines = final_lines(store.state(play_run(store, script)))
    assert all(visible(line) == line for line in lines)
    assert "    [/INST]␛[2J" in lines
    assert "    rm -rf‹U+202E›" in lines
    assert lines[0].endswith("failed: ‹U+009B›2J")


def test_one_line_says_where_a_run_stands() -> None:
    state = RunState("r")
    assert status_line(state, 5.0) == ""
    at = 100.0
    setup = ev.SearchStarted(
        *("t", "exact_match", "ape", 0, "Go.", 3, 4, 5, "local", "local"), planned_calls=80
    )
    for seq, event in enumerate(
        [
            ev.EngineStarted(1, 1, "0"),
            setup,
            ev.CandidateAdded(0, "Go.", "seed", 0),
            ev.StageStarted("filter 1", 0, 20),
            ev.CandidateScored(0, "dev", 0, Score(0.5, 0.25, 4)),
            ev.UsageUpdated(calls=12, retries=1),
        ],
        1,
    ):
        state.apply(seq, at, event)
    line = status_line(state, at + 65)
    assert line == (
        " 1m 05s  filter 1 · 12 of up to 80 calls · 1 retry, 0 failed · best c000 .500 ±.250 n=4"
    )
    state.apply(7, at + 66, ev.Paused())
    assert "filter 1, paused" in status_line(state, at + 90)
