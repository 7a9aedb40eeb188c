"""Ranking where not everybody answered everything."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.ranking import best_first

GAP = None


def ranks(*table: list[float | None]) -> list[int]:
    """The numbers of the rows, the best first."""
    candidates = [Candidate(number, f"t{number}", "forward", 0) for number in range(len(table))]
    return [each.id for each in best_first(dict(zip(candidates, table, strict=True)))]


def test_the_mean_decides_and_the_older_of_equals() -> None:
    assert ranks([0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]) == [1, 3, 0, 2]


def test_who_was_spared_the_hard_examples_gains_nothing_by_it() -> None:
    """Both are right wherever both have answered."""
    seed = [1.0] * 18 + [0.0] * 2
    spared = [1.0] * 10 + [GAP] * 10
    assert ranks(seed, spared) == [0, 1]
    assert ranks(spared, seed) == [0, 1]
    # Better on what is common, it is better.
    assert ranks([0.0, *seed[1:]], spared) == [1, 0]
    # What is known of two others is not lost by the gaps of a third.
    assert ranks(seed, spared, [1.0] * 20)[0] == 2


def test_where_more_than_half_of_the_calls_failed_it_is_behind_all_others() -> None:
    assert ranks([0, 0, 0, 0], [1, 1, GAP, GAP]) == [1, 0]
    assert ranks([0, 0, 0, 0], [1, GAP, GAP, GAP]) == [0, 1]
    assert ranks([GAP] * 4, [1, GAP, GAP, GAP], [0, 0, 0, 0]) == [2, 1, 0]


def test_without_a_score_the_older_is_first() -> None:
    assert ranks([GAP], [GAP]) == [0, 1]
    assert ranks([], []) == [0, 1]
    assert ranks() == []


values = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@given(st.lists(st.tuples(values | st.none(), values | st.none()), min_size=1, max_size=12))
def test_two_are_ordered_by_the_examples_that_both_have_answered(
    rows: list[tuple[float | None, float | None]],
) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if any(2 * sum(each is not None for each in column) < len(rows) for column in columns):
        return
    common = [(one, two) for one, two in rows if one is not None and two is not None]
    first, second = (
        (math.fsum(column) for column in zip(*common, strict=True)) if common else (0, 0)
    )
    assert ranks(*columns) == ([1, 0] if second > first else [0, 1])


@given(st.lists(st.lists(values, min_size=5, max_size=5), min_size=1, max_size=6))
def test_where_nothing_failed_it_is_the_order_of_the_means(table: list[list[float]]) -> None:
    order = sorted(range(len(table)), key=lambda each: (-math.fsum(table[each]), each))
    assert ranks(*(list(row) for row in table)) == order


@pytest.mark.parametrize("shift", [-10.0, 0.1, 1 / 3])
def test_rounding_makes_no_difference(shift: float) -> None:
    rows = [
        [shift + each if each is not None else None for each in row]
        for row in ([0.1, 0.2, 0.3, GAP], [0.3, 0.1, 0.2, GAP], [0.2, 0.3, 0.1, 0.7])
    ]
    assert ranks(*rows) == [0, 1, 2]
