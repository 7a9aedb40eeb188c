"""Rounds of a search: what each added to the pool and how much of it survived; and what the
selection saved against scoring everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from promptopt.evaluation.score import Score
    from promptopt.runs.events import StageFinished
    from promptopt.runs.state_parts import CandidateState


@dataclass(slots=True)
class Round:
    """One round: the first proposals (step 0), or those of one round of resampling.

    Attributes:
        step: its number.
        made: new candidates that it added; the seed prompt is none.
        survived: how many of these its last selecting stage kept.
        n: examples that this stage compared all candidates on, new and old.
        best, mean: scores of the leader and of the mean candidate on these.
    """

    step: int
    made: int = 0
    survived: int = 0
    n: int = 0
    best: Score | None = None
    mean: float | None = None

    def take(self, event: StageFinished, candidates: Mapping[int, CandidateState]) -> None:
        """Take in the end of a stage that has compared candidates."""
        new = [each for each in event.survivors if candidates[each].step == self.step]
        self.survived = sum(candidates[each].operation != "seed" for each in new)
        self.n, self.best, self.mean = event.n, event.best, event.mean


class Saved(NamedTuple):
    """How many cells of the score table were filled in.

    Attributes:
        scored: pairs of a candidate and a dev example that were scored.
        cells: these, and those that the selection has left out.
    """

    scored: int
    cells: int

    @property
    def share(self) -> float:
        """What was saved, in [0, 1]."""
        return 1 - self.scored / self.cells if self.cells else 0.0

    def __str__(self) -> str:
        saved = f", {self.share:.0%} saved" if self.scored < self.cells else ""
        return f"scored {self.scored:,} of {self.cells:,} cells{saved}"


def saved_by(candidates: Iterable[CandidateState]) -> Saved:
    """What a selection has saved against scoring all its candidates on all of dev.

    That is what was left of dev for a candidate when a stage dropped it. What is left because
    a limit took dev examples away, or ended the search, was saved by nobody: dev is as large as
    what one candidate was scored on at the most, and who was not dropped has nothing left.
    """
    tried = [((each.dev.n if each.dev else 0) + each.unscored, each.status) for each in candidates]
    used = max((count for count, _ in tried), default=0)
    scored = sum(count for count, _ in tried)
    left = sum(used - count for count, status in tried if count and status == "dropped")
    return Saved(scored, scored + left)
