"""Long runs, and many, are read on without waiting for the next tick."""

from __future__ import annotations

import sqlite3

import pytest
from textual.pilot import Pilot

from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, workbench
from tests.tui.run_player import RunPlayer
from tui import run_feed, runs_feed
from tui.app import WorkbenchApp
from tui.screens.dashboard import DashboardScreen
from tui.screens.feed_screen import FeedScreen
from tui.screens.runs import RunsScreen

PARTS = 400
"""Parts in which what is there was surely read, if it is read on at all."""


@pytest.fixture
def no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a screen does by itself: the first drawing, and what follows from it."""
    monkeypatch.setattr(WorkbenchApp, "_tick", lambda _: None)


async def read_on(pilot: Pilot[None]) -> FeedScreen:
    """The screen on top, once there is nothing left to read."""
    screen = workbench(pilot).screen
    assert isinstance(screen, FeedScreen)
    for _ in range(PARTS):
        if not screen.feed.behind:
            break
        await pilot.pause(0.002)
    return screen


@pytest.mark.usefixtures("no_ticks")
async def test_a_long_run_is_read_to_its_end(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 7)
    run_id = RunPlayer(store).play_all().run_id
    async with open_app(run_id=run_id) as pilot:
        screen = await read_on(pilot)
        assert isinstance(screen, DashboardScreen)
        whole = store.state(run_id)
        assert screen.feed.state == whole
        # What was read last is drawn too, though no tick came.
        assert screen.table.ids[0] == whole.winner
        assert set(screen.table.ids) == set(whole.candidates)


@pytest.mark.usefixtures("no_ticks")
async def test_a_screen_that_is_covered_does_not_read_on(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_feed, "SECONDS_A_POLL", 0.0)
    monkeypatch.setattr(runs_feed, "EVENTS_A_READ", 2)
    run_id = RunPlayer(store).play_all().run_id
    async with open_app(run_id=run_id) as pilot:
        await read_on(pilot)
        below = pilot.app.screen_stack[0]
        assert isinstance(below, RunsScreen)
        before = below.feed.runs[run_id].state.revision
        for _ in range(20):
            await pilot.pause(0.002)
        assert below.feed.runs[run_id].state.revision == before < store.state(run_id).revision


@pytest.mark.usefixtures("no_ticks")
async def test_many_runs_are_read_to_their_ends(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_feed, "SECONDS_A_POLL", 0.0)
    with store.transaction():
        for number in range(9):
            RunPlayer(store, f"run-{number}", dev=6, test=2).play_all()
    async with open_app() as pilot:
        screen = await read_on(pilot)
        assert isinstance(screen, RunsScreen)
        assert [run.status for run in screen.feed.runs.values()] == ["done"] * 9


@pytest.mark.usefixtures("no_ticks")
async def test_where_a_run_is_damaged_nothing_is_read_on(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 7)
    run_id = RunPlayer(store).play_until(ev.StageFinished, 2).run_id
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE events SET event = '{' WHERE run_id = ? AND seq = 20", (run_id,))
    connection.close()
    async with open_app(run_id=run_id) as pilot:
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        for _ in range(PARTS):
            if screen.feed.trouble:
                break
            await pilot.pause(0.002)
        assert "event 20" in screen.feed.trouble
        await pilot.pause()
        polls: list[int] = []
        monkeypatch.setattr(screen.feed, "poll", lambda: polls.append(1))
        for _ in range(20):
            await pilot.pause(0.002)
        assert not polls
