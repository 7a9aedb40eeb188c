from __future__ import annotations

import itertools
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.scored_points import POINTS_KEPT, ScoredPoint
from promptopt.runs.state import EVENTS_KEPT, RunState, candidate_name
from promptopt.runs.store import Store

from ..llm.asking import small_task
from .histories import histories


def folded(*history: ev.Event, state: RunState | None = None) -> RunState:
    """The state after a history, an event a second."""
    state = state or RunState("r")
    for event in history:
        state.apply(state.last_seq + 1, float(state.last_seq), event)
    return state


def started(dev: int = 10) -> list[ev.Event]:
    return [
        ev.EngineStarted(1, 1, "1"),
        ev.SearchStarted("t", "exact_match", "ape", 0, "Seed.", 5, dev, 5, "a", "b", 99),
        ev.CandidateAdded(0, "Seed.", "seed", 0),
        ev.CandidateAdded(1, "One.", "forward", 0),
        ev.CandidateAdded(2, "Two.", "resample", 1, (1,), 1),
    ]


def scored(candidate: int, mean: float, n: int, unscored: int = 0, split: str = "dev") -> ev.Event:
    return ev.CandidateScored(candidate, split, 0, Score(mean, 0.1, n), unscored)


# The fold


@settings(deadline=None)
@given(histories(), st.data())
def test_folding_in_pieces_is_folding_at_once(history: list[ev.Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(history)))
    pieces = folded(*history[:cut])
    folded(*history[cut:], state=pieces)
    assert pieces == folded(*history)


@settings(deadline=None, max_examples=25)
@given(histories(), st.integers(1, 7))
def test_a_viewer_that_catches_up_sees_what_a_late_one_sees(
    history: list[ev.Event], limit: int
) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "runs.db") as store:
        run_id = store.create_run(small_task(), "ape", "{}")
        watching = RunState(run_id)
        for at, event in enumerate(history):
            store.append_event(run_id, event, float(at))
            if at % 3 == 0:
                store.catch_up(watching, limit)
        while store.catch_up(watching, limit):
            pass
        assert watching == store.state(run_id)
        assert watching.last_seq == len(history)


@settings(deadline=None)
@given(histories())
def test_what_always_holds(history: list[ev.Event]) -> None:
    state = RunState("r")
    revisions: dict[int, int] = {}
    for at, event in enumerate(history):
        before = {key: (each.dev, each.test, each.status) for key, each in state.candidates.items()}
        state.apply(at + 1, float(at), event)
        assert state.revision == at + 1
        for key, candidate in state.candidates.items():
            # Whatever changes carries a new revision: viewers redraw only that.
            if before.get(key) != (candidate.dev, candidate.test, candidate.status):
                assert candidate.revision == state.revision
            assert candidate.revision <= state.revision
            revisions[key] = candidate.revision
        assert 0 <= state.seconds_active(float(at)) <= at
        assert state.log_total >= len(state.log)
        if state.winner is not None:
            assert state.best is state.candidates[state.winner]
        if state.ended:
            assert state.pid is None
            assert state.active_since is None


# Single rules


def test_the_best_of_all_of_dev_comes_before_the_best_of_a_few() -> None:
    state = folded(*started(), scored(0, 0.5, 10), scored(1, 0.6, 10), scored(2, 1.0, 4))
    assert state.best is state.candidates[1]
    assert not state.is_complete(state.candidates[2])


def test_without_a_complete_one_the_best_of_the_most_examples() -> None:
    state = folded(*started(), scored(0, 0.5, 6), scored(1, 0.4, 6), scored(2, 1.0, 4))
    assert state.best is state.candidates[0]


def test_ties_go_to_the_older() -> None:
    state = folded(*started(), scored(2, 0.5, 10), scored(1, 0.5, 10))
    assert state.best is state.candidates[1]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([4, 6, 10]), st.booleans()),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_best_is_the_oldest_of_the_best_on_the_most_examples(
    told: list[tuple[float, int, bool]], chance: random.Random
) -> None:
    order = list(enumerate(told))
    chance.shuffle(order)
    history: list[ev.Event] = []
    for number, (mean, n, vetoed) in order:
        history += [ev.CandidateAdded(number, f"{number}", "forward", 0), scored(number, mean, n)]
        if vetoed:
            history.append(ev.CandidateVetoed(number, f"{number}", 0))
    free = [(-n, -mean, number) for number, (mean, n, vetoed) in order if not vetoed]
    best = folded(*history).best
    assert (best.id if best else None) == (min(free)[2] if free else None)


def test_failed_calls_count_towards_completeness_but_not_alone() -> None:
    state = folded(*started(), scored(1, 0.5, 7, unscored=3))
    assert state.is_complete(state.candidates[1])
    state = folded(*started(), ev.CandidateScored(1, "dev", 0, None, 10))
    assert not state.is_complete(state.candidates[1])
    assert state.best is None


def test_a_leader_without_a_score_is_not_the_best() -> None:
    told = ev.StageFinished("filter 1", 0, survivors=(0,), leader=0)
    state = folded(*started(), ev.CandidateScored(0, "dev", 0, None, 10), told)
    assert state.best is None
    state = folded(scored(1, 0.5, 10), state=state)
    assert state.best is state.candidates[1]
    state = folded(ev.WinnerChosen(0), state=state)
    assert state.best is state.candidates[0]


def test_test_scores_choose_nothing() -> None:
    state = folded(
        *started(), scored(0, 0.5, 10), scored(1, 0.4, 10), scored(1, 1, 5, split="test")
    )
    assert state.best is state.candidates[0]
    assert state.candidates[1].test == Score(1, 0.1, 5)


def test_a_stage_that_selects_is_a_point_on_the_curve() -> None:
    finished = ev.StageFinished(
        "filter 1", 0, (1, 0), (2,), 1, 4, Score(0.8, 0.1, 4), 0.5, Score(0.3, 0.1, 4)
    )
    state = folded(*started(), ev.UsageUpdated(calls=17), finished, ev.StageFinished("propose", 0))
    (point,) = state.curve
    assert (point.stage, point.calls, point.n, point.mean) == ("filter 1", 17, 4, 0.5)
    assert [each.status for each in state.candidates.values()] == ["kept", "kept", "dropped"]


def test_every_dev_score_is_a_point_from_the_first_one_on() -> None:
    state = folded(
        *started(),
        ev.UsageUpdated(calls=8),
        scored(0, 0.5, 4),
        ev.UsageUpdated(calls=12),
        scored(1, 0.75, 4),
        scored(0, 0.6, 10),
        scored(1, 0.9, 5, split="test"),
        ev.CandidateScored(2, "dev", 0, None, 4),
    )
    assert state.scored.points == [
        ScoredPoint(0, 8, 0.5, 4),
        ScoredPoint(1, 12, 0.75, 4),
        ScoredPoint(0, 12, 0.6, 10),
    ]
    folded(ev.SearchRestarted("different replies"), state=state)
    assert (state.scored.points, state.scored.seen) == ([], 0)


def test_points_are_bounded_and_thinned_evenly() -> None:
    state = folded(*started())
    count = 20 * POINTS_KEPT + 7
    for number in range(count):
        state.apply(number, 0.0, ev.UsageUpdated(calls=number))
        state.apply(number, 0.0, scored(number % 3, 0.5, 4))
    kept = [point.calls for point in state.scored.points]
    assert POINTS_KEPT / 2 <= len(kept) <= POINTS_KEPT
    assert state.scored.seen == count
    gaps = {after - before for before, after in itertools.pairwise(kept)}
    assert len(gaps) == 1
    assert kept[0] == 0
    assert kept[-1] >= count - gaps.pop()


def test_a_search_that_begins_anew_forgets_what_it_found() -> None:
    state = folded(
        *started(),
        scored(1, 0.5, 10),
        ev.WinnerChosen(1),
        ev.LimitReached("max_calls", "x"),
        ev.SearchRestarted("different replies"),
    )
    assert state.candidates == {}
    assert (state.winner, state.limit, state.curve, state.best) == (None, "", [], None)
    assert state.setup is not None


def test_working_time_leaves_out_pauses_and_the_time_after_a_death() -> None:
    state = RunState("r")
    for seq, (at, event) in enumerate(
        [
            (100.0, ev.EngineStarted(1, 1, "1")),
            (105.0, ev.Paused()),
            (120.0, ev.Unpaused()),
            (122.0, ev.UsageUpdated(calls=1)),  # the last sign of life
            (900.0, ev.EngineStarted(2, 2, "1")),
            (903.0, ev.RunEnded("done")),
        ],
        1,
    ):
        state.apply(seq, at, event)
    assert state.seconds_active(5000.0) == 5 + 2 + 3
    assert (state.started_at, state.ended_at, state.attempt) == (100.0, 903.0, 2)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (ev.Paused(), "paused"),
        (ev.Unpaused(), "running"),
        (ev.StopRequested(), "stopping"),
        (ev.RunEnded("stopped"), "stopped"),
        (ev.RunEnded("failed", "why"), "failed"),
        (ev.RunEnded("done"), "done"),
    ],
)
def test_status(event: ev.Event, status: str) -> None:
    assert RunState("r").status == "new"
    assert folded(*started()).status == "running"
    state = folded(*started(), event)
    assert state.status == status
    assert state.ended == (status in ("done", "stopped", "failed"))
    again = folded(ev.EngineStarted(2, 2, "1"), state=state)
    assert (again.status, again.reason, again.ended_at) == ("running", "", None)


def test_trouble_is_counted() -> None:
    state = folded(
        *started(),
        ev.CallRetried("task", "slow", 1, 0.5),
        ev.CallFailed("task", "filtered"),
        ev.Warned("careful"),
    )
    assert (state.warnings, state.errors) == (2, 1)


def test_the_log_keeps_the_newest() -> None:
    state = folded(*(ev.Warned(str(number)) for number in range(EVENTS_KEPT + 5)))
    assert len(state.log) == EVENTS_KEPT
    assert state.log_total == EVENTS_KEPT + 5
    assert state.log[-1].text == str(EVENTS_KEPT + 4)


def test_candidate_name() -> None:
    assert [candidate_name(each) for each in (0, 7, 1234)] == ["c000", "c007", "c1234"]


def test_what_a_step_starts_from() -> None:
    state = folded(
        *started(),
        ev.StepPlanned(1, 49, (0,), 0),
        ev.StepPlanned(2, None, (1, 0, 2), 2),
    )
    assert state.steps[1].edit_budget == 49
    assert state.steps[2].trajectory == (1, 0, 2)
    assert [line.text for line in state.log][-2:] == [
        "step 1 from c000: change up to 49 words; shown c000",
        "step 2 from c002: change freely; shown c001 c000 c002",
    ]
    assert not folded(ev.SearchRestarted("anew"), state=state).steps
