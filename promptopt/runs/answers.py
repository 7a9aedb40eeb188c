"""What becomes of a person's command: the event that answers it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

import msgspec

from promptopt.llm.settings import MOST_CONCURRENCY
from promptopt.llm.spend import PICODOLLARS, Limit, shown_amount
from promptopt.runs import commands as cmd
from promptopt.runs import steering_events as ev
from promptopt.runs.config import BudgetConfig, RunConfig
from promptopt.runs.config_errors import explain
from promptopt.runs.record_answers import RefusedError, answer_of_record, find
from promptopt.runs.state import SEED_CANDIDATE, candidate_name

if TYPE_CHECKING:
    from promptopt.runs.state import RunState
    from promptopt.tasks.task import Task


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
        # What is known of a search that is reopened ends before that of the one before.
        state = self.state
        return max(self.reached, state.reopened_at) if state.reopened else state.stages


def answer(command: cmd.Command, number: int, situation: Situation) -> ev.Answer:
    """The event that answers a command to the search; it is in force once it is written down.

    Args:
        command: one that needs no engine to be understood: all but pause, unpause and stop.
        number: of the command.
        situation: of the run.
    """
    try:
        return _answer(command, number, situation)
    except RefusedError as error:
        return ev.CommandRefused(command.name, str(error), command=number)


def hindrance(command: cmd.Add | cmd.Veto, state: RunState) -> str:
    """Why such a command is refused whatever its text, for who is about to ask; "" if it is not."""
    try:
        if isinstance(command, cmd.Veto):
            _text_to_veto(command.candidate, state)
        _refuse_if_over(state)
    except RefusedError as error:
        return str(error)
    return ""


def _answer(command: cmd.Command, number: int, now: Situation) -> ev.Answer:
    match command:
        case cmd.SetLimit(limit, value):
            return _limit(limit, value, number, now)
        case cmd.SetConcurrency(concurrency):
            _refuse_if_done(now.state)
            if not 1 <= concurrency <= MOST_CONCURRENCY:
                raise RefusedError(f"the concurrency is from 1 to {MOST_CONCURRENCY:,}")
            return ev.ConcurrencyChanged(concurrency, command=number)
        case cmd.Add(text, parent):
            return _candidate(text, parent, number, now)
        case cmd.Veto(candidate):
            return _veto(candidate, number, now)
        case cmd.Remark() | cmd.Mark():
            return answer_of_record(command, number, now.state)
    raise TypeError(f"{command.name} is for an engine")


def _limit(name: str, value: float | None, number: int, now: Situation) -> ev.LimitChanged:
    if name not in BudgetConfig.__struct_fields__:
        known = ", ".join(BudgetConfig.__struct_fields__)
        raise RefusedError(f"there is no limit {name}; known: {known}")
    limit = cast("Limit", name)
    try:
        asked = getattr(msgspec.convert({limit: value}, BudgetConfig, strict=False), limit)
    except msgspec.ValidationError as error:
        raise RefusedError(explain(error, {"": BudgetConfig})) from error
    if limit == "max_usd" and asked is not None and not now.priced:
        raise RefusedError("the price of a model is not known, so money cannot be limited")
    state = now.state
    if state.ended and state.status != "stopped" and state.limit:
        before = _in_force(limit, now)
        changed = limit in state.limits  # perhaps too late for the search to go by it
        if None not in (before, asked) and (asked < before or (asked == before and not changed)):
            raise RefusedError(
                f"the search ended at {limit} = {before:,}, and {asked:,} is no more than that"
            )
        return _reopening(limit, asked, number, now)
    _refuse_if_done(now.state)
    if state.winner is not None and state.limit == limit and _is_raised(limit, asked, now):
        # The search is over by it, and only the test is left: it goes on in the same way.
        return _reopening(limit, asked, number, now)
    least = now.least(limit)
    if asked is not None and asked * _unit(limit) < least:
        allowed = least / PICODOLLARS if limit == "max_usd" else least
        if allowed == _in_force(limit, now):
            raise RefusedError(
                f"{shown_amount(limit, least)} are spent or kept for the test already, and that is "
                "the limit; to end the run at once, stop it"
            )
        return ev.LimitChanged(limit, allowed, now.stage, asked, command=number)
    return ev.LimitChanged(limit, asked, now.stage, command=number)


def _reopening(limit: Limit, asked: float | None, number: int, now: Situation) -> ev.LimitChanged:
    """The answer by which a search that was over goes on: from where it was, if there is more to
    come; else it is gone through anew, as if it had had the limit from its start."""
    from promptopt.methods.registry import method_of
    from promptopt.runs.prepare import sizes_of

    state, config = now.state, now.config
    if state.reopened:
        stage = state.reopened_at
    else:
        sizes = sizes_of(config, now.task)
        finished = {each.stage for each in state.curve} | {each.stage for each in state.idle}
        examples = state.curve[-1].n if state.curve else 0
        rest = method_of(config.method).rest(config.method, sizes, finished, examples)
        if rest == "none" and all(map(state.is_complete, state.candidates.values())):
            raise RefusedError(
                "all steps of the search are taken, and a higher limit adds none; for more, start "
                "another run with more of them"
            )
        stage = state.stages if state.winner is None else state.searched
        if rest == "anew":
            stage = 0
    reopens = stage > 0 and state.winner is not None
    return ev.LimitChanged(limit, asked, stage, command=number, reopens=reopens)


def _is_raised(limit: Limit, asked: float | None, now: Situation) -> bool:
    before = _in_force(limit, now)
    return before is not None and (asked is None or asked > before)


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

    _refuse_if_over(now.state)
    text = whole(text).strip()
    edited = _text_to_edit(parent, now) if parent is not None else ""
    # Of the guards the length is not for persons: they know what they want.
    method = now.config.method
    begins = opening_of(method) if isinstance(method, ApeSettings) else ""
    reason = Guards(now.task).refuse(text, sys.maxsize, begins)
    if reason is not None:
        raise RefusedError(f"the candidate {_plainly(reason)}")
    mark = fingerprint(text)
    if fingerprint(now.task.seed_prompt) == mark:
        raise RefusedError("the candidate is the same as c000, the seed prompt")
    for each in now.state.candidates.values():
        if fingerprint(each.text) == mark:
            vetoed = ", which was vetoed" if each.status == "vetoed" else ""
            raise RefusedError(f"the candidate is the same as {candidate_name(each.id)}{vetoed}")
    if mark in map(fingerprint, _offered(now.state)):
        raise RefusedError("the candidate is written already, and waits for the next stage")
    return ev.CandidateOffered(text, now.stage, parent, edited, command=number)


def _text_to_edit(candidate: int, now: Situation) -> str:
    if candidate == SEED_CANDIDATE:
        return now.task.seed_prompt
    found = find(candidate, now.state)
    if found.status == "vetoed":
        raise RefusedError(
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
    text = _text_to_veto(candidate, now.state)
    return ev.CandidateVetoed(candidate, text, now.stage, command=number)


def _text_to_veto(candidate: int, state: RunState) -> str:
    _refuse_if_over(state)
    if candidate == SEED_CANDIDATE:
        raise RefusedError("the seed prompt is what all are compared with, so it cannot be vetoed")
    found = find(candidate, state)
    if found.status == "vetoed":
        raise RefusedError(f"{candidate_name(candidate)} is vetoed already")
    return found.text


def _refuse_if_over(state: RunState) -> None:
    """Refuse what would come too late for the choice of the winner."""
    _refuse_if_done(state)
    if state.winner is not None and not state.reopened:
        raise RefusedError("the search is over: the winner is chosen and goes through the test")


def _refuse_if_done(state: RunState) -> None:
    if state.status == "done" and not state.reopened:
        raise RefusedError("the run is done")
