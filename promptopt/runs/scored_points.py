"""Every dev score that a run told, as points over calls: bounded, however long the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptopt.evaluation.score import Score

POINTS_KEPT = 1_000
"""More are thinned out evenly: a chart is a few hundred dots wide."""


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    """A candidate's running dev score after some calls, on the `n` examples it had met."""

    candidate: int
    calls: int
    mean: float
    n: int


@dataclass(slots=True)
class ScoredPoints:
    """The points in the order in which they came: every `stride`-th of `seen`, so evenly."""

    points: list[ScoredPoint] = field(default_factory=list)
    seen: int = 0
    stride: int = 1

    def add(self, candidate: int, calls: int, score: Score) -> None:
        """Take one in; where there are too many, every second one goes."""
        if self.seen % self.stride == 0:
            self.points.append(ScoredPoint(candidate, calls, score.mean, score.n))
            if len(self.points) > POINTS_KEPT:
                del self.points[1::2]
                self.stride *= 2
        self.seen += 1

    def clear(self) -> None:
        """Begin anew."""
        self.points.clear()
        self.seen, self.stride = 0, 1
