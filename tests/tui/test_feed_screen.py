"""Long runs, and many, are read on without waiting for the next tick."""

from __future__ import annotations

import sqlite3

import pytest
from textual.pilot import Pilot

from promptopt.runs import events as ev
from promptopt.runs.commands import Mark
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, press, workbench
from tests.tui.run_player import RunPlayer
from tui import run_feed, runs_feed
from tui.app import WorkbenchApp
from tui.run_feed import RunFeed
from tui.runs_feed import RunsFeed
from tui.screens.compare import CompareScreen
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


def test_what_was_asked_stands_until_its_answer_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a mark would go off, and on again, while a long run is still being read."""
    monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 7)
    player = RunPlayer(store).play_all()
    feed = run_feed.RunFeed(store, player.run_id)
    number = feed.asked_here.add(Mark(3))
    player.mark(3)
    feed.asked_here.answer(number)
    feed.poll()
    assert feed.behind
    while feed.behind:
        assert 3 in feed.marked
        feed.poll()
    assert list(feed.state.marked) == [3]
    assert not feed.asked_here.commands


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
async def test_both_runs_of_a_comparison_are_read_to_their_ends(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 7)
    names = [RunPlayer(store, name).play_all().run_id for name in ("one", "two")]
    async with open_app() as pilot:
        app = workbench(pilot)
        app.compare([(RunFeed(app.store, name), None) for name in names])
        await pilot.pause()
        screen = await read_on(pilot)
        assert isinstance(screen, CompareScreen)
        winners = [store.state(name).winner for name in names]
        chosen = [side.chosen for side in (screen.first, screen.second)]
        assert [each.id if each else None for each in chosen] == winners
        # And drawn, though no tick came.
        assert screen.comparison is not None
        assert len(screen.rows) == screen.comparison.difference.n if screen.comparison else 0


@pytest.mark.usefixtures("no_ticks")
async def test_what_the_list_has_read_is_not_read_again_to_compare(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = RunPlayer(store, "one").play_until(ev.StageFinished, 2)
    RunPlayer(store, "two").play_all()
    async with open_app() as pilot:
        listed = await read_on(pilot)
        assert isinstance(listed, RunsScreen)
        run = listed.feed.runs["one"]
        before = run.revision
        monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 0)
        await press(pilot, "m", "m", "c")
        screen = workbench(pilot).screen
        assert isinstance(screen, CompareScreen)
        assert screen.first.chosen is not None
        assert screen.second.chosen is not None
        # What is read on there shows in the list as well.
        monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 8_000)
        first.go_on()
        screen.tick()
        assert first.run_id in (screen.first.feed.run_id, screen.second.feed.run_id)
        await press(pilot, "escape")
        run.looked_at = float("-inf")
        listed.tick()
        assert run.status == "done"
        assert run.revision > before


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


def test_a_run_is_not_called_interrupted_before_its_end_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = RunPlayer(store).play_all()
    monkeypatch.setattr(run_feed, "EVENTS_A_POLL", 10)
    monkeypatch.setattr(runs_feed, "EVENTS_A_READ", 10)
    feed, listed = RunFeed(store, player.run_id), RunsFeed(store)
    feed.poll()
    listed.poll()
    run = listed.runs[player.run_id]
    assert feed.state.status == run.state.status == "running"
    assert feed.status == run.status == "reading"
    while feed.behind or listed.behind:
        feed.poll()
        listed.poll()
    assert feed.status == run.status == "done"
