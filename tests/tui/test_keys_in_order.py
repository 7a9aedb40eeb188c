"""Keys that come in one burst: from a slow line, from a person who types ahead of a busy screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, settle, workbench
from tests.tui.run_player import RunPlayer
from tests.tui.terminal import Terminal
from tests.workspace import PATIENCE, Workspace
from tui.keys_in_order import LONGEST_HELD
from tui.screens.dashboard import DashboardScreen
from tui.screens.help import HelpScreen
from tui.widgets.inspector import Inspector

REPOSITORY = Path(__file__).parents[2]
BACKSPACE, LEFT, ENTER, ESCAPE, CTRL_U, CTRL_S = "\x7f", "\x1b[D", "\r", "\x1b", "\x15", "\x13"


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        (f"123{BACKSPACE}{BACKSPACE}45", "/ 145 "),
        (f"123{LEFT}{LEFT}45", "/ 14523 "),
        (f"old words{CTRL_U}new", "/ new "),
    ],
)
def test_editing_keys_are_not_overtaken(store: Store, typed: str, stands: str) -> None:
    player = RunPlayer(store).play_all()
    with Terminal(player.run_id) as terminal:
        terminal.wait_for("Candidates 11")
        terminal.press("/" + typed)
        terminal.wait_for(stands)
        terminal.press(ESCAPE)
        terminal.wait_for(lambda: stands not in terminal.text)
        terminal.press("q")
        assert terminal.end() == 0


BUSY = """
import sys, time
from tui import main
from tui.screens.dashboard import DashboardScreen
draw = DashboardScreen.read_and_draw
def busy(self):
    time.sleep(0.4)
    draw(self)
DashboardScreen.read_and_draw = busy
sys.exit(main.main(sys.argv[1:]))
"""


def test_what_is_typed_ahead_of_a_busy_screen_goes_where_it_was_meant_to_go(store: Store) -> None:
    player = RunPlayer(store).play_all()
    with Terminal(code=BUSY) as terminal:
        terminal.wait_for("Runs 1")
        # Opens the run, filters its candidates, and opens the only one that is left.
        terminal.press(f"{ENTER}/op:resample{CTRL_U}op:seed{ENTER}{ENTER}")
        terminal.wait_for(lambda: "3 Examples" in terminal.text and "c000" in terminal.text)
        terminal.press(f"{ESCAPE}")
        terminal.wait_for("1 with “op:seed”")
        terminal.press("q")
        assert terminal.end() == 0
    assert store.open_commands(player.run_id) == []


def test_a_limit_that_is_typed_over_in_one_burst_is_changed_and_not_lifted(
    workspace: Workspace,
) -> None:
    run_id = workspace.finish(workspace.config(budget={"max_calls": 60}))
    with Terminal(run_id) as terminal:
        terminal.wait_for("60 of 60")
        terminal.press("C")
        terminal.wait_for("ended the run: more than 60")
        terminal.press(f"{CTRL_U}{CTRL_S}")
        terminal.wait_for("This lifts the limit on calls. ^s again does it.")
        terminal.press(f"45{BACKSPACE}00{LEFT}{LEFT}{BACKSPACE}9{CTRL_S}")
        terminal.wait_for("Resume the run?")
        terminal.press(f"{ESCAPE}")
        terminal.wait_for(lambda: "Resume the run?" not in terminal.text)
        terminal.press("q")
        assert terminal.end() == 0
    assert workspace.store().state(run_id).limits == {"max_calls": 900}


async def test_keys_and_pastes_keep_their_order(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        app = workbench(pilot)
        for each in ("slash", "a", "left", "backspace", "b"):
            app.post_message(events.Key(each, each if len(each) == 1 else None))
        app.post_message(events.Paste("pasted"))
        for each in ("c", "home", "x"):
            app.post_message(events.Key(each, each if len(each) == 1 else None))
        await settle(pilot)
        await settle(pilot)
        assert pilot.app.screen.query_one(Input).value == "xbpastedca"


async def _loop_until(holds: Callable[[], object]) -> None:
    """Let the loop go round until something holds; not as a person's time goes by, in ticks."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "in vain"
        await asyncio.sleep(0)


async def test_a_widget_that_never_answers_does_not_lock_the_keyboard(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        app = workbench(pilot)
        assert isinstance(app.screen, DashboardScreen)
        stuck, free = app.screen.table, app.screen.query_one(Inspector)
        over = asyncio.Event()
        stuck.call_later(over.wait)
        try:
            app.post_message(events.Key("j", "j"))
            app.post_message(events.Key("question_mark", "?"))
            await _loop_until(lambda: app._at_work and app._typed)
            free.focus()
            await _loop_until(lambda: free.has_focus)
            assert not isinstance(app.screen, HelpScreen)
            for _ in range(LONGEST_HELD + 1):
                app._tick()
            await _loop_until(lambda: isinstance(app.screen, HelpScreen))
        finally:
            over.set()
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)


async def test_a_screen_that_goes_away_under_the_keys_does_not_lock_the_keyboard(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        app = workbench(pilot)
        for each in ("enter", "escape", "enter", "escape", "escape", "question_mark"):
            app.post_message(events.Key(each, "?" if each == "question_mark" else None))
        await settle(pilot)
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)
        assert len(app.screen_stack) == 2
