from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.evaluation.score import Score, score_of, short


@given(st.lists(st.floats(0, 1), min_size=2, max_size=200))
def test_against_the_standard_library(values: list[float]) -> None:
    score = score_of(values)
    assert score is not None
    assert score.n == len(values)
    assert score.mean == pytest.approx(statistics.fmean(values), abs=1e-12)
    expected = statistics.stdev(values) / len(values) ** 0.5
    assert score.stderr == pytest.approx(expected, abs=1e-9)


def test_small_numbers_of_values() -> None:
    assert score_of([]) is None
    assert score_of([0.5]) == Score(0.5, None, 1)
    assert score_of(value for value in (1.0, 1.0)) == Score(1.0, 0.0, 2)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.8125, ".812"), (1.0, "1.000"), (0.0, ".000"), (0.9996, "1.000"), (-0.05, "-.050")],
)
def test_short(value: float, shown: str) -> None:
    assert short(value) == shown


def test_a_score_never_stands_without_its_n() -> None:
    assert str(Score(0.5, 0.125, 16)) == ".500 ±.125 n=16"
    assert str(Score(1.0, None, 1)) == "1.000 n=1"
