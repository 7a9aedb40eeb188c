"""What a `RunState` makes of the events of steering."""

from __future__ import annotations

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

LIMIT = ev.LimitChanged("max_calls", 50, 2)


def folded(*events: ev.Event) -> RunState:
    state = RunState("r")
    for seq, event in enumerate(events, 1):
        state.apply(seq, float(seq), event)
    return state


def searched() -> list[ev.Event]:
    """Three candidates in a stage that is going on."""
    return [
        ev.EngineStarted(1, 1, "1"),
        ev.CandidateAdded(0, "seed", "seed", 0),
        ev.CandidateAdded(1, "one", "forward", 0),
        ev.CandidateAdded(2, "two", "forward", 0),
        ev.StageStarted("filter 1", 0, 12),
        *(ev.CandidateScored(n, "dev", 0, Score(n / 4, 0.1, 4)) for n in range(3)),
    ]


def finished(leader: int) -> ev.StageFinished:
    best = Score(leader / 4, 0.1, 4)
    return ev.StageFinished("filter 1", 0, (2, 1), (0,), leader, 4, best, 0.25)


def test_a_candidate_that_is_vetoed_leads_no_more() -> None:
    state = folded(*searched(), finished(2))
    assert state.best is state.candidates[2]
    state = folded(*searched(), finished(2), ev.CandidateVetoed(2, "two", 1))
    assert state.best is state.candidates[1]
    assert state.candidates[2].status == "vetoed"


def test_nor_does_one_that_was_vetoed_while_its_stage_was_going_on() -> None:
    state = folded(*searched(), ev.CandidateVetoed(2, "two", 1), finished(2))
    assert state.best is state.candidates[1]
    assert state.candidates[2].status == "vetoed"


def test_a_search_that_is_begun_anew_takes_in_early_what_it_was_to_take_in_late() -> None:
    state = folded(
        *searched(),
        ev.CandidateOffered("early", 0),
        ev.CandidateOffered("late", 9),
        ev.CandidateVetoed(1, "one", 1),
        ev.SearchRestarted("other replies", 3),
        ev.CandidateAdded(0, "seed", "seed", 0),
        ev.CandidateAdded(1, "another", "forward", 0),
        ev.CandidateAdded(2, "one", "forward", 0),
    )
    assert [each.event.stage for each in state.orders] == [0, 3, 1]
    assert state.stages == 0
    # A veto is of a text, whatever its number is now.
    assert [each.status for each in state.candidates.values()] == ["new", "new", "vetoed"]


def test_limits_stand_in_the_set_up_that_viewers_show() -> None:
    started = ev.SearchStarted("t", "m", "ape", 0, "seed", 1, 1, 1, "a", "b", 90, 40)
    assert folded(LIMIT, started).setup.max_calls == 50  # type: ignore[union-attr]
    state = folded(started, LIMIT, ev.SearchRestarted("other replies"), started)
    assert state.setup is not None
    assert state.setup.max_calls == 50
    lifted = folded(started, LIMIT, ev.LimitChanged("max_calls", None, 4))
    assert lifted.setup is not None
    assert lifted.setup.max_calls is None


def test_a_limit_from_an_earlier_stage_stands_in_the_place_of_later_ones() -> None:
    other = ev.LimitChanged("max_tokens", 9, 3)
    state = folded(LIMIT, other, ev.LimitChanged("max_calls", 80, 5))
    assert [each.event.stage for each in state.orders] == [2, 3, 5]
    # In the same stage both count: what the lower one refused is refused again.
    state = folded(LIMIT, ev.LimitChanged("max_calls", 80, 2))
    assert [each.event.stage for each in state.orders] == [2, 2]
    state = folded(LIMIT, other, ev.LimitChanged("max_calls", 80, 0))
    assert [(each.event.stage, each.seq) for each in state.orders] == [(3, 2), (0, 3)]
    assert not state.reopened


def test_a_run_that_has_ended_is_reopened_by_a_limit_from_its_start() -> None:
    state = folded(ev.RunEnded("done"), ev.LimitChanged("max_calls", 80, 0))
    assert state.reopened
    assert not folded(ev.RunEnded("stopped"), ev.LimitChanged("max_calls", 80, 0)).reopened
    state.apply(9, 9.0, ev.RunEnded("done"))
    assert not state.reopened


def test_what_was_refused_is_a_warning() -> None:
    state = folded(ev.CommandRefused("veto", "there is no candidate c099"))
    assert (state.log[-1].level, state.log[-1].text) == (
        "warning",
        "veto refused: there is no candidate c099",
    )
