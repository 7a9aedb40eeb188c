"""What the workbench asks of engines, and how it is left."""

from __future__ import annotations

import pytest

from promptopt.results.verdict import verdict
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import (
    NARROW,
    SIZES,
    OpenApp,
    ended,
    press,
    screen_text,
    settle,
    workbench,
)
from tests.tui.run_player import RunPlayer, held_by_an_engine, take_commands
from tui.farewell import farewell_lines
from tui.run_feed import RunFeed
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.error import ErrorDialog


def commands(store: Store, run_id: str) -> list[str]:
    return [each.command.name for each in store.open_commands(run_id)]


async def steered(pilot: object) -> None:
    """Wait for the threads that ask something of an engine, and for what comes of it."""
    app = workbench(pilot)  # type: ignore[arg-type]
    await app.workers.wait_for_complete()
    await settle(pilot)  # type: ignore[arg-type]
    await settle(pilot)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
async def test_pause_and_go_on(store: Store, open_app: OpenApp, size: tuple[int, int]) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(size, run_id=player.run_id) as pilot:
            await press(pilot, "p")
            await steered(pilot)
            assert commands(store, player.run_id) == ["pause"]
            assert "PAUSING…" in screen_text(pilot)
            player.store.take_commands(player.run_id, 99)
            player.write(ev.Paused())
            await settle(pilot)
            text = screen_text(pilot)
            assert "‖ PAUSED" in text
            assert "p Go on" in text
            await press(pilot, "p")
            await steered(pilot)
            assert commands(store, player.run_id) == ["unpause"]
            assert take_commands(player)
            await settle(pilot)
            assert "▶ RUNNING" in screen_text(pilot)


async def test_what_the_answers_mean_stands_in_a_column(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            await press(pilot, "q")
            lines = screen_text(pilot).splitlines()
    places = {
        line.index(text)
        for line in lines
        for text in ("it goes on by itself", "its engine waits", "its engine ends")
        if text in line
    }
    assert len(places) == 1


async def test_stop_asks_first(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            await press(pilot, "x")
            assert isinstance(pilot.app.screen, ChoiceDialog)
            await press(pilot, "escape")
            await steered(pilot)
            assert commands(store, player.run_id) == []
            await press(pilot, "x", "enter")
            await steered(pilot)
            assert commands(store, player.run_id) == ["stop"]
            assert "STOPPING…" in screen_text(pilot)


async def test_a_run_without_an_engine_is_neither_paused_nor_stopped(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "p", "x")
        await steered(pilot)
        assert isinstance(pilot.app.screen, DashboardScreen)
        assert commands(store, player.run_id) == []
        assert "R Resume" in screen_text(pilot)


async def test_an_engine_that_dies_meanwhile_is_told_in_a_dialog(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    lock = held_by_an_engine(store, player.run_id)
    async with open_app(run_id=player.run_id) as pilot:
        lock.release()
        await press(pilot, "p")
        await steered(pilot)
        assert isinstance(pilot.app.screen, ErrorDialog)
        assert "is not at work" in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, DashboardScreen)


async def test_pausing_from_the_list(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(NARROW) as pilot:
            await press(pilot, "p")
            await steered(pilot)
            assert commands(store, player.run_id) == ["pause"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [("l", []), ("p", ["pause"]), ("s", ["stop"])],
    ids=["leave", "pause", "stop"],
)
async def test_quitting_a_live_run_asks_what_becomes_of_it(
    store: Store, open_app: OpenApp, key: str, expected: list[str]
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            await press(pilot, "q")
            assert "calls in flight" in screen_text(pilot)
            await press(pilot, "escape")
            assert isinstance(pilot.app.screen, DashboardScreen)
            await press(pilot, "ctrl+q", key)
            await workbench(pilot).workers.wait_for_complete()
            await ended(pilot)
        assert commands(store, player.run_id) == expected


async def test_quitting_twice_leaves_the_run_running(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            await press(pilot, "ctrl+c")
            await press(pilot, "ctrl+q")
            await ended(pilot)
        assert commands(store, player.run_id) == []


async def test_quitting_what_is_done_asks_nothing(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "q")
        await ended(pilot)


@pytest.mark.parametrize("until", [None, 2])
def test_farewell_names_status_score_and_the_way_back(store: Store, until: int | None) -> None:
    player = RunPlayer(store)
    if until is None:
        player.play_all()
        feed = RunFeed(store, player.run_id)
        feed.poll()
        best = feed.state.best
        assert best is not None
        assert farewell_lines(feed) == [
            f"run {player.run_id} is done; best prompt c{best.id:03d}: dev {best.dev}, "
            f"test {best.test}",
            verdict(feed.state, feed.gain("test")),
        ]
        return
    player.play_until(ev.StageFinished, until)
    with held_by_an_engine(store, player.run_id):
        feed = RunFeed(store, player.run_id)
        feed.poll()
        first, second = farewell_lines(feed)
    assert f"run {player.run_id} is running; best prompt" in first
    assert second.endswith(f"promptopt-tui {player.run_id}")
    feed.check_liveness_soon()
    feed.poll()
    assert farewell_lines(feed)[1].endswith(f"promptopt resume {player.run_id}")
