"""What single panes of the dashboard say, and one of them alone in the window."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.state import EVENTS_KEPT
from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, OpenApp, press, screen_lines, screen_text, settle
from tests.tui.run_player import RunPlayer
from tui.screens.dashboard import DashboardScreen
from tui.screens.runs import RunsScreen
from tui.widgets.event_log import EventLog


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pane", ["1", "2", "3", "4"])
async def test_a_pane_alone_fills_the_window(
    store: Store, open_app: OpenApp, pane: str, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        await press(pilot, pane, "z")
        screen = pilot.app.screen
        if isinstance(screen, DashboardScreen):  # else the pane has a screen of its own
            assert screen.maximized is not None
            assert screen.maximized.outer_size == (size[0], size[1] - 5)
            # No row between header and footer is left empty.
            assert all(line.strip() for line in screen_lines(pilot))


async def test_a_small_models_odd_prompts_are_explained(store: Store, open_app: OpenApp) -> None:
    class Local(RunPlayer):
        def write(self, event: ev.Event) -> None:
            if isinstance(event, ev.SearchStarted):
                event = replace(event, task_model="local", optimizer_model="local")
            super().write(event)

    for name, kind in (("local-run", Local), ("other-run", RunPlayer)):
        player = kind(store, name).play_all()
        async with open_app(run_id=player.run_id) as pilot:
            explained = "a very small model" in screen_text(pilot)
            assert explained == (kind is Local)
            await press(pilot, "enter")
            assert ("a very small model" in screen_text(pilot)) == explained
            await press(pilot, "escape", "escape")
            assert isinstance(pilot.app.screen, RunsScreen)
            assert ("a very small model" in screen_text(pilot)) == explained


async def test_calls_that_failed_are_not_counted_as_wrong(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    wrong = sum(not right for right in player.scores[1, "dev"].values())
    n = len(player.scores[1, "dev"])
    failed = store.add_response(
        player.run_id, b"failed", 0, role="task", request=None, text=None, error="out of reach"
    )
    async with open_app(run_id=player.run_id) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, DashboardScreen)
        screen.table.move_to(1, by_hand=True)
        await settle(pilot)
        assert f"{wrong} wrong of {n} examples" in " ".join(screen_text(pilot).split())
        store.add_predictions(player.run_id, 1, "dev", [(n, failed, None), (n + 1, failed, None)])
        screen.table.move_to(0, by_hand=True)
        await settle(pilot)
        screen.table.move_to(1, by_hand=True)
        await settle(pilot)
        text = " ".join(screen_text(pilot).split())
        assert f"{wrong} wrong, 2 failed of {n + 2} examples" in text


async def test_the_whole_log_stands_still_under_a_reader(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)

    def warn(letter: str, count: int) -> None:
        with store.transaction():
            for number in range(count):
                player.write(ev.Warned(f"{letter}{number} " + "of many words " * (number % 20)))

    async with open_app(run_id=player.run_id) as pilot:
        warn("a", EVENTS_KEPT + 500)
        await press(pilot, "L")
        await settle(pilot)
        log = pilot.app.screen.query_one(EventLog)
        kept = f"the newest {EVENTS_KEPT:,} of "
        assert kept in screen_text(pilot)
        await press(pilot, "g")
        assert "a500" in screen_lines(pilot)[4]  # as many as the title says
        log.scroll_to(y=700, animate=False, immediate=True, force=True)
        await settle(pilot)
        before = [line[:100] for line in screen_lines(pilot)[4:-2]]
        warn("b", 40)
        await settle(pilot)
        assert [line[:100] for line in screen_lines(pilot)[4:-2]] == before
        assert "+40 below" in screen_text(pilot)


async def test_no_verdict_on_a_part_of_test(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.WinnerChosen)
    async with open_app(run_id=player.run_id) as pilot:
        for candidate in (player.kept[0], 0):
            player.write(ev.CandidateScored(candidate, "test", 4, Score(0.9, 0.1, 10)))
        await settle(pilot)
        assert "On test" not in screen_text(pilot)
        player.go_on()
        await settle(pilot)
        assert "On test" in screen_text(pilot)


async def test_a_notice_leaves_the_newest_events_to_be_seen(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "y")
        notice, log = pilot.app.screen.query_one("Toast"), pilot.app.screen.query_one(EventLog)
        await settle(pilot)
        assert "clipboard" in screen_text(pilot)
        assert log.region.area
        assert not notice.region.overlaps(log.region)
