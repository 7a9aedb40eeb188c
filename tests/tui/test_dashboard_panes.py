"""What single panes of the dashboard say, and one of them alone in the window."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, OpenApp, press, screen_lines, screen_text, settle
from tests.tui.run_player import RunPlayer
from tui.screens.dashboard import DashboardScreen
from tui.screens.runs import RunsScreen


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
