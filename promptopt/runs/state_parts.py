"""What a `RunState` is made of."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from promptopt.evaluation.score import Score
from promptopt.runs.steering_events import SearchOrder


def candidate_name(candidate: int) -> str:
    """How a candidate is called everywhere: 7 is "c007"."""
    return f"c{candidate:03d}"


class CandidateState(msgspec.Struct, gc=False):
    """A candidate with what is known about it so far; as an event, never part of a cycle."""

    id: int
    text: str
    operation: str
    step: int
    parents: tuple[int, ...]
    distance: int | None
    edit_budget: int | None = None
    edit_outcome: str = ""
    dev: Score | None = None
    test: Score | None = None
    test_other: Score | None = None  # under the other regime, zero-shot or few-shot
    # split to name to score, of the splits that it was scored on by several objectives
    objectives: dict[str, dict[str, Score]] = msgspec.field(default_factory=dict)
    unscored: int = 0
    status: str = "new"  # new, scoring, kept, dropped, winner, vetoed
    revision: int = 0

    @property
    def parent(self) -> int | None:
        return self.parents[0] if self.parents else None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One selecting stage on the score curve: scores on the `n` examples all had in common."""

    stage: str
    step: int
    calls: int
    n: int
    best: Score
    mean: float
    seed: Score | None


@dataclass(frozen=True, slots=True)
class IdleStage:
    """A stage that had nothing to compare, as no proposal had passed; `best` was in front.

    `points` is how many stages were on the score curve before it.
    """

    stage: str
    calls: int
    best: Score
    points: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked of the search; `seq` is the number of its event, by which it is known."""

    seq: int
    event: SearchOrder


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """An endpoint that has not answered since a time, and is asked again at another."""

    endpoint: str
    since: float
    again_at: float


@dataclass(frozen=True, slots=True)
class Note:
    """A person's remark, on a candidate or, where that is None, on the run."""

    at: float
    candidate: int | None
    text: str
