from __future__ import annotations

import typing

import msgspec
import pytest
from hypothesis import given, settings

from promptopt.runs import events as ev
from promptopt.runs.fold import rule
from promptopt.runs.state import RunState

from .histories import histories

KINDS = typing.get_args(ev.AnyEvent)


@settings(deadline=None)
@given(histories())
def test_round_trip(history: list[ev.Event]) -> None:
    for event in history:
        assert ev.decode_event(ev.encode_event(event)) == event
        assert ev.decode_event(ev.encode_event(event).decode()) == event


def test_every_kind_can_be_read_and_has_a_rule() -> None:
    defined = {
        each
        for each in vars(ev).values()
        if isinstance(each, type) and issubclass(each, ev.Event) and each.__struct_config__.tag
    } - {ev.Event, ev.SearchEvent, ev.Answer}
    assert defined == set(KINDS)
    assert all(rule.dispatch(kind) is not rule.dispatch(object) for kind in KINDS)


def test_an_event_without_a_rule_is_no_silent_loss() -> None:
    class Odd(ev.Event, frozen=True, tag="odd"):
        pass

    with pytest.raises(TypeError, match="no rule for Odd"):
        RunState("r").apply(1, 0.0, Odd())


def test_an_unknown_kind() -> None:
    with pytest.raises(msgspec.ValidationError):
        ev.decode_event('{"kind": "later"}')


def test_only_what_the_search_did_is_repeated_by_a_replay() -> None:
    repeated = {kind.__name__ for kind in KINDS if kind.replayed}
    assert repeated == {
        "SearchStarted",
        "StageStarted",
        "StepPlanned",
        "CandidateAdded",
        "ProposalRejected",
        "CandidateScored",
        "StageFinished",
        "LimitReached",
        "SearchWarned",
        "WinnerChosen",
    }
