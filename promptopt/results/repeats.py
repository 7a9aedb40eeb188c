"""How sure a method's gain is: the same search with several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promptopt.evaluation.score import score_of

# Student's t that leaves 2.5 % on either side, for 1, 2, 3, … degrees of freedom; the normal
# quantile is near enough from there on.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
_NORMAL = 1.960


@dataclass(frozen=True, slots=True)
class Repeats:
    """A number that several runs have, one each.

    Attributes:
        mean: over the runs.
        stderr: standard error of that mean, from the sample standard deviation; None for one run.
        n: runs, at least 1.
        interval: the 95 % confidence interval of the mean by Student's t; None for one run.
    """

    mean: float
    stderr: float | None
    n: int
    interval: tuple[float, float] | None


def over_runs(values: Sequence[float]) -> Repeats | None:
    """The mean of a number over runs with different seeds; None without any.

    Args:
        values: finite, one a run.
    """
    score = score_of(values)
    if score is None:
        return None
    if score.stderr is None:
        return Repeats(score.mean, None, 1, None)
    freedom = score.n - 1
    half = (_T[freedom - 1] if freedom <= len(_T) else _NORMAL) * score.stderr
    return Repeats(score.mean, score.stderr, score.n, (score.mean - half, score.mean + half))
