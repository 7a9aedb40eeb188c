"""Leaving the workbench with runs that go on, and what leads back to them."""

from __future__ import annotations

import pytest

from promptopt.runs import commands as cmd
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, do, press, screen_text, settle, workbench
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.terminal import Terminal
from tests.tui.test_terminal import REPOSITORY, output_after_the_screen
from tui.farewell import farewell_lines, lines_of_others
from tui.run_feed import RunFeed
from tui.runs_feed import RunsFeed
from tui.screens.runs import RunsScreen
from tui.screens.writing import WritingDialog


def half(store: Store, name: str) -> RunPlayer:
    return RunPlayer(store, name).play_until(ev.StageFinished, 2)


def test_quitting_from_the_list_names_the_run_that_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    half(store, "busy")
    RunPlayer(store, "over").play_all()
    with held_by_an_engine(store, "busy"), Terminal() as terminal:
        terminal.wait_for("1 live")
        terminal.press("q")
        assert terminal.end() == 0
        printed = output_after_the_screen(terminal)
    assert "1 run goes on without this window: busy" in printed
    assert "to see it again: promptopt-tui busy" in printed
    assert "over" not in printed


def test_the_runs_that_go_on_and_those_that_wait(store: Store) -> None:
    for name in ("a", "b", "seen", "dead"):
        half(store, name)
    half(store, "resting").write(ev.Paused())
    half(store, "ending").write(ev.StopRequested())
    RunPlayer(store, "over").play_all()
    with (
        held_by_an_engine(store, "a"),
        held_by_an_engine(store, "b"),
        held_by_an_engine(store, "seen"),
        held_by_an_engine(store, "resting"),
        held_by_an_engine(store, "ending"),
    ):
        feed = RunsFeed(store)
        while feed.poll() or feed.behind:
            pass
        assert lines_of_others(feed, "seen") == [
            "2 runs go on without this window: b, a",
            "1 run waits, paused: resting",
            "to see one again: promptopt-tui b",
        ]
    assert lines_of_others(feed, None) == []


@pytest.mark.parametrize(
    ("asked", "waits"), [([], True), ([cmd.Unpause()], False), ([cmd.Unpause(), cmd.Pause()], True)]
)
def test_a_paused_run_does_not_go_on_and_how_to_let_it_is_said(
    store: Store, asked: list[cmd.AnyCommand], waits: bool
) -> None:
    half(store, "resting").write(ev.Paused())
    for command in asked:
        store.send_command("resting", command)
    with held_by_an_engine(store, "resting"):
        feed = RunFeed(store, "resting")
        feed.poll()
        told = farewell_lines(feed)[1]
    assert told.endswith("to see it again: promptopt-tui resting")
    assert told.startswith("it waits; to let it go on: promptopt resume resting") is waits
    assert told.startswith("it goes on without this window") is not waits


async def test_the_list_is_left_at_the_run_that_was_opened(store: Store, open_app: OpenApp) -> None:
    for name in ("old", "newer", "newest"):
        RunPlayer(store, name).play_all()
    async with open_app(run_id="old") as pilot:
        await do(pilot, "dashboard.back")
        runs = workbench(pilot).screen
        assert isinstance(runs, RunsScreen)
        assert runs.table.cursor == "old"
        await press(pilot, "k")
        await settle(pilot)
        assert runs.table.cursor == "newer"


async def test_ctrl_c_in_a_dialog_says_what_leaves_or_copies_what_is_marked(
    store: Store, open_app: OpenApp
) -> None:
    half(store, "busy")
    with held_by_an_engine(store, "busy"):
        async with open_app(run_id="busy") as pilot:
            await do(pilot, "dashboard.add")
            dialog = workbench(pilot).screen
            assert isinstance(dialog, WritingDialog)
            await press(pilot, *"mine", "ctrl+c")
            told = [each.message for each in pilot.app._notifications]
            assert told == ["Nothing is marked to be copied. esc closes this, ^q quits."]
            dialog.area.select_all()
            await press(pilot, "ctrl+c")
            assert pilot.app.clipboard == "mine"


async def test_what_was_complained_of_goes_when_it_is_mended(
    store: Store, open_app: OpenApp
) -> None:
    half(store, "busy")
    with held_by_an_engine(store, "busy"):
        async with open_app(run_id="busy") as pilot:
            await do(pilot, "dashboard.add", "writing.send")
            assert "There is nothing in it yet." in screen_text(pilot)
            await press(pilot, "x")
            assert "There is nothing in it yet." not in screen_text(pilot)
