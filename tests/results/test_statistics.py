from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.results.statistics import paired_difference, stored_difference
from promptopt.runs.store import Prediction, Store

from .played_run import Script, play_run

if TYPE_CHECKING:
    from collections.abc import Sequence


def predictions(scores: Sequence[float | None], split: str = "test") -> list[Prediction]:
    return [Prediction(1, split, at, "x", None, score) for at, score in enumerate(scores)]


def test_counts_and_error_by_hand() -> None:
    difference = paired_difference(predictions([1, 1, 0, 1]), predictions([0, 1, 1, 0]))
    assert difference is not None
    # The differences are 1, 0, -1, 1: mean .25, sample variance 11/12.
    assert difference.mean == pytest.approx(0.25)
    assert difference.stderr == pytest.approx(math.sqrt(11 / 12 / 4))
    assert (difference.n, difference.fixed, difference.broken) == (4, 2, 1)
    assert difference.unpaired == 0


def test_a_failed_call_is_no_score() -> None:
    difference = paired_difference(
        predictions([1, None, 0, math.nan]), predictions([0, 0, None, 1, 1])
    )
    assert difference is not None
    assert (difference.n, difference.fixed, difference.mean) == (1, 1, 1)
    assert difference.stderr is None
    assert difference.unpaired == 4
    assert difference.within_noise


def test_the_interval_holds_the_mean_and_narrows_with_n() -> None:
    few, many = (
        paired_difference(predictions([1.0, 1.0, 0.0, 0.0] * k), predictions([0.0] * (4 * k)))
        for k in (5, 50)
    )
    assert few is not None
    assert many is not None
    assert few.interval is not None
    assert many.interval is not None
    # Of the normal approximation: .5 -+ 1.96 * sqrt(.25 / n).
    for each, half in ((few, 0.219), (many, 0.0693)):
        assert list(each.interval or ()) == pytest.approx([0.5 - half, 0.5 + half], abs=0.04)
    assert few.interval == few.interval
    one = paired_difference(predictions([1]), predictions([0]))
    assert one is not None
    assert one.interval is None


@pytest.mark.parametrize(
    ("mine", "its", "two_valued"),
    [([1, 0], [0, 0], True), ([1, 0.5], [1, 1], False), ([1, 0], [1, -0.3], False)],
)
def test_right_or_wrong_or_in_between(
    mine: list[float | None], its: list[float | None], two_valued: bool
) -> None:
    difference = paired_difference(predictions(mine), predictions(its))
    assert difference is not None
    assert difference.right_or_wrong is two_valued


def test_examples_of_different_splits_are_different() -> None:
    assert paired_difference(predictions([1], "dev"), predictions([0], "test")) is None
    assert paired_difference([], []) is None


def test_pairing_is_by_example_not_by_order() -> None:
    mine = predictions([1, 0, 0])
    assert paired_difference(mine[::-1], mine) == paired_difference(mine, mine)


def test_few_changes_are_noise_however_clear_they_look() -> None:
    five = paired_difference(predictions([1.0] * 5), predictions([0.0] * 5))
    six = paired_difference(predictions([1.0] * 6), predictions([0.0] * 6))
    assert five is not None
    assert six is not None
    assert five.stderr == six.stderr == 0
    assert five.within_noise
    assert not six.within_noise


def test_noise_is_measured_against_the_paired_error() -> None:
    base = [float(at % 2) for at in range(100)]
    better = [1.0 if at < 20 else score for at, score in enumerate(base)]
    clear = paired_difference(predictions(better), predictions(base))
    assert clear is not None
    assert (clear.fixed, clear.broken) == (10, 0)
    assert not clear.within_noise
    mixed = [1 - score if at < 21 else score for at, score in enumerate(base)]
    unclear = paired_difference(predictions(mixed), predictions(base))
    assert unclear is not None
    assert (unclear.fixed, unclear.broken) == (11, 10)
    assert unclear.within_noise


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=30))
def test_turning_it_around_changes_the_sign(pairs: list[tuple[float, float]]) -> None:
    one, other = predictions([a for a, _ in pairs]), predictions([b for _, b in pairs])
    there, back = paired_difference(one, other), paired_difference(other, one)
    assert there is not None
    assert back is not None
    assert there.mean == -back.mean
    assert there.stderr == pytest.approx(back.stderr)
    assert (there.fixed, there.broken) == (back.broken, back.fixed)
    assert there.fixed + there.broken <= there.n


def test_from_the_store(store: Store) -> None:
    run = play_run(store, Script(failing=frozenset({(2, "test", 5)})))
    difference = stored_difference(store, run, 2, 0, "test")
    assert difference is not None
    # The winner is right on 9 of 10 and the seed prompt on 5 of 10, with one of those it
    # alone would have got right failed: 24 - 1 of 59.
    assert (difference.n, difference.fixed, difference.broken) == (59, 23, 0)
    assert difference.unpaired == 1
    assert stored_difference(store, run, 0, 0, "test") is None
    assert stored_difference(store, run, 1, 0, "test") is None
