"""The list of runs."""

from __future__ import annotations

import sqlite3

import pytest

from promptopt.results.numbers import signed
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import (
    SIZES,
    OpenApp,
    enter_text,
    press,
    screen_lines,
    screen_text,
    settle,
    workbench,
)
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.screens.dashboard import DashboardScreen
from tui.screens.runs import RunsScreen
from tui.widgets.run_table import RunTable


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_store_says_what_can_be_done(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    async with open_app(size) as pilot:
        text = screen_text(pilot)
        assert "No runs yet." in text
        assert "start the demonstration" in text
        assert "D Demo" in text
        assert "Open" not in screen_lines(pilot)[-1]
        await press(pilot, "enter", "p", "x", "e", "j", "R")
        assert isinstance(pilot.app.screen, RunsScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_all_runs_with_status_and_score(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    done = RunPlayer(store, "first-run").play_all()
    RunPlayer(store, "second-run").play_until(ev.StageFinished, 2)
    live = RunPlayer(store, "third-run").play_until(ev.StageFinished, 3)
    with held_by_an_engine(store, live.run_id):
        async with open_app(size) as pilot:
            lines = screen_lines(pilot)
            text = "\n".join(lines)
            rows = [line for line in lines if "-run " in line and "│" in line][:3]
            assert [
                next(word for word in row.split() if word.endswith("-run")) for row in rows
            ] == ["third-run", "second-run", "first-run"]
            assert "▶  running" in rows[0]
            assert "!  interrupted" in rows[1]
            assert "✓  done" in rows[2]
            # Of a run that is done, test is what counts; of a live one there is only dev.
            state = store.state(done.run_id)
            best, seed = state.best, state.seed_prompt
            assert best is not None
            assert best.test is not None
            assert seed is not None
            assert seed.test is not None
            assert f"test {best.test}" in rows[2]
            assert f" {signed(best.test.mean - seed.test.mean)} " in rows[2]
            live_best = store.state(live.run_id).best
            assert live_best is not None
            assert f"dev ~{live_best.dev}" in rows[0]
            assert "Runs 3 · 1 live" in text


async def test_a_live_run_moves_and_a_new_one_comes_up(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store, "first-run").play_until(ev.CandidateAdded, 2)
    async with open_app() as pilot:
        assert "done" not in screen_text(pilot)
        player.go_on()
        RunPlayer(store, "second-run").play_until(ev.SearchStarted)
        screen = pilot.app.screen
        assert isinstance(screen, RunsScreen)
        screen.feed._listed_at = float("-inf")
        await settle(pilot)
        await settle(pilot)
        assert "✓  done" in screen_text(pilot)
        assert "Runs 2" in screen_text(pilot)
        # The cursor stays on its run though a newer one came above it.
        assert screen.table.cursor == "first-run"


async def test_preview_shows_the_best_prompt(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app() as pilot:
        best = store.state(player.run_id).best
        assert best is not None
        text = screen_text(pilot)
        assert f"best prompt c{best.id:03d}" in text
        assert best.text.splitlines()[0] in text


async def test_open_and_go_back(store: Store, open_app: OpenApp) -> None:
    RunPlayer(store, "first-run").play_all()
    RunPlayer(store, "second-run").play_all()
    async with open_app() as pilot:
        await press(pilot, "j", "enter")
        assert isinstance(pilot.app.screen, DashboardScreen)
        assert "first-run" in screen_lines(pilot)[0]
        await press(pilot, "escape", "k", "enter")
        assert "second-run" in screen_lines(pilot)[0]


async def test_filter_runs(store: Store, open_app: OpenApp) -> None:
    for name in ("alpha-ape-1", "beta-ape-1", "beta-ape-2"):
        RunPlayer(store, name).play_until(ev.SearchStarted)
    async with open_app() as pilot:
        await press(pilot, "slash")
        await enter_text(pilot, "beta")
        await press(pilot, "enter")
        screen = pilot.app.screen
        assert isinstance(screen, RunsScreen)
        assert screen.table.ids == ["beta-ape-2", "beta-ape-1"]
        assert "Runs 3 · 2 with “beta”" in screen_text(pilot)
        await press(pilot, "escape")
        assert len(screen.table.ids) == 3
        assert "with “" not in screen_text(pilot)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("DONE", {"over"}),
        ("running", {"busy"}),
        ("ape larger_animal", {"over", "busy", "broken-off"}),
        ("scripted interrupted", {"broken-off"}),
        ("over scripted:dogs", set()),
    ],
)
async def test_runs_are_found_by_what_they_are(
    store: Store, open_app: OpenApp, words: str, found: set[str]
) -> None:
    RunPlayer(store, "over").play_all()
    RunPlayer(store, "broken-off").play_until(ev.StageFinished, 2)
    RunPlayer(store, "busy").play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, "busy"):
        async with open_app() as pilot:
            await press(pilot, "slash")
            await enter_text(pilot, words)
            screen = pilot.app.screen
            assert isinstance(screen, RunsScreen)
            assert set(screen.table.ids) == found
            if not found:
                assert "No run has these words." in screen_text(pilot)
                assert "Start" not in screen_text(pilot)


async def test_many_runs_are_read_over_several_ticks(store: Store, open_app: OpenApp) -> None:
    with store.transaction():
        for number in range(120):
            RunPlayer(store, f"run-{number:03d}", dev=6, test=2).play_all()
    async with open_app() as pilot:
        feed = workbench(pilot).screen
        assert isinstance(feed, RunsScreen)
        for _ in range(60):
            await settle(pilot)
            if not feed.feed.behind:
                break
        assert not feed.feed.behind
        assert all(run.status == "done" for run in feed.feed.runs.values())


async def test_a_damaged_run_leaves_the_others_readable(store: Store, open_app: OpenApp) -> None:
    RunPlayer(store, "first-run").play_all()
    RunPlayer(store, "second-run").play_all()
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE events SET event = '{' WHERE run_id = 'second-run' AND seq = 9")
    connection.close()
    async with open_app() as pilot:
        text = screen_text(pilot)
        (damaged,) = (line for line in text.splitlines() if "second-run" in line and "│" in line)
        (whole,) = (line for line in text.splitlines() if "first-run" in line and "│" in line)
        cells = pilot.app.screen.query_one(RunTable).cells("second-run")
    assert "damaged" in damaged
    # No number is shown that is not known.
    assert [cells[name].text for name in ("method", "score", "gain", "dev", "calls")] == [""] * 5
    assert "done" in whole
