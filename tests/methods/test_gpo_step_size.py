from __future__ import annotations

import itertools
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.step_size import edit_budget


def budgets(steps: int, current: int = 3, **settings: Any) -> list[int]:
    chosen = GpoSettings(**settings)
    series = [edit_budget(chosen, step, steps, current) for step in range(1, steps + 1)]
    return [budget.words for budget in series if budget is not None]


def test_the_series_of_the_paper() -> None:
    series = "49 48 47 45 42 40 36 33 30 26 23 20 17 14 12 11 10 10"
    assert budgets(18) == [int(words) for words in series.split()]


def test_a_share_of_the_current_prompt_in_place_of_a_number_of_words() -> None:
    assert budgets(18, 50, max_edit_share=1.0) == budgets(18)
    assert budgets(1, 10, max_edit_share=0.7, schedule="fixed") == [7]
    assert budgets(2, 9, max_edit_share=0.5, schedule="fixed") == [4, 4]
    # Of a short prompt at least one word.
    assert budgets(3, 2, max_edit_share=0.3) == [1, 1, 1]


def test_linear() -> None:
    # A step of 18 takes 40/18 words.
    assert budgets(18, schedule="linear") == [
        47, 45, 43, 41, 38, 36, 34, 32, 30, 27, 25, 23, 21, 18, 16, 14, 12, 10,
    ]  # fmt: skip


def test_fixed_and_none() -> None:
    assert budgets(5, schedule="fixed") == [50] * 5
    assert budgets(5, schedule="none") == []


def test_a_warm_up_rises_and_the_schedule_begins_behind_it() -> None:
    # 5% of 40 steps are two; 38 are left to the cosine.
    series = budgets(40, warm_up=0.05)
    assert series[:2] == [23, 36]
    assert series[2:] == budgets(38)
    assert budgets(10, warm_up=0.3, schedule="fixed") == [20, 30, 40, *[50] * 7]


def test_without_a_warm_up_none_is_taken_off() -> None:
    assert budgets(3, schedule="linear") == [36, 23, 10]
    assert budgets(1, schedule="linear") == [10]
    assert budgets(1) == [10]


def test_a_warm_up_never_takes_all_steps() -> None:
    assert budgets(1, warm_up=0.99) == [10]
    assert budgets(2, warm_up=0.99) == [30, 10]


schedules = st.sampled_from(["fixed", "linear", "cosine"])


@given(
    schedule=schedules,
    largest=st.integers(1, 10_000),
    share=st.floats(0.0001, 1.0),
    warm_up=st.floats(0.0, 0.999),
    steps=st.integers(1, 120),
)
def test_budgets_stay_between_their_ends(
    schedule: str, largest: int, share: float, warm_up: float, steps: int
) -> None:
    series = budgets(
        steps, schedule=schedule, max_edit=largest, min_edit_share=share, warm_up=warm_up
    )
    smallest = max(1, math.floor(largest * share + 1e-9))
    assert len(series) == steps
    assert min(series) >= smallest >= 1
    assert max(series) <= largest
    # It rises in the warm-up, and never after it.
    warm = min(math.ceil(warm_up * steps - 1e-9), steps - 1)
    assert all(one <= next_one for one, next_one in itertools.pairwise(series[:warm]))
    assert all(one >= next_one for one, next_one in itertools.pairwise(series[warm:]))
    if schedule != "fixed":
        assert series[-1] == smallest
    else:
        assert series[warm:] == [largest] * (steps - warm)
