"""What is not drawn at every tick while too much comes in to be read."""

from __future__ import annotations

import pytest

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, press, settle, workbench
from tests.tui.run_player import RunPlayer
from tui import rest
from tui.rest import EVENTS_TOO_MANY, SECONDS_BETWEEN_DRAWINGS, Rest
from tui.screens.dashboard import DashboardScreen
from tui.widgets.inspector import Inspector


class Clock:
    """A clock that goes on when it is told to."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rest, "time", clock)
    return clock


def test_rest_is_for_much_in_a_short_time(clock: Clock) -> None:
    state, rests = RunState("r"), Rest()
    assert rests.is_over(state)
    state.revision += EVENTS_TOO_MANY
    assert rests.is_over(state)
    state.revision += EVENTS_TOO_MANY + 1
    assert not rests.is_over(state)
    assert not rests.is_over(state)
    clock.now += SECONDS_BETWEEN_DRAWINGS
    assert rests.is_over(state)
    # Those that were drawn count no more: few are drawn at once, however soon behind many.
    state.revision += EVENTS_TOO_MANY
    assert rests.is_over(state)


@pytest.mark.usefixtures("clock")
def test_a_run_that_has_ended_is_drawn_at_once() -> None:
    state, rests = RunState("r"), Rest()
    assert rests.is_over(state)
    state.revision += 100 * EVENTS_TOO_MANY
    state.status = "done"
    assert rests.is_over(state)


async def test_a_prompt_that_flits_by_is_left_alone_and_what_is_asked_for_is_shown(
    store: Store, open_app: OpenApp, clock: Clock
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)

    def rise(candidate: int, mean: float) -> None:
        """A candidate comes out on top, among more events than anybody reads."""
        with store.transaction():
            for number in range(EVENTS_TOO_MANY):
                player.write(ev.UsageUpdated(calls=player.calls + number))
            player.write(ev.CandidateScored(candidate, "dev", 1, Score(mean, 0.01, 59)))

    async with open_app(run_id=player.run_id) as pilot:
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        inspector = screen.query_one(Inspector)

        def title() -> str:
            return str(inspector.border_title)

        rise(3, 0.97)
        await settle(pilot)
        assert title().startswith("3 c003")
        rise(4, 0.98)
        await settle(pilot)
        assert screen.feed.best is screen.feed.state.candidates[4]
        assert title().startswith("3 c003")
        await press(pilot, "d")
        assert title().startswith("3 c004")
        assert "diff" in title()
        rise(3, 0.99)
        await settle(pilot)
        assert title().startswith("3 c004")
        clock.now += SECONDS_BETWEEN_DRAWINGS
        await settle(pilot)
        assert title().startswith("3 c003")
        rise(4, 1.0)
        await press(pilot, "j")
        assert screen.candidate is not None
        assert title().startswith(f"3 c{screen.candidate.id:03d}")
