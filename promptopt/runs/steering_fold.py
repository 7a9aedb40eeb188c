"""How a `RunState` takes in the events of steering."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

import msgspec

from promptopt.runs import steering_events as ev
from promptopt.runs.state_parts import Note, Order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from promptopt.runs.events import SearchStarted
    from promptopt.runs.state import RunState


@singledispatch
def apply(event: ev.Answer, state: RunState, at: float) -> None:  # noqa: ARG001
    """Take one of the events in."""
    raise TypeError(f"no rule for {type(event).__name__}")


def with_limits(setup: SearchStarted, limits: Mapping[str, float | None]) -> SearchStarted:
    """The set-up with the limits that hold now."""
    return msgspec.structs.replace(
        setup, **{name: limits[name] for name in setup.__struct_fields__ if name in limits}
    )


def begin_anew(state: RunState, stage: int) -> None:
    """Let a search that is begun anew take in at `stage` what it was to take in later."""
    state.orders = [
        Order(each.seq, msgspec.structs.replace(each.event, stage=min(each.event.stage, stage)))
        for each in state.orders
    ]


@apply.register(ev.Paused)
def _(_event: ev.Paused, state: RunState, at: float) -> None:
    state.status = "paused"
    state.set_active(at, False)
    state.note(at, "paused")


@apply.register(ev.Unpaused)
def _(_event: ev.Unpaused, state: RunState, at: float) -> None:
    state.status = "running"
    state.set_active(at, True)
    state.note(at, "going on")


@apply.register(ev.StopRequested)
def _(_event: ev.StopRequested, state: RunState, at: float) -> None:
    state.status = "stopping"
    state.note(at, "stopping: waiting for the calls in flight")


@apply.register(ev.LimitChanged)
def _(event: ev.LimitChanged, state: RunState, at: float) -> None:
    # Where it holds from an earlier stage than one before, it stands in its place.
    state.orders = [
        each
        for each in state.orders
        if not isinstance(each.event, ev.LimitChanged)
        or each.event.limit != event.limit
        or each.event.stage <= event.stage
    ]
    state.orders.append(Order(state.last_seq, event))
    state.limits[event.limit] = event.value
    over = state.status in ("done", "failed") or state.winner is not None
    if over and (event.reopens or not event.stage):
        state.reopened, state.reopened_at = True, event.stage
    if state.setup is not None:
        state.setup = with_limits(state.setup, state.limits)
    if event.value is None:
        told = f"a person lifted the limit {event.limit}"
    else:
        told = f"a person set {event.limit} to {event.value:,}"
    if event.asked is not None:
        told += f", asked for {event.asked:,}: the rest is spent or kept for the test"
    state.note(at, told)


@apply.register(ev.ConcurrencyChanged)
def _(event: ev.ConcurrencyChanged, state: RunState, at: float) -> None:
    state.concurrency = event.concurrency
    state.note(at, f"a person set the concurrency to {event.concurrency}")


@apply.register(ev.CandidateOffered)
def _(event: ev.CandidateOffered, state: RunState, at: float) -> None:
    state.orders.append(Order(state.last_seq, event))
    source = f", from c{event.parent:03d}" if event.parent is not None else ""
    state.note(at, f"a person wrote a candidate{source}, for the next stage: {event.text}")


@apply.register(ev.CandidateVetoed)
def _(event: ev.CandidateVetoed, state: RunState, at: float) -> None:
    state.orders.append(Order(state.last_seq, event))
    state.vetoed.add(event.text)
    candidate = state.candidates.get(event.candidate)
    if candidate is not None and candidate.text == event.text:
        candidate.status, candidate.revision = "vetoed", state.revision
        if state.leader == candidate.id:
            state.leader = None
    state.note(at, f"a person vetoed c{event.candidate:03d}: {event.text}")


@apply.register(ev.Noted)
def _(event: ev.Noted, state: RunState, at: float) -> None:
    state.notes.append(Note(at, event.candidate, event.text))
    about = f" on c{event.candidate:03d}" if event.candidate is not None else ""
    state.note(at, f"a person's remark{about}: {event.text}")


@apply.register(ev.CandidateMarked)
def _(event: ev.CandidateMarked, state: RunState, at: float) -> None:
    candidate = state.candidates.get(event.candidate)
    if event.marked:
        state.marked_texts.add(event.text)
    else:
        state.marked_texts.discard(event.text)
    if candidate is not None and candidate.text == event.text:
        candidate.revision = state.revision
        if event.marked:
            state.marked[candidate.id] = None
        else:
            state.marked.pop(candidate.id, None)
    state.note(at, f"a person {'marked' if event.marked else 'unmarked'} c{event.candidate:03d}")


@apply.register(ev.CommandRefused)
def _(event: ev.CommandRefused, state: RunState, at: float) -> None:
    state.note(at, f"{event.asked} refused: {event.reason}", "warning")
