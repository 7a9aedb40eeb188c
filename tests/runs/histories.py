"""Histories of runs that could have been, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev

texts = st.text(st.characters(codec="utf-8"), max_size=20)
small = st.integers(0, 40)
scores = st.none() | st.builds(
    Score, st.floats(0, 1), st.none() | st.floats(0, 1), st.integers(1, 50)
)
reals = st.floats(0, 1e6)

usage = st.builds(ev.UsageUpdated, small, small, small, small, small, small, small)

started = st.builds(
    ev.SearchStarted,
    task=texts,
    metric=texts,
    method=texts,
    seed=small,
    seed_prompt=texts,
    train=small,
    dev=small,
    test=small,
    task_model=texts,
    optimizer_model=texts,
    planned_calls=small,
    max_calls=st.none() | small,
)


ids = st.integers(0, 1000)
some = st.lists(ids, max_size=4).map(tuple)
about_candidates = (ev.CandidateScored, ev.StageFinished, ev.WinnerChosen)

events = st.one_of(
    st.builds(ev.CandidateAdded, ids, texts, st.just("forward"), small, some, st.none() | small),
    st.builds(ev.CandidateScored, ids, st.sampled_from(["dev", "test"]), small, scores, small),
    st.builds(
        ev.StageFinished,
        *(texts, small, some, some, st.none() | ids, small, scores),
        st.none() | st.floats(0, 1),
        scores,
    ),
    st.builds(ev.WinnerChosen, ids),
    usage,
    st.builds(ev.StageStarted, texts, small, small),
    st.builds(ev.ProposalRejected, texts, texts, small, texts, some),
    st.builds(ev.LimitReached, texts, texts),
    st.builds(ev.SearchWarned, texts),
    st.builds(ev.EngineStarted, small, small, texts),
    st.builds(ev.SearchRestarted, texts),
    st.builds(ev.SearchReopened, small, small),
    st.builds(ev.CallRetried, st.just("task"), texts, small, reals),
    st.builds(ev.CallFailed, st.just("optimizer"), texts),
    st.builds(ev.Warned, texts),
    st.sampled_from([ev.Paused(), ev.Unpaused(), ev.StopRequested()]),
    st.builds(ev.RunEnded, st.sampled_from(["done", "stopped", "failed"]), texts),
)


def _in_order(first: ev.Event, drawn: list[ev.Event]) -> list[ev.Event]:
    """Events as an engine could have written them: of candidates only that are there."""
    history = [ev.EngineStarted(1, 1, "1"), first]
    known = 0
    for event in drawn:
        if isinstance(event, ev.CandidateAdded):
            parents = tuple(parent % known for parent in event.parents if known)
            event = replace(event, candidate=known, parents=parents)
            known += 1
        elif isinstance(event, ev.SearchRestarted):
            known = 0
        elif isinstance(event, about_candidates):
            if not known:
                continue
            event = _renumbered(event, known)
        history.append(event)
    return history


def _renumbered(event: ev.Event, known: int) -> ev.Event:
    if isinstance(event, ev.StageFinished):
        return replace(
            event,
            survivors=tuple(each % known for each in event.survivors),
            dropped=tuple(each % known for each in event.dropped),
            leader=event.leader % known if event.leader is not None else None,
        )
    return replace(event, candidate=event.candidate % known)  # type: ignore[attr-defined]


def histories() -> st.SearchStrategy[list[ev.Event]]:
    """Events in an order that an engine could have written them in."""
    return st.builds(
        _in_order,
        started,
        st.integers(0, 40).flatmap(lambda n: st.lists(events, min_size=n, max_size=n)),
    )
