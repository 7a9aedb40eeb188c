"""Deleting runs from the list, and what becomes of screens whose run is deleted elsewhere."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from promptopt.runs import deletion
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import (
    SIZES,
    OpenApp,
    do,
    press,
    screen_lines,
    screen_text,
    settle,
    workbench,
)
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.farewell import farewell_lines
from tui.run_feed import RunFeed
from tui.screens.candidate import CandidateScreen
from tui.screens.compare import CompareScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.example import ExampleScreen
from tui.screens.export import ExportDialog
from tui.screens.runs import RunsScreen


def names(store: Store) -> set[str]:
    return {run.id for run in store.runs()}


def runs_screen(pilot: Pilot[None]) -> RunsScreen:
    screen = pilot.app.screen
    assert isinstance(screen, RunsScreen)
    return screen


async def work_done(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await settle(pilot)


@pytest.fixture
def three(store: Store) -> list[str]:
    """Three runs, the newest last."""
    played = ("first-run", "second-run", "third-run")
    return [RunPlayer(store, name, dev=12, test=4).play_all().run_id for name in played]


@pytest.mark.parametrize("size", SIZES)
async def test_the_run_under_the_cursor(
    store: Store, three: list[str], open_app: OpenApp, size: tuple[int, int]
) -> None:
    async with open_app(size) as pilot:
        await press(pilot, "j")
        assert runs_screen(pilot).table.cursor == "second-run"
        await do(pilot, "runs.delete")
        assert isinstance(pilot.app.screen, ChoiceDialog)
        text = screen_text(pilot)
        assert "Delete the run?" in text
        assert "second-run" in text
        assert "cannot be undone" in text
        await press(pilot, "d")
        await work_done(pilot)
        assert names(store) == {"first-run", "third-run"}
        table = runs_screen(pilot).table
        assert table.ids == ["third-run", "first-run"]
        assert table.cursor == "first-run"
        assert "second-run was deleted." in screen_text(pilot)
        assert "second-run" not in "\n".join(screen_lines(pilot)[:10])


@pytest.mark.parametrize("keys", [["enter"], ["k"], ["escape"], ["enter", "enter"]])
async def test_it_is_not_deleted_by_a_key_too_many(
    store: Store, three: list[str], open_app: OpenApp, keys: list[str]
) -> None:
    async with open_app() as pilot:
        await press(pilot, "delete", *keys)
        await work_done(pilot)
        assert names(store) == set(three)


async def test_the_marked_runs(store: Store, three: list[str], open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await press(pilot, "m", "j", "m", "k")
        await do(pilot, "runs.delete")
        text = screen_text(pilot)
        assert "Delete 2 runs?" in text
        assert "third-run" in text
        await press(pilot, "d")
        await work_done(pilot)
        assert names(store) == {"second-run"}
        assert "2 runs were deleted." in screen_text(pilot)
        screen = runs_screen(pilot)
        assert not screen.feed.marked
        assert screen.table.cursor == "second-run"
        await do(pilot, "runs.delete")
        await press(pilot, "d")
        await work_done(pilot)
        assert names(store) == set()
        assert "No runs yet." in screen_text(pilot)
        await press(pilot, "X", "delete")
        assert isinstance(pilot.app.screen, RunsScreen)


async def test_a_live_run_is_refused(store: Store, three: list[str], open_app: OpenApp) -> None:
    player = RunPlayer(store, "live-run").play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app() as pilot:
            await do(pilot, "runs.delete")
            assert isinstance(pilot.app.screen, RunsScreen)
            assert "An engine is at work on live-run; stop it with x first." in screen_text(pilot)
            # Nor is another one that is marked with it.
            await press(pilot, "m", "m")
            await do(pilot, "runs.delete")
            assert isinstance(pilot.app.screen, RunsScreen)
    assert names(store) == {*three, "live-run"}


async def test_an_engine_that_began_since_the_list_was_read(
    store: Store, three: list[str], open_app: OpenApp
) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.delete")
        with held_by_an_engine(store, "third-run"):
            await press(pilot, "d")
            await work_done(pilot)
            assert isinstance(pilot.app.screen, ErrorDialog)
            assert "an engine is at work on run third-run" in screen_text(pilot)
    assert names(store) == set(three)


async def look_now(pilot: Pilot[None], *feeds: RunFeed) -> None:
    """Have it looked now, rather than within a second, whether the runs are there."""
    for feed in feeds:
        feed.check_liveness_soon()
    await settle(pilot)
    await settle(pilot)


# The keys do nothing among the runs, should it be seen before they are pressed.
@pytest.mark.parametrize(
    ("there", "seen", "then"),
    [
        ([], DashboardScreen, ["j", "d"]),
        (["e"], ExportDialog, ["tab"]),
        (["enter"], CandidateScreen, ["right", "2", "3", "4"]),
        # What was sent is asked of the store, which knows no such run any more.
        (["enter", "enter"], ExampleScreen, ["m", "escape"]),
    ],
)
async def test_a_run_that_is_deleted_elsewhere_while_it_is_seen(
    store: Store,
    three: list[str],
    open_app: OpenApp,
    there: list[str],
    seen: type[Screen[object]],
    then: list[str],
) -> None:
    async with open_app(run_id="second-run") as pilot:
        feed = workbench(pilot).feed
        assert feed is not None
        await press(pilot, *there)
        assert isinstance(pilot.app.screen, seen)
        deletion.delete(store, "second-run")
        await press(pilot, *then)
        await look_now(pilot, feed)
        assert runs_screen(pilot).table.ids == ["third-run", "first-run"]
        assert "second-run was deleted." in screen_text(pilot)
        assert farewell_lines(feed) == ["run second-run was deleted"]


async def test_a_comparison_whose_run_is_deleted(
    store: Store, three: list[str], open_app: OpenApp
) -> None:
    async with open_app() as pilot:
        await press(pilot, "m", "m")
        await do(pilot, "runs.compare")
        screen = pilot.app.screen
        assert isinstance(screen, CompareScreen)
        deletion.delete(store, "second-run")
        await press(pilot, "t")
        await look_now(pilot, *(side.feed for side in screen._sides))
        assert runs_screen(pilot).table.ids == ["third-run", "first-run"]
        assert not runs_screen(pilot).feed.marked.keys() & {"second-run"}


@pytest.mark.parametrize(("first", "second"), [(2, 5), (5, 2)])
async def test_another_run_of_the_same_name_is_not_taken_for_it(
    store: Store, open_app: OpenApp, first: int, second: int
) -> None:
    """Whether the new one has more events than were read of the old one, or fewer."""
    RunPlayer(store, "mine").play_until(ev.CandidateAdded, first)
    async with open_app() as pilot:
        listed = runs_screen(pilot).feed
        await press(pilot, "enter")
        feed = workbench(pilot).feed
        assert feed is not None
        deletion.delete(store, "mine")
        RunPlayer(store, "mine").play_until(ev.CandidateAdded, second)
        await look_now(pilot, feed)
        assert feed.deleted
        assert len(feed.state.candidates) == first
        assert len(listed.runs["mine"].state.candidates) == second
        await press(pilot, "enter")
        opened = workbench(pilot).feed
        assert opened is not None
        assert len(opened.state.candidates) == second
