"""The fold: what each event makes of a `RunState`.

The rules of what a person asked for are in `steering_fold`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from promptopt.methods.rejections import kind_of
from promptopt.runs import events as ev
from promptopt.runs import steering_fold
from promptopt.runs.rounds import Round
from promptopt.runs.state_parts import (
    CandidateState,
    CurvePoint,
    IdleStage,
    WaitedFor,
    candidate_name,
)

if TYPE_CHECKING:
    from promptopt.runs.state import RunState


@singledispatch
def rule(event: ev.Event, state: RunState, at: float) -> None:  # noqa: ARG001
    """Take an event in that happened at `at`."""
    raise TypeError(f"no rule for {type(event).__name__}")


class _Rules(dict[type[ev.Event], Callable[..., Any]]):
    """Asks `rule` once for each kind of event."""

    def __missing__(self, kind: type[ev.Event]) -> Callable[..., Any]:
        self[kind] = rule.dispatch(kind)
        return self[kind]


RULES = _Rules()
"""The rule for a kind of event; to ask `rule` itself each time takes as long as most rules do."""


@rule.register(ev.EngineStarted)
def _(event: ev.EngineStarted, state: RunState, at: float) -> None:
    state.pid = event.pid
    # An engine that was killed leaves the clock running. Its last event was its last sign of
    # life: the time from there to this start was no work.
    if state.last_at is not None:
        state.set_active(state.last_at, False)
    state.attempt = event.attempt
    state.status = "running"
    if state.reopened:
        state.prompt_before = state.prompt_file
    state.reason = state.prompt_file = ""
    state.ended_at = None
    state.waiting = ()
    state.started_at = state.started_at or at
    state.set_active(at, True)
    state.note(at, event)


@rule.register(ev.SearchStarted)
def _(event: ev.SearchStarted, state: RunState, at: float) -> None:
    state.setup = event = steering_fold.with_limits(event, state.limits)
    state.note(at, event)


@rule.register(ev.SearchRestarted)
def _(event: ev.SearchRestarted, state: RunState, at: float) -> None:
    state.candidates.clear()
    state.rounds.clear()
    state.steps.clear()
    state.calls_of_steps.clear()
    state.curve.clear()
    state.scored.clear()
    state.idle.clear()
    state.rejections.clear()
    state.marked.clear()
    state.leader = None
    state.winner = None
    state.limit = ""
    state.cut_short = False
    state.stage, state.step, state.stage_calls = "", 0, 0
    state.stages = state.searched = 0
    state.reopened, state.reopened_at = False, 0
    steering_fold.begin_anew(state, event.stage)
    state.note(at, event, "warning")


@rule.register(ev.SearchReopened)
def _(event: ev.SearchReopened, state: RunState, at: float) -> None:
    winner = state.candidates.get(state.winner) if state.winner is not None else None
    if winner is not None and winner.status == "winner":
        winner.status, winner.revision = "kept", state.revision
    state.winner = None
    state.limit = ""
    state.cut_short = False
    state.stage, state.stage_calls = "", 0
    state.stages = event.stage
    state.reopened, state.reopened_at = False, 0
    state.note(at, event)


@rule.register(ev.StageStarted)
def _(event: ev.StageStarted, state: RunState, at: float) -> None:
    state.stage, state.step, state.stage_calls = event.stage, event.step, event.calls
    state.stage_from = state.usage.calls
    state.stages += 1
    state.note(at, event)


@rule.register(ev.StepPlanned)
def _(event: ev.StepPlanned, state: RunState, at: float) -> None:
    state.steps[event.step] = event
    state.note(at, event)


@rule.register(ev.CandidateAdded)
def _(event: ev.CandidateAdded, state: RunState, at: float) -> None:
    state.candidates[event.candidate] = CandidateState(
        id=event.candidate,
        text=event.text,
        operation=event.operation,
        step=event.step,
        parents=event.parents,
        distance=event.distance,
        edit_budget=event.edit_budget,
        edit_outcome=event.edit_outcome,
        # To look for a text takes as long as it is, even where there is none to be found.
        status="vetoed" if state.vetoed and event.text in state.vetoed else "new",
        revision=state.revision,
    )
    if state.marked_texts and event.text in state.marked_texts:
        state.marked[event.candidate] = None
    if event.operation != "seed":
        if event.step not in state.rounds:
            state.rounds[event.step] = Round(event.step)
        state.rounds[event.step].made += 1
    state.note(at, event)


@rule.register(ev.ProposalRejected)
def _(event: ev.ProposalRejected, state: RunState, at: float) -> None:
    state.rejections[kind_of(event.reason)] += 1
    state.note(at, event)


@rule.register(ev.CandidateScored)
def _(event: ev.CandidateScored, state: RunState, at: float) -> None:
    candidate, score = state.candidates[event.candidate], event.score
    candidate.revision = state.revision
    if event.objectives:
        candidate.objectives[event.split] = event.objectives
    if event.split == "dev":
        candidate.dev = score
        candidate.unscored = event.unscored
        if score is not None:
            state.scored.add(event.candidate, state.usage.calls, score)
        if candidate.status == "new":
            candidate.status = "scoring"
    elif event.split == "test":
        candidate.test = score
    elif event.split == "test-other":
        candidate.test_other = score
    state.note(at, event)


@rule.register(ev.StageFinished)
def _(event: ev.StageFinished, state: RunState, at: float) -> None:
    for status, group in (("kept", event.survivors), ("dropped", event.dropped)):
        for each in group:
            candidate = state.candidates[each]
            if candidate.status != "vetoed":
                candidate.status, candidate.revision = status, state.revision
    if event.step in state.steps:
        state.calls_of_steps.append(state.usage.calls - state.stage_from)
    if event.leader is not None:
        # Vetoed while the stage was going on, it leads no more.
        vetoed = state.candidates[event.leader].status == "vetoed"
        state.leader = None if vetoed else event.leader
    if event.survivors and event.step in state.rounds and event.stage != "final":
        state.rounds[event.step].take(event, state.candidates)
    if event.best is not None and event.mean is not None:
        state.curve.append(
            CurvePoint(
                stage=event.stage,
                step=event.step,
                calls=state.usage.calls,
                n=event.n,
                best=event.best,
                mean=event.mean,
                seed=event.seed,
            )
        )
    elif event.best is not None:
        calls, points = state.usage.calls, len(state.curve)
        state.idle.append(IdleStage(event.stage, calls, event.best, points))
    state.note(at, event)


@rule.register(ev.LimitReached)
def _(event: ev.LimitReached, state: RunState, at: float) -> None:
    state.limit = event.limit
    state.cut_short = state.cut_short or not event.cut
    state.note(at, event, "warning")


@rule.register(ev.WinnerChosen)
def _(event: ev.WinnerChosen, state: RunState, at: float) -> None:
    state.winner = event.candidate
    state.searched = state.stages
    winner = state.candidates[event.candidate]
    winner.status, winner.revision = "winner", state.revision
    state.note(at, str(state.saved))
    state.note(at, f"winner on dev: {candidate_name(event.candidate)} {winner.dev or ''}".rstrip())


@rule.register(ev.UsageUpdated)
def _(event: ev.UsageUpdated, state: RunState, at: float) -> None:  # noqa: ARG001
    state.usage = event


@rule.register(ev.CostEstimated)
def _(event: ev.CostEstimated, state: RunState, at: float) -> None:
    state.estimate = event
    state.note(at, event)


@rule.register(ev.Warned)
def _(event: ev.Warned, state: RunState, at: float) -> None:
    if event.waiting is not None:
        state.waiting = tuple(
            WaitedFor(each.endpoint, at - each.seconds, at + each.again_in)
            for each in event.waiting
        )
    state.note(at, event, "warning")


@rule.register(ev.CallRetried)
@rule.register(ev.SearchWarned)
def _(event: ev.Event, state: RunState, at: float) -> None:
    state.note(at, event, "warning")


@rule.register(ev.CallFailed)
def _(event: ev.CallFailed, state: RunState, at: float) -> None:
    state.note(at, event, "error")


@rule.register(ev.Answer)
def _(event: ev.Answer, state: RunState, at: float) -> None:
    steering_fold.apply(event, state, at)


@rule.register(ev.RunEnded)
def _(event: ev.RunEnded, state: RunState, at: float) -> None:
    state.status = event.status
    state.reason = event.reason
    state.prompt_file = event.prompt_file
    state.prompt_before = ""
    state.reopened, state.reopened_at = False, 0
    state.ended_at = at
    state.waiting = ()
    state.pid = None
    state.set_active(at, False)
    state.note(at, event, "error" if event.status == "failed" else "info")
