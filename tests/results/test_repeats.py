from __future__ import annotations

import math

import pytest

from promptopt.results.repeats import over_runs


def test_the_interval_is_student_s() -> None:
    # Five values with mean 3 and variance 2.5: t(4) = 2.776.
    found = over_runs([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found is not None
    assert (found.mean, found.n) == (3.0, 5)
    assert found.stderr == pytest.approx(math.sqrt(2.5 / 5))
    half = 2.776 * math.sqrt(0.5)
    assert found.interval == pytest.approx((3 - half, 3 + half))


def test_many_runs_are_nearly_normal() -> None:
    found = over_runs([0.0, 1.0] * 50)
    assert found is not None
    assert found.stderr is not None
    assert found.interval == pytest.approx((0.5 - 1.96 * found.stderr, 0.5 + 1.96 * found.stderr))


def test_one_run_says_nothing_of_others() -> None:
    found = over_runs([0.25])
    assert found is not None
    assert (found.mean, found.stderr, found.interval) == (0.25, None, None)
    assert over_runs([]) is None
