"""Journal: what a search tells as it goes on. The engine turns it into events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.score import Score


class Journal(Protocol):
    """Told at points that depend on nothing but the configuration, the seed and the replies."""

    def stage_started(self, stage: str, step: int, calls: int) -> None: ...

    def step_planned(
        self, step: int, edit_budget: int | None, trajectory: Sequence[int], current: int
    ) -> None:
        """What a step starts from: see `promptopt.runs.events.StepPlanned`."""

    def candidate_added(self, candidate: Candidate) -> None: ...

    def proposal_rejected(
        self, text: str, operation: str, step: int, reason: str, parents: tuple[int, ...]
    ) -> None: ...

    def predicted(
        self, candidate: int, split: str, rows: Sequence[tuple[int, int, float | None]]
    ) -> None:
        """Predictions of one candidate, each (example, id of the reply, metric value)."""

    def candidate_scored(
        self,
        candidate: int,
        split: str,
        step: int,
        score: Score | None,
        unscored: int,
        objectives: Mapping[str, Score],
    ) -> None:
        """The score on all examples that were scored so far: see `events.CandidateScored`."""

    def candidate_unanswered(self, candidate: int, split: str, calls: int, reason: str) -> None:
        """On none of the first examples there was an answer under a candidate, and mostly why."""

    def stage_finished(
        self,
        stage: str,
        step: int,
        *,
        survivors: Sequence[int] = (),
        dropped: Sequence[int] = (),
        leader: int | None = None,
        n: int = 0,
        best: Score | None = None,
        mean: float | None = None,
        seed: Score | None = None,
    ) -> None: ...

    def limited(self, limit: str, detail: str, *, cut: bool = False) -> None:
        """A limit of the budget makes the search smaller, or ends it."""

    def warned(self, message: str) -> None: ...
