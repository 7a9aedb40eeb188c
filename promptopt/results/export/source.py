"""What every format is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptopt.results.statistics import PairedDifference
    from promptopt.runs.state import CandidateState, RunState
    from promptopt.tasks.task import Task


@dataclass(frozen=True, slots=True)
class ExportSource:
    """One candidate and the run it comes from.

    Attributes:
        task: the run's task, where the caller has it.
        difference: the candidate minus the seed prompt on test, where it is known.
    """

    state: RunState
    candidate: CandidateState
    task: Task | None = None
    difference: PairedDifference | None = None
