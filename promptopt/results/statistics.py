"""Paired comparison of two candidates on the same examples."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from promptopt.evaluation.score import score_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from promptopt.runs.store import Prediction, Store

CONFIDENCE = 0.95
"""Of the interval, in the long run of such comparisons."""

# The normal quantile that leaves 2.5 % on either side.
QUANTILE = 1.96

# With five examples that differ, chance alone puts all of them on one side in 1 of 16 cases;
# with six in 1 of 32, the first number below 5 %.
_FEWEST_CHANGES = 6


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The score of one candidate minus that of another, over the examples both were scored on.

    Attributes:
        mean: mean of the differences, in [-1, 1]; above 0 the first candidate is better.
        stderr: standard error of that mean, from the sample standard deviation of the
            differences; None for n = 1.
        n: number of examples that both were scored on, at least 1. Only these count here.
        fixed: examples among them on which the first candidate scores higher.
        broken: examples among them on which it scores lower.
        unpaired: examples that only one of the two was scored on; they are left out.
        right_or_wrong: whether every score is 0 or 1. Of scores in between, a higher one has
            fixed nothing, and `fixed` and `broken` are no more than the directions of change.
        differences: the differences themselves, in the order of the examples.
    """

    mean: float
    stderr: float | None
    n: int
    fixed: int
    broken: int
    unpaired: int = 0
    right_or_wrong: bool = True
    differences: tuple[float, ...] = field(default=(), repr=False)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the mean difference lies with CONFIDENCE; None for n = 1.

        By the percentile bootstrap of the differences (Efron and Tibshirani 1993, "An
        Introduction to the Bootstrap", chapter 13), drawn anew at each call, always alike.
        """
        if len(self.differences) < 2:
            return None
        from promptopt import _core

        none = [0.0] * len(self.differences)
        _, low, high, _ = _core.paired_bootstrap(
            self.differences, none, confidence_level=CONFIDENCE
        )
        return low, high

    @property
    def within_noise(self) -> bool:
        """Whether the difference is no larger than chance makes one time in twenty.

        By the normal approximation; and always where fewer than six examples differ, since
        so few can all fall on one side by chance.
        """
        if self.stderr is None or self.fixed + self.broken < _FEWEST_CHANGES:
            return True
        return abs(self.mean) <= QUANTILE * self.stderr


def paired_difference(
    predictions: Iterable[Prediction], baseline: Iterable[Prediction]
) -> PairedDifference | None:
    """How `predictions` compare with those of `baseline`, example by example.

    An example counts where both were scored; a failed call is no score. Returns None where
    no example is left.
    """
    scores, others = _by_example(predictions), _by_example(baseline)
    shared = sorted(scores.keys() & others.keys())
    return difference_of(
        [(scores[key], others[key]) for key in shared], len(scores.keys() ^ others.keys())
    )


def difference_of(
    pairs: Sequence[tuple[float, float]], unpaired: int = 0
) -> PairedDifference | None:
    """The difference of scores that come in pairs, the first minus the second; None without any.

    Args:
        pairs: of finite scores in [0, 1].
        unpaired: how many examples have no pair.
    """
    differences = tuple(mine - its for mine, its in pairs)
    score = score_of(differences)
    if score is None:
        return None
    return PairedDifference(
        mean=score.mean,
        stderr=score.stderr,
        n=score.n,
        fixed=sum(difference > 0 for difference in differences),
        broken=sum(difference < 0 for difference in differences),
        unpaired=unpaired,
        right_or_wrong=all(each in (0.0, 1.0) for pair in pairs for each in pair),
        differences=differences,
    )


def stored_difference(
    store: Store, run_id: str, candidate: int, baseline: int, split: str
) -> PairedDifference | None:
    """`paired_difference` of two candidates of a run on a split, from the store."""
    if candidate == baseline:
        return None
    return paired_difference(
        store.predictions(run_id, candidate, split), store.predictions(run_id, baseline, split)
    )


def _by_example(predictions: Iterable[Prediction]) -> dict[tuple[str, int], float]:
    return {
        (each.split, each.example): each.score
        for each in predictions
        if each.score is not None and math.isfinite(each.score)
    }
