"""The Pareto front, checked against its definition."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.evaluation.score import Score
from promptopt.results.export.csv_format import render
from promptopt.results.export.source import ExportSource
from promptopt.results.front import front, objectives_of
from promptopt.results.progress import final_lines
from promptopt.results.summary import run_summary
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

DEV = 10
NAMES = ("truthful", "length")


def state_of(table: list[tuple[float, ...]], *, texts: list[str] | None = None) -> RunState:
    """A run whose candidates were scored on all of dev, each with a mean by each objective."""
    state = RunState("r")
    setup = ev.SearchStarted(
        "t",
        "truthful",
        "ape",
        0,
        "seed",
        4,
        DEV,
        4,
        "local",
        "local",
        9,
        dev_score="0.5 truthful + 0.5 length",
        test_score="0.5 truthful + 0.5 length",
    )
    told: list[ev.Event] = [setup]
    for number, means in enumerate(table):
        text = texts[number] if texts else f"text {number}"
        told.append(ev.CandidateAdded(number, text, "forward", 0))
        told.append(scored(number, "dev", means))
    for seq, event in enumerate(told, 1):
        state.apply(seq, float(seq), event)
    return state


def scored(number: int, split: str, means: tuple[float, ...], n: int = DEV) -> ev.CandidateScored:
    by_each = {name: Score(mean, 0.1, n) for name, mean in zip(NAMES, means, strict=False)}
    whole = Score(sum(means) / len(means), 0.1, n)
    return ev.CandidateScored(number, split, 0, whole, 0, by_each if len(means) > 1 else {})


means = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@given(st.lists(st.tuples(means, means), min_size=1, max_size=8))
def test_of_several_objectives_each_counts_for_itself(table: list[tuple[float, float]]) -> None:
    state = state_of(list(table))
    assert objectives_of(state) == NAMES
    beaten = {
        number
        for number, mine in enumerate(table)
        for other in table
        if other != mine and all(its >= own for its, own in zip(other, mine, strict=True))
    }
    kept = front(state)
    assert {each.id for each in kept} == set(range(len(table))) - beaten
    dev = [each.dev.mean for each in kept if each.dev]
    assert dev == sorted(dev, reverse=True)
    assert run_summary(state)["front"] == [f"c{each.id:03d}" for each in kept]


@given(
    st.lists(st.tuples(means, st.integers(1, 4)), min_size=1, max_size=8),
)
def test_of_one_objective_the_words_count_beside_it(table: list[tuple[float, int]]) -> None:
    state = state_of([(mean,) for mean, _ in table], texts=["word " * n for _, n in table])
    assert objectives_of(state) == ()
    beaten = {
        number
        for number, (mean, words) in enumerate(table)
        for its, other in table
        if (its, other) != (mean, words) and its >= mean and other <= words
    }
    assert {each.id for each in front(state)} == set(range(len(table))) - beaten


white = st.sampled_from([" ", "  ", "\n", "\t ", "\u2003"])


@st.composite
def prompts(draw: st.DrawFn) -> str:
    """Some words, and any white space around them; or nothing but that."""
    gaps = draw(st.lists(white, max_size=7))
    return draw(st.sampled_from(["", " ", "\n"])) + "".join(f"word{gap}" for gap in gaps)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1) | means,
            prompts(),
            st.sampled_from([DEV, DEV, DEV, DEV - 1]),
            st.sampled_from([0, 0, 1]),
            st.sampled_from(["", "", "", "vetoed"]),
        ),
        max_size=40,
    )
)
def test_the_front_of_score_and_length_is_what_nothing_beats(
    table: list[tuple[float, str, int, int, str]],
) -> None:
    state = state_of([])
    for number, (mean, text, n, unscored, vetoed) in enumerate(table):
        told: list[ev.Event] = [
            ev.CandidateAdded(number, text, "forward", 0),
            ev.CandidateScored(number, "dev", 0, Score(mean, 0.1, n), unscored),
        ]
        for event in told:
            state.apply(state.last_seq + 1, 0.0, event)
        if vetoed:
            state.candidates[number].status = vetoed
    compared = {
        number: (mean, len(text.split()))
        for number, (mean, text, n, unscored, vetoed) in enumerate(table)
        if n + unscored >= DEV and not vetoed
    }
    kept = [
        number
        for number, mine in compared.items()
        if not any(
            its != mine and its[0] >= mine[0] and its[1] <= mine[1] for its in compared.values()
        )
    ]
    # The best first, of equal ones the older.
    assert [each.id for each in front(state)] == sorted(
        kept, key=lambda number: (-compared[number][0], number)
    )


@pytest.mark.parametrize("mean", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_finite_number_is_not_compared(mean: float) -> None:
    for place in range(3):
        table: list[tuple[float, ...]] = [(0.5,), (0.25,)]
        table.insert(place, (mean,))
        others = [number for number in range(3) if number != place]
        state = state_of(table, texts=["word" if number == place else "a b" for number in range(3)])
        assert [each.id for each in front(state)] == others[:1]


def test_only_what_was_scored_on_all_of_dev_can_be_compared() -> None:
    state = state_of([(0.5, 0.5), (0.25, 0.25)])
    state.apply(99, 9.0, ev.CandidateAdded(2, "part", "forward", 0))
    state.apply(100, 9.0, scored(2, "dev", (1.0, 1.0), n=DEV - 1))
    assert [each.id for each in front(state)] == [0]
    assert front(RunState("empty")) == []


def test_a_score_by_each_objective_is_shown_wherever_scores_are() -> None:
    state = state_of([(0.5, 0.9), (0.7, 0.6), (0.4, 0.6)])
    state.apply(99, 9.0, ev.WinnerChosen(0))
    state.apply(100, 9.0, scored(0, "test", (0.25, 0.9), n=4))
    best = run_summary(state)["best"]
    assert best["objectives"]["dev"]["truthful"] == {"score": 0.5, "stderr": 0.1, "n": DEV}
    assert best["objectives"]["test"]["length"] == {"score": 0.9, "stderr": 0.1, "n": 4}
    assert [each["objectives"].keys() for each in run_summary(state)["candidates"]][1:] == [
        {"dev"},
        {"dev"},
    ]
    lines = [line.split() for line in final_lines(state)]
    assert ["c000", "truthful", ".500", "±.100", "n=10", ".250", "±.100", "n=4"] in lines
    rows = list(csv.DictReader(io.StringIO(render(ExportSource(state, state.candidates[0])))))
    by_id = {row["id"]: row for row in rows}
    assert by_id["c000"]["dev_truthful"] == "0.5"
    assert by_id["c000"]["test_truthful"] == "0.25"
    assert by_id["c001"]["test_truthful"] == ""
    assert {name: row["front"] for name, row in by_id.items()} == {
        "c000": "1",
        "c001": "1",
        "c002": "0",
    }
    assert state.log[-1].text.endswith("(truthful .250, length .900)")
    assert state.setup is not None
    assert state.setup.scored_by == "0.5 truthful + 0.5 length"
