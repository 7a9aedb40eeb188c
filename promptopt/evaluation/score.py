"""Score: a mean that never stands without its n and standard error."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec


class Score(msgspec.Struct, frozen=True, gc=False):
    """The mean of a metric over examples, or of the log-probability of their answers.

    Attributes:
        mean: of a metric in [0, 1]; of log-probabilities at most 0.
        stderr: standard error of the mean, sd / sqrt(n) with the sample standard deviation
            (n - 1); None for n = 1, where nothing is known about it.
        n: number of scored examples, at least 1. Examples whose call failed do not count.
    """

    mean: float
    stderr: float | None
    n: int

    def __str__(self) -> str:
        spread = f" ±{short(self.stderr)}" if self.stderr is not None else ""
        return f"{short(self.mean)}{spread} n={self.n}"


def score_of(values: Iterable[float]) -> Score | None:
    """The score of per-example metric values; None where there are none."""
    numbers = list(values)
    n = len(numbers)
    if n == 0:
        return None
    mean = math.fsum(numbers) / n
    if n == 1:
        return Score(mean, None, 1)
    variance = math.fsum((value - mean) ** 2 for value in numbers) / (n - 1)
    return Score(mean, math.sqrt(variance / n), n)


def short(value: float) -> str:
    """A score with three decimals and no leading zero: 0.8125 is ".812", 1 is "1.000".

    A log-probability from -10 down has two, so that it is no longer than others: "-12.35".
    """
    text = f"{value:.3f}" if value > -9.9995 else f"{value:.2f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
