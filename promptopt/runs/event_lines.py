"""Events as lines for display.

A line is worded when it is read: a run may tell ten thousand events a second, of which a person
sees a few.
"""

from __future__ import annotations

from functools import singledispatch

import msgspec

from promptopt.evaluation.score import short
from promptopt.llm.spend import shown_usd
from promptopt.runs import events as ev
from promptopt.runs.state_parts import candidate_name

MOST_NAMED = 6
"""Of more candidates, only the first are named."""


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """One event for display; `level` is "info", "warning" or "error"."""

    at: float
    level: str
    told: str | ev.Event

    @property
    def text(self) -> str:
        return self.told if isinstance(self.told, str) else line_of(self.told)


@singledispatch
def line_of(event: ev.Event) -> str:
    """An event in a line; only of those that can be told without what was before them.

    Raises:
        TypeError: there are no words for such events.
    """
    raise TypeError(f"no line for {type(event).__name__}")


@line_of.register(ev.EngineStarted)
def _(event: ev.EngineStarted) -> str:
    verb = "started" if event.attempt == 1 else f"resumed (attempt {event.attempt})"
    return f"engine {verb}, process {event.pid}"


@line_of.register(ev.SearchStarted)
def _(event: ev.SearchStarted) -> str:
    limit = f", limit {event.max_calls}" if event.max_calls is not None else ""
    return (
        f"{event.method} on {event.task}: train {event.train}, dev {event.dev}, "
        f"test {event.test}; up to {event.planned_calls} calls{limit}"
    )


@line_of.register(ev.SearchRestarted)
def _(event: ev.SearchRestarted) -> str:
    return f"search begun anew: {event.reason}"


@line_of.register(ev.SearchReopened)
def _(_event: ev.SearchReopened) -> str:
    return "the search goes on with a higher limit"


@line_of.register(ev.StageStarted)
def _(event: ev.StageStarted) -> str:
    return f"{event.stage}: up to {event.calls} calls"


@line_of.register(ev.StepPlanned)
def _(event: ev.StepPlanned) -> str:
    limit = f"change up to {event.edit_budget} words" if event.edit_budget else "change freely"
    return (
        f"step {event.step} from {candidate_name(event.current)}: {limit}; "
        f"shown {_names(event.trajectory)}"
    )


@line_of.register(ev.CandidateAdded)
def _(event: ev.CandidateAdded) -> str:
    source = f" from {_names(event.parents)}" if event.parents else ""
    return f"{candidate_name(event.candidate)} {event.operation}{source}: {event.text}"


@line_of.register(ev.ProposalRejected)
def _(event: ev.ProposalRejected) -> str:
    return f"{event.operation} proposal rejected ({event.reason}): {event.text}"


@line_of.register(ev.CandidateScored)
def _(event: ev.CandidateScored) -> str:
    told = str(event.score) if event.score else "no score, every call failed"
    parts = ", ".join(f"{name} {short(each.mean)}" for name, each in event.objectives.items())
    told += f" ({parts})" if parts else ""
    return f"{candidate_name(event.candidate)} {event.split} {told}"


@line_of.register(ev.StageFinished)
def _(event: ev.StageFinished) -> str:
    if event.best is None or event.mean is None:
        return f"{event.stage} done"
    return (
        f"{event.stage} done: kept {len(event.survivors)}, dropped {len(event.dropped)}, "
        f"in front {candidate_name(event.leader or 0)} {event.best}"
    )


@line_of.register(ev.LimitReached)
def _(event: ev.LimitReached) -> str:
    return f"limit {event.limit}: {event.detail}"


@line_of.register(ev.CostEstimated)
def _(event: ev.CostEstimated) -> str:
    tokens = event.prompt_tokens + event.completion_tokens
    money = shown_usd(event.usd) if event.usd is not None else "a price that is not known"
    return f"all of it would take about {tokens:,} tokens, at {money}"


@line_of.register(ev.CallRetried)
def _(event: ev.CallRetried) -> str:
    return (
        f"{event.role} call failed, attempt {event.attempt}, again in {event.delay:.1f}s: "
        f"{event.reason}"
    )


@line_of.register(ev.CallFailed)
def _(event: ev.CallFailed) -> str:
    return f"{event.role} call given up: {event.reason}"


@line_of.register(ev.SearchWarned)
@line_of.register(ev.Warned)
def _(event: ev.SearchWarned | ev.Warned) -> str:
    return event.message


@line_of.register(ev.RunEnded)
def _(event: ev.RunEnded) -> str:
    suffix = f": {event.reason}" if event.reason else ""
    return f"run {event.status}{suffix}"


def _names(candidates: tuple[int, ...]) -> str:
    named = " ".join(candidate_name(each) for each in candidates[:MOST_NAMED])
    return named + (" …" if len(candidates) > MOST_NAMED else "")
