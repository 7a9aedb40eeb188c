"""The events of steering: what became of a person's commands.

Each answers one command, within a second of it. What changes the search carries the `stage` from
which on it holds: the search takes it in before it starts its stage of that number, counted from
0, or as soon after as it stops to look. So a resumed run takes it in at the same point.
"""

from __future__ import annotations

from promptopt.runs.event import Event


class Answer(Event, frozen=True, kw_only=True):
    """Base of these events. `command` is the number of the command, 0 if a signal stood for it."""

    command: int = 0


class Paused(Answer, frozen=True, tag="paused"):
    """Nothing new is sent; what is in flight is drained."""


class Unpaused(Answer, frozen=True, tag="unpaused"):
    """Sending goes on."""


class StopRequested(Answer, frozen=True, tag="stop_requested"):
    """A person asked the run to stop; what is in flight is drained."""


class LimitChanged(Answer, frozen=True, tag="limit_changed"):
    """A limit of the budget is another one now; None for no limit.

    `asked` is what was asked for where `value` is more: no limit goes below what is spent and what
    the test needs. `reopens` is true where a search that was over goes on from `stage` by it; where
    that is 0, such a search begins anew.
    """

    limit: str
    value: int | float | None
    stage: int
    asked: int | float | None = None
    reopens: bool = False


class ConcurrencyChanged(Answer, frozen=True, tag="concurrency_changed"):
    """So many calls to each endpoint may be under way at once from now on."""

    concurrency: int


class CandidateOffered(Answer, frozen=True, tag="candidate_offered"):
    """A person has written a candidate, which the search takes in at `stage`.

    `parent` is the candidate that was edited, with its text, by which it is known again in a
    search that was begun anew.
    """

    text: str
    stage: int
    parent: int | None = None
    parent_text: str = ""


class CandidateVetoed(Answer, frozen=True, tag="candidate_vetoed"):
    """A person has ruled a candidate out, with its text, by which it is known again."""

    candidate: int
    text: str
    stage: int


class Noted(Answer, frozen=True, tag="noted"):
    """A person's remark, on a candidate or on the run."""

    text: str
    candidate: int | None = None


class CandidateMarked(Answer, frozen=True, tag="candidate_marked"):
    """A person has marked a candidate, or unmarked it; with its text, by which it is known again.

    It changes nothing of the search.
    """

    candidate: int
    text: str
    marked: bool = True


class CommandRefused(Answer, frozen=True, tag="command_refused"):
    """A command was not carried out; `asked` is its name, `reason` says why and what to do."""

    asked: str
    reason: str


SearchOrder = LimitChanged | CandidateOffered | CandidateVetoed
"""What the search takes in at a stage."""
