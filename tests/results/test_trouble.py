"""Warnings and errors in few lines, however long an endpoint fails."""

from __future__ import annotations

from promptopt.results.progress import ProgressLines
from promptopt.results.trouble import TroubleLines
from promptopt.runs import events as ev
from promptopt.runs.state import LogLine, RunState

RETRIED = ev.CallRetried("task", "HTTP 429: slow down (http://127.0.0.1:9/v1)", 1, 1.0)


def test_calls_that_fail_all_night_are_told_of_once_a_minute() -> None:
    trouble, said = TroubleLines(), {}
    for second in range(181):
        if lines := trouble.of([LogLine(1_000.0 + second, "warning", RETRIED)]):
            said[second] = lines
    first = "warning: task call failed, attempt 1, again in 1.0s: HTTP 429: slow down"
    assert [len(lines) for lines in said.values()] == [1, 2, 2, 2]
    assert list(said) == [0, 60, 120, 180]
    assert said[0][0].startswith(first)
    assert said[60][0] == "warning: 59 more calls failed since then"
    assert said[60][1].startswith(first)


def test_what_was_held_back_is_counted_at_the_end() -> None:
    trouble = TroubleLines()
    calls = [LogLine(5.0 + number, "error", ev.CallFailed("judge", "odd")) for number in range(4)]
    assert trouble.of(calls[:1]) == ["error: judge call given up: odd"]
    assert trouble.of(calls[1:]) == []
    assert trouble.of([], ended=True) == ["warning: 3 more calls failed since then"]
    assert trouble.of([], ended=True) == []


def test_anything_else_is_told_at_once() -> None:
    trouble = TroubleLines()
    call = LogLine(5.0, "warning", RETRIED)
    trouble.of([call])
    said = trouble.of([call, LogLine(6.0, "warning", ev.Warned("the disk is full")), call])
    assert said == ["warning: the disk is full"]
    assert trouble.of([], ended=True) == ["warning: 2 more calls failed since then"]


def test_nothing_else_is_lost_among_many_calls() -> None:
    calls = [LogLine(5.0 + number, "warning", RETRIED) for number in range(9)]
    told = [LogLine(20.0 + number, "warning", ev.Warned(f"odd {number}")) for number in range(5)]
    said = TroubleLines().of([*calls, *told])
    assert [line for line in said if "odd" in line] == [f"warning: odd {n}" for n in range(5)]
    assert said[-1] == "… and 6 more warnings"
    assert len(said) == 3 + 5 + 1


def test_a_run_tells_so_from_its_events() -> None:
    state = RunState("r")
    progress, lines = ProgressLines(state), []
    for number in range(100):
        state.apply(number + 1, 1_000.0 + number / 2, RETRIED)
        lines += progress.new_lines()
    state.apply(101, 1_060.0, ev.RunEnded("stopped"))
    lines += progress.new_lines()
    assert [line.split(maxsplit=1)[1][:32] for line in lines] == [
        "warning: task call failed, attem",
        "warning: 99 more calls failed si",
        "stopped",
    ]
