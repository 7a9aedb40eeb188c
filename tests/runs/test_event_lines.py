"""What events are called in a line."""

from __future__ import annotations

import typing

import msgspec
import pytest
from hypothesis import given, settings

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.event_lines import LogLine, line_of
from promptopt.runs.state import RunState

from .histories import histories

HALF = Score(0.5, 0.1, 4)

LINES: list[tuple[ev.Event, str]] = [
    (ev.EngineStarted(7, 1, "1"), "engine started, process 7"),
    (ev.EngineStarted(8, 2, "1"), "engine resumed (attempt 2), process 8"),
    (
        ev.SearchStarted("t", "m", "ape", 0, "Seed.", 5, 6, 7, "a", "b", 99),
        "ape on t: train 5, dev 6, test 7; up to 99 calls",
    ),
    (
        ev.SearchStarted("t", "m", "ape", 0, "Seed.", 5, 6, 7, "a", "b", 99, max_calls=40),
        "ape on t: train 5, dev 6, test 7; up to 99 calls, limit 40",
    ),
    (ev.SearchRestarted("other replies"), "search begun anew: other replies"),
    (ev.SearchReopened(12, 3), "the search goes on with a higher limit"),
    (ev.StageStarted("filter 1", 1, 50), "filter 1: up to 50 calls"),
    (
        ev.StepPlanned(3, 20, (1, 2, 3, 4, 5, 6, 7), 1),
        "step 3 from c001: change up to 20 words; shown c001 c002 c003 c004 c005 c006 …",
    ),
    (ev.StepPlanned(3, None, (2,), 2), "step 3 from c002: change freely; shown c002"),
    (ev.CandidateAdded(0, "Seed.", "seed", 0), "c000 seed: Seed."),
    (ev.CandidateAdded(4, "More.", "edit", 2, (1, 3)), "c004 edit from c001 c003: More."),
    (
        ev.ProposalRejected("Same.", "forward", 0, "same as c001"),
        "forward proposal rejected (same as c001): Same.",
    ),
    (ev.CandidateScored(4, "dev", 2, HALF), "c004 dev .500 ±.100 n=4"),
    (ev.CandidateScored(4, "test", 2, None, 9), "c004 test no score, every call failed"),
    (
        ev.CandidateScored(4, "dev", 2, HALF, 0, {"truthful": Score(0.25, 0.1, 4)}),
        "c004 dev .500 ±.100 n=4 (truthful .250)",
    ),
    (ev.StageFinished("propose", 0), "propose done"),
    (ev.StageFinished("propose", 0, best=HALF), "propose done"),
    (
        ev.StageFinished("filter 1", 0, (1, 0), (2,), 1, 4, HALF, 0.4),
        "filter 1 done: kept 2, dropped 1, in front c001 .500 ±.100 n=4",
    ),
    (ev.LimitReached("max_calls", "40 of 40"), "limit max_calls: 40 of 40"),
    (ev.CostEstimated(1_000, 234, 0.5, True), "all of it would take about 1,234 tokens, at $0.50"),
    (
        ev.CostEstimated(1_000, 234, None, True),
        "all of it would take about 1,234 tokens, at a price that is not known",
    ),
    (
        ev.CallRetried("task", "HTTP 429", 1, 2.0),
        "task call failed, attempt 1, again in 2.0s: HTTP 429",
    ),
    (ev.CallFailed("task", "filtered"), "task call given up: filtered"),
    (ev.SearchWarned("few examples"), "few examples"),
    (ev.Warned("careful"), "careful"),
    (ev.RunEnded("done"), "run done"),
    (ev.RunEnded("failed", "no endpoint"), "run failed: no endpoint"),
]


@pytest.mark.parametrize(("event", "line"), LINES, ids=lambda each: type(each).__name__)
def test_lines(event: ev.Event, line: str) -> None:
    assert line_of(event) == line
    assert LogLine(0.0, "info", event).text == line


def test_a_line_of_its_own_words() -> None:
    assert LogLine(0.0, "info", "paused").text == "paused"


def test_every_kind_is_worded_here_or_by_the_state() -> None:
    # These are no line, or need what was before them; those of steering are worded there.
    others = {ev.UsageUpdated, ev.WinnerChosen}
    others |= {kind for kind in typing.get_args(ev.AnyEvent) if issubclass(kind, ev.Answer)}
    worded = {type(event) for event, _ in LINES}
    assert worded == set(typing.get_args(ev.AnyEvent)) - others
    with pytest.raises(TypeError, match="no line for UsageUpdated"):
        line_of(ev.UsageUpdated())


@settings(deadline=None)
@given(histories())
def test_the_lines_of_a_state_are_those_of_its_events(history: list[ev.Event]) -> None:
    state = RunState("r")
    for at, event in enumerate(history):
        before = state.log_total
        state.apply(at + 1, float(at), event)
        told = [each.text for each in state.log][len(state.log) - (state.log_total - before) :]
        if isinstance(event, ev.SearchStarted):
            event = msgspec.structs.replace(event, max_calls=state.setup.max_calls)  # type: ignore[union-attr]
        if type(event) in {type(each) for each, _ in LINES}:
            assert told == [line_of(event)]
