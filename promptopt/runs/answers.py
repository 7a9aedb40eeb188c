"""What becomes of a person's command: the event that answers it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

import msgspec

from promptopt.llm.spend import PICODOLLARS, Limit, shown_amount
from promptopt.runs import commands as cmd
from promptopt.runs import steering_events as ev
from promptopt.runs.config import BudgetConfig, RunConfig
from promptopt.runs.state import SEED_CANDIDATE, candidate_name

if TYPE_CHECKING:
    from promptopt.runs.state import CandidateState, RunState
    from promptopt.tasks.task import Task

MOST_CONCURRENCY = 1_000


class Situation(msgspec.Struct, frozen=True):
    """What an answer depends on besides the command.

    Attributes:
        state: of the run as of now.
        task, config: of the run.
        reached: the first stage that a search that is going on from the start can still take
            something in at.
        least: limit to the lowest cap that is possible now, in calls, tokens or picodollars.
        priced: whether the price of every model is known.
    """

    state: RunState
    task: Task
    config: RunConfig
    reached: int
    least: Callable[[Limit], int]
    priced: bool

    @property
    def stage(self) -> int:
        """The first stage at which the search can take something in."""
        # What is known of a search that is begun anew ends before that of the one before.
        return self.reached if self.state.reopened else self.state.stages


class _RefusedError(Exception):
    """The command cannot be carried out; the text says why."""


def answer(command: cmd.Command, number: int, situation: Situation) -> ev.Answer:
    """The event that answers a command to the search; it is in force once it is written down.

    Args:
        command: one that needs no engine to be understood: all but pause, unpause and stop.
        number: of the command.
        situation: of the run.
    """
    try:
        return _answer(command, number, situation)
    except _RefusedError as error:
        return ev.CommandRefused(command.name, str(error), command=number)


def _answer(command: cmd.Command, number: int, now: Situation) -> ev.Answer:
    match command:
        case cmd.SetLimit(limit, value):
            return _limit(limit, value, number, now)
        case cmd.SetConcurrency(concurrency):
            _refuse_if_done(now)
            if not 1 <= concurrency <= MOST_CONCURRENCY:
                raise _RefusedError(f"the concurrency is from 1 to {MOST_CONCURRENCY:,}")
            return ev.ConcurrencyChanged(concurrency, command=number)
        case cmd.Add(text, parent):
            return _candidate(text, parent, number, now)
        case cmd.Veto(candidate):
            return _veto(candidate, number, now)
        case cmd.Remark(text, candidate):
            if not text.strip():
                raise _RefusedError("the remark is empty")
            if candidate is not None:
                _find(candidate, now)
            return ev.Noted(text.strip(), candidate, command=number)
    raise TypeError(f"{command.name} is for an engine")


def _limit(name: str, value: float | None, number: int, now: Situation) -> ev.LimitChanged:
    if name not in BudgetConfig.__struct_fields__:
        known = ", ".join(BudgetConfig.__struct_fields__)
        raise _RefusedError(f"there is no limit {name}; known: {known}")
    limit = cast("Limit", name)
    try:
        asked = getattr(msgspec.convert({limit: value}, BudgetConfig, strict=False), limit)
    except msgspec.ValidationError as error:
        told = str(error).partition(" - at ")[0]
        raise _RefusedError(f"{limit}: {told[:1].lower()}{told[1:]}") from error
    if limit == "max_usd" and asked is not None and not now.priced:
        raise _RefusedError("the price of a model is not known, so money cannot be limited")
    state = now.state
    if state.ended and state.status != "stopped" and state.limit:
        # It goes on as if it had had this limit from its start.
        before = _in_force(limit, now)
        changed = limit in state.limits  # perhaps too late for the search to go by it
        if None not in (before, asked) and (asked < before or (asked == before and not changed)):
            raise _RefusedError(
                f"the search ended at {limit} = {before:,}, and {asked:,} is no more than that"
            )
        return ev.LimitChanged(limit, asked, 0, command=number)
    _refuse_if_done(now)
    least = now.least(limit)
    if asked is not None and asked * _unit(limit) < least:
        allowed = least / PICODOLLARS if limit == "max_usd" else least
        if allowed == _in_force(limit, now):
            raise _RefusedError(
                f"{shown_amount(limit, least)} are spent or kept for the test already, and that is "
                "the limit; to end the run at once, stop it"
            )
        return ev.LimitChanged(limit, allowed, now.stage, asked, command=number)
    return ev.LimitChanged(limit, asked, now.stage, command=number)


def _in_force(limit: Limit, now: Situation) -> float | None:
    return now.state.limits.get(limit, getattr(now.config.budget, limit))


def _unit(limit: Limit) -> int:
    return PICODOLLARS if limit == "max_usd" else 1


def _candidate(text: str, parent: int | None, number: int, now: Situation) -> ev.CandidateOffered:
    from promptopt.llm.wire import whole
    from promptopt.methods.ape_proposing import opening_of
    from promptopt.methods.ape_settings import ApeSettings
    from promptopt.methods.guards import Guards
    from promptopt.methods.proposals import fingerprint

    _refuse_if_over(now)
    text = whole(text).strip()
    edited = _text_to_edit(parent, now) if parent is not None else ""
    # Of the guards the length is not for persons: they know what they want.
    method = now.config.method
    begins = opening_of(method) if isinstance(method, ApeSettings) else ""
    reason = Guards(now.task).refuse(text, sys.maxsize, begins)
    if reason is not None:
        raise _RefusedError(f"the candidate {_plainly(reason)}")
    mark = fingerprint(text)
    if fingerprint(now.task.seed_prompt) == mark:
        raise _RefusedError("the candidate is the same as c000, the seed prompt")
    for each in now.state.candidates.values():
        if fingerprint(each.text) == mark:
            vetoed = ", which was vetoed" if each.status == "vetoed" else ""
            raise _RefusedError(f"the candidate is the same as {candidate_name(each.id)}{vetoed}")
    if mark in map(fingerprint, _offered(now.state)):
        raise _RefusedError("the candidate is written already, and waits for the next stage")
    return ev.CandidateOffered(text, now.stage, parent, edited, command=number)


def _text_to_edit(candidate: int, now: Situation) -> str:
    if candidate == SEED_CANDIDATE:
        return now.task.seed_prompt
    found = _find(candidate, now)
    if found.status == "vetoed":
        raise _RefusedError(
            f"{candidate_name(candidate)} is vetoed, and nothing is made from it; name no parent"
        )
    return found.text


def _plainly(reason: str) -> str:
    """A guard's words behind "the candidate"."""
    verbs = ("does", "copies", "lost")
    return reason if reason.startswith(verbs) else f"is {reason}"


def _offered(state: RunState) -> Iterable[str]:
    known = {each.text for each in state.candidates.values()}
    for order in state.orders:
        if isinstance(order.event, ev.CandidateOffered) and order.event.text not in known:
            yield order.event.text


def _veto(candidate: int, number: int, now: Situation) -> ev.CandidateVetoed:
    _refuse_if_over(now)
    if candidate == SEED_CANDIDATE:
        raise _RefusedError("the seed prompt is what all are compared with, so it cannot be vetoed")
    found = _find(candidate, now)
    if found.status == "vetoed":
        raise _RefusedError(f"{candidate_name(candidate)} is vetoed already")
    return ev.CandidateVetoed(candidate, found.text, now.stage, command=number)


def _find(candidate: int, now: Situation) -> CandidateState:
    found = now.state.candidates.get(candidate)
    if found is None:
        raise _RefusedError(
            f"there is no candidate {candidate_name(candidate)}; see: "
            f"promptopt show {now.state.run_id}"
        )
    return found


def _refuse_if_over(now: Situation) -> None:
    """Refuse what would come too late for the choice of the winner."""
    _refuse_if_done(now)
    if now.state.winner is not None and not now.state.reopened:
        raise _RefusedError("the search is over: the winner is chosen and goes through the test")


def _refuse_if_done(now: Situation) -> None:
    if now.state.status == "done" and not now.state.reopened:
        raise _RefusedError("the run is done")
