"""Failures: counts the calls to a model that were given up, and says when they are too many.

What ends a run is a model that does not answer, and not a prompt that it will not answer: calls
about one instruction fail together where a filter refuses it, or where it is too long. Such an
instruction is left without a score, and the run goes on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from textwrap import shorten

from promptopt.llm.errors import FatalError, ModelError, RetryableError
from promptopt.llm.model import Role

MAX_FAILURES_IN_A_ROW = 8
"""After this many calls in a row that were given up for a passing fault, the endpoint counts as
unusable."""

MAX_FAILURES = 20
MAX_FAILURE_SHARE = 0.25
"""More calls given up than both allow, and the scores would say little: the run stops."""

LONGEST_REASON = 200
"""Characters of a reason where reasons are counted."""

MAX_LOST = 3
"""So many subjects that are lost, and none that is not, tell of the model and not of them."""


@dataclass(slots=True)
class _Tally:
    """How the calls about one subject went."""

    answers: int = 0
    failures: int = 0

    @property
    def lost(self) -> bool:
        """Whether as many failed as were answered: its score says little (see `ranking`)."""
        return 0 < self.failures >= self.answers

    @property
    def counted(self) -> int:
        """Its failures that say something of the model."""
        return 0 if self.lost else self.failures


class Failures:
    """How the calls of one model in one role went.

    A subject is what a call is about, such as the instruction whose prediction it makes; "" for a
    call that stands for itself.

    Args:
        role: which of the run's models it is.
    """

    def __init__(self, role: Role) -> None:
        self._role = role
        self._answers = 0
        self._heard = False  # anything but passing faults
        self._answered_now = False
        self._failures = 0
        self._counted = 0  # of the failures, those that say something of the model
        self._in_a_row = 0
        self._subjects: dict[str, _Tally] = {}
        self._lost = 0  # of the subjects
        self._reasons: Counter[str] = Counter()

    def answered_before(self, subject: str = "") -> None:
        """An earlier engine of the run had an answer: the model is there, if not now."""
        self._add(subject, answers=1)
        self._heard = True

    def given_up_before(self, reason: str, subject: str = "") -> None:
        """An earlier engine of the run has given a call up: the limits are those of the run."""
        self._add(subject, failures=1)
        self._reasons[_short(reason)] += 1

    def answered(self, subject: str = "") -> None:
        self._add(subject, answers=1)
        self._heard = self._answered_now = True
        self._in_a_row = 0

    def given_up(self, last: ModelError, attempts: int, subject: str = "") -> FatalError | None:
        """Count a call that was given up; why the run should stop, if it should."""
        self._add(subject, failures=1)
        self._reasons[_short(str(last))] += 1
        passing = isinstance(last, RetryableError)
        # Who refuses a question is there.
        self._heard = self._heard or not passing
        self._in_a_row = self._in_a_row + 1 if passing else 0
        # Whoever takes a run up is told at once that its endpoint is not there. What fails for
        # another reason may have it in the one question, on which the run would never get past.
        gone = isinstance(last, RetryableError) and last.unreachable and not self._answered_now
        if gone or (passing and not self._heard):
            return FatalError(f"the {self._role} model gave no answer in {attempts} tries: {last}")
        if self._in_a_row >= MAX_FAILURES_IN_A_ROW:
            return FatalError(f"{self._in_a_row} calls in a row were given up; {self.why}")
        told = f"{self._failures} calls were given up and {self._answers} answered"
        if self._counted > max(MAX_FAILURES, MAX_FAILURE_SHARE * self._answers):
            return FatalError(f"{told}; {self.why}")
        if self._hopeless():
            return FatalError(
                f"{told}, and none of {self._lost} prompts on most of its examples; {self.why}"
            )
        return None

    def _hopeless(self) -> bool:
        """Whether it is the model that answers nothing, whatever it is asked about."""
        lost_all = self._lost == len(self._subjects) >= MAX_LOST
        return lost_all and self._failures > MAX_FAILURES

    def _add(self, subject: str, answers: int = 0, failures: int = 0) -> None:
        self._answers += answers
        self._failures += failures
        if not subject:
            self._counted += failures
            return
        tally = self._subjects.setdefault(subject, _Tally())
        self._counted -= tally.counted
        self._lost -= tally.lost
        tally.answers += answers
        tally.failures += failures
        self._counted += tally.counted
        self._lost += tally.lost

    @property
    def why(self) -> str:
        """Why calls were given up, the commonest reasons first; "" where none was."""
        told = [f"{count} × {reason}" for reason, count in self._reasons.most_common(3)]
        others = self._failures - sum(count for _, count in self._reasons.most_common(3))
        return ", ".join([*told, f"{others} for other reasons"] if others else told)


def _short(reason: str) -> str:
    return shorten(reason, LONGEST_REASON, placeholder=" …")
