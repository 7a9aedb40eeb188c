"""Every action of the list, by its key, on the real app: and a guard that none is forgotten."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.content import Content
from textual.widgets import Input

from promptopt.runs import events as ev
from promptopt.runs.commands import Remark
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, do, press, screen_text, settle, workbench
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.actions import ACTIONS, SCOPES
from tui.keymap import Keymap
from tui.screens.browse import BrowseDialog
from tui.screens.candidate import CandidateScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog, Dialog
from tui.screens.error import ErrorDialog
from tui.screens.example import ExampleScreen
from tui.screens.export import ExportDialog
from tui.screens.help import HelpScreen
from tui.screens.limits import LimitsDialog
from tui.screens.log import LogScreen
from tui.screens.new_run import NewRunScreen
from tui.screens.runs import RunsScreen
from tui.screens.writing import WritingDialog
from tui.steering import Begin
from tui.widgets.event_log import EventLog
from tui.widgets.filter_bar import FilterBar
from tui.widgets.text_pane import TextPane


def done_in_tests() -> set[str]:
    """The ids that stand in a call of `do` in any test of this folder."""
    found = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "do":
                found |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    return {each for each in found if isinstance(each, str)}


def test_every_action_is_done_in_a_test_and_no_other_is() -> None:
    assert done_in_tests() == {action.id for action in ACTIONS}


@pytest.fixture
def player(store: Store) -> RunPlayer:
    return RunPlayer(store).play_all()


def screen_of(pilot: object) -> object:
    return workbench(pilot).screen  # type: ignore[arg-type]


async def test_help_and_palette(store: Store, open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "app.help")
        assert isinstance(screen_of(pilot), HelpScreen)
        await do(pilot, "help.close")
        assert isinstance(screen_of(pilot), RunsScreen)
        await do(pilot, "app.command-palette")
        assert isinstance(screen_of(pilot), CommandPalette)


async def test_every_dialog_has_its_help(
    player: RunPlayer, store: Store, open_app: OpenApp
) -> None:
    keymap = Keymap()
    async with open_app((120, 60), run_id=player.run_id) as pilot:
        app = workbench(pilot)
        assert app.feed is not None
        dialogs: list[Dialog[Any]] = [
            ExportDialog(store, app.feed.state, [1], "c001"),
            WritingDialog(app.feed, "Remark", Content(""), Remark),
            LimitsDialog(app.feed),
            ErrorDialog("It broke", "for a reason"),
            BrowseDialog(Path.cwd()),
        ]
        for below in dialogs:
            app.push_screen(below)
            await settle(pilot)
            assert below.scope
            await do(pilot, "dialog.help")
            assert isinstance(screen_of(pilot), HelpScreen)
            text = " ".join(screen_text(pilot).replace("│", " ").split())
            assert SCOPES[below.scope] in text
            for action in keymap.actions(below.scope):
                assert action.help in text
            assert "Find an action by name" in text
            assert keymap.action("app.leave").help not in text  # q is no key of a dialog
            await do(pilot, "dialog.help")  # which closes it again
            assert screen_of(pilot) is below
            await press(pilot, "escape")


async def test_choosing_a_theme(store: Store, open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "app.change-theme")
        assert "Search for themes" in screen_text(pilot)


@pytest.mark.parametrize("action", ["leave", "quit"])
async def test_leaving_asks_what_becomes_of_a_live_run(
    store: Store, open_app: OpenApp, action: str
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            if action == "leave":
                await do(pilot, "app.leave")
            else:
                await do(pilot, "app.quit")
            assert isinstance(screen_of(pilot), ChoiceDialog)
            assert "Leave it running" in screen_text(pilot)
            await do(pilot, "dialog.cancel")
            assert isinstance(screen_of(pilot), DashboardScreen)


async def test_the_focus_goes_round(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        focused = [pilot.app.focused]
        for _ in range(3):
            await do(pilot, "screen.focus-next")
            focused.append(pilot.app.focused)
        assert len(set(focused)) == 4
        await do(pilot, "screen.focus-previous")
        assert pilot.app.focused is focused[-2]
        await do(pilot, "pane.left")
        assert pilot.app.focused is focused[-3]
        await do(pilot, "pane.right")
        assert pilot.app.focused is focused[-2]


async def test_what_the_mouse_marked_is_copied(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        screen = workbench(pilot).screen
        await press(pilot, "3")
        screen.text_select_all()
        await do(pilot, "screen.copy-text")
        assert "winner" in pilot.app.clipboard


async def test_the_runs(player: RunPlayer, store: Store, open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.export")
        assert isinstance(screen_of(pilot), ExportDialog)
        await do(pilot, "dialog.cancel", "runs.new")
        assert isinstance(screen_of(pilot), NewRunScreen)
        await do(pilot, "new.back", "runs.filter")
        assert isinstance(pilot.app.focused, Input)
        await press(pilot, *"zzz", "enter")
        assert "No run has these words." in screen_text(pilot)
        await do(pilot, "runs.clear")
        assert player.run_id in screen_text(pilot)
        await do(pilot, "runs.open")
        assert isinstance(screen_of(pilot), DashboardScreen)


async def test_steering_from_the_runs(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app() as pilot:
            await do(pilot, "runs.pause")
            await pilot.app.workers.wait_for_complete()
            assert [each.command.name for each in store.open_commands(player.run_id)] == ["pause"]
            await do(pilot, "runs.stop")
            assert "Stop the run?" in screen_text(pilot)


async def test_steering_from_the_screens_of_a_run(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)

    def asked() -> list[str]:
        return [each.command.name for each in store.open_commands(player.run_id)]

    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            await do(pilot, "dashboard.pause")
            await pilot.app.workers.wait_for_complete()
            assert asked() == ["pause"]
            await do(pilot, "dashboard.stop")
            assert isinstance(screen_of(pilot), ChoiceDialog)
            await do(pilot, "dialog.cancel", "dashboard.open", "candidate.pause")
            await pilot.app.workers.wait_for_complete()
            assert asked() == ["pause", "pause"]
            await do(pilot, "candidate.stop")
            assert "Stop the run?" in screen_text(pilot)


@pytest.mark.parametrize("place", ["runs", "dashboard"])
async def test_resuming_says_what_hinders_it(store: Store, open_app: OpenApp, place: str) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    async with open_app(run_id=player.run_id if place == "dashboard" else None) as pilot:
        if place == "runs":
            await do(pilot, "runs.resume")
        else:
            await do(pilot, "dashboard.resume")
        await pilot.app.workers.wait_for_complete()
        await settle(pilot)
        # The player's run has no configuration that an engine could start from.
        assert isinstance(screen_of(pilot), ErrorDialog)
        await do(pilot, "error.copy")
        assert pilot.app.clipboard
        await do(pilot, "error.close")
        assert not isinstance(screen_of(pilot), ErrorDialog)


async def test_the_demonstration_is_begun(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Begin] = []
    async with open_app() as pilot:
        monkeypatch.setattr(workbench(pilot), "begin_run", begun.append)
        await do(pilot, "runs.demo")
        assert begun[0]().task.source == "sentiment"


async def test_the_dashboard(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        await do(pilot, "dashboard.diff")
        assert screen.diff
        await do(pilot, "dashboard.sort")
        assert screen.sorting.order == "dev"
        before = screen.table.ids
        await do(pilot, "dashboard.reverse")
        assert screen.table.ids != before
        assert "by dev score ▴" in screen_text(pilot)
        await do(pilot, "dashboard.order")
        await press(pilot, "w")
        assert screen.sorting.order == "edits"
        await do(pilot, "dashboard.freeze")
        assert screen.frozen
        marked = screen.table.cursor
        await do(pilot, "dashboard.mark")
        assert list(screen.feed.marked) == [marked]
        await do(pilot, "dashboard.unmark")
        assert not screen.feed.marked
        await do(pilot, "list.down", "dashboard.best")
        assert not screen.frozen
        assert screen.table.cursor == player.kept[0]
        await do(pilot, "dashboard.copy")
        assert pilot.app.clipboard == screen.feed.state.candidates[player.kept[0]].text
        await do(pilot, "dashboard.export")
        assert isinstance(screen_of(pilot), ExportDialog)
        await do(pilot, "dialog.cancel", "dashboard.log")
        assert isinstance(screen_of(pilot), LogScreen)
        await do(pilot, "log.export")
        assert f"Export c{player.kept[0]:03d}" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "log.back", "dashboard.filter")
        await press(pilot, *"zzz")
        assert "No candidate is like" in screen_text(pilot)
        await do(pilot, "filter.clear")
        assert not screen.query_one(FilterBar).words
        await do(pilot, "dashboard.back")
        assert isinstance(screen_of(pilot), RunsScreen)


async def test_the_panes_of_the_dashboard(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        screen = workbench(pilot).screen
        await do(pilot, "dashboard.pane-1")
        assert pilot.app.focused is screen.query_one("#curve")
        await do(pilot, "dashboard.zoom")
        assert screen.maximized is screen.query_one("#curve")
        await do(pilot, "dashboard.zoom", "dashboard.pane-2")
        assert pilot.app.focused is screen.query_one("#candidates")
        await do(pilot, "dashboard.pane-3")
        assert pilot.app.focused is screen.query_one("#inspector")
        await do(pilot, "dashboard.pane-4")
        assert pilot.app.focused is screen.query_one("#events")


async def test_rows_of_a_list(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app((120, 20), run_id=player.run_id) as pilot:
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        table = screen.table
        await do(pilot, "list.last")
        assert table.place == len(table.ids) - 1
        await do(pilot, "list.up")
        assert table.place == len(table.ids) - 2
        await do(pilot, "list.first")
        assert table.place == 0
        await do(pilot, "list.down")
        assert table.place == 1
        await do(pilot, "list.page-down")
        assert (low := table.place) > 2
        await do(pilot, "list.page-up")
        assert table.place < low


async def test_lines_of_the_events(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.log")
        log = workbench(pilot).screen.query_one(EventLog)
        assert log.following
        await do(pilot, "list.up", "list.page-up")
        assert not log.following
        await do(pilot, "list.first")
        assert log.scroll_y == 0
        await do(pilot, "list.down")
        assert log.scroll_y == 1
        await do(pilot, "list.page-down", "list.last")
        assert log.following


async def test_lines_of_a_text(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app((120, 20), run_id=player.run_id) as pilot:
        pane = workbench(pilot).screen.query_one("#inspector", TextPane)
        await do(pilot, "dashboard.pane-3", "text.down", "text.down")
        assert pane.scroll_y == 2
        await do(pilot, "text.up")
        assert pane.scroll_y == 1
        await do(pilot, "text.last")
        assert pane.scroll_y == pane.max_scroll_y > 1
        await do(pilot, "text.first")
        assert pane.scroll_y == 0
        await do(pilot, "text.page-down")
        assert (down := pane.scroll_y) > 1
        await do(pilot, "text.page-up")
        assert pane.scroll_y < down


async def test_the_candidate(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.open")
        screen = workbench(pilot).screen
        assert isinstance(screen, CandidateScreen)
        first = screen.candidate_id
        await do(pilot, "candidate.next")
        assert screen.candidate_id != first
        await do(pilot, "candidate.previous")
        assert screen.candidate_id == first
        await do(pilot, "candidate.show")
        assert screen.showing == "wrong"
        await do(pilot, "candidate.split")
        assert screen.split == "test"
        await do(pilot, "candidate.copy")
        assert pilot.app.clipboard == screen.feed.state.candidates[first].text
        await do(pilot, "candidate.export")
        assert isinstance(screen_of(pilot), ExportDialog)
        await do(pilot, "dialog.cancel", "candidate.export-several")
        assert "on the front of score and length" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "candidate.filter")
        assert isinstance(pilot.app.focused, Input)
        await do(pilot, "filter.clear", "candidate.diff")
        assert pilot.app.focused is screen.query_one("#diff")
        for pane, name in (("1", "prompt"), ("2", "diff"), ("3", "examples"), ("4", "lineage")):
            await press(pilot, pane)
            assert pilot.app.focused is screen.query_one(f"#{name}")
        await do(pilot, "candidate.pane-4", "candidate.pane-1", "candidate.pane-2")
        assert pilot.app.focused is screen.query_one("#diff")
        await do(pilot, "candidate.pane-3", "candidate.open")
        assert isinstance(screen_of(pilot), ExampleScreen)
        await do(pilot, "example.back", "candidate.back")
        assert isinstance(screen_of(pilot), DashboardScreen)


async def test_the_example(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.open", "candidate.open")
        screen = workbench(pilot).screen
        assert isinstance(screen, ExampleScreen)
        first = screen.row.index
        await do(pilot, "example.next")
        assert screen.row.index != first
        await do(pilot, "example.previous")
        assert screen.row.index == first
        await do(pilot, "example.copy")
        assert pilot.app.clipboard == screen.row.prediction


async def test_fields_of_a_dialog(player: RunPlayer, open_app: OpenApp) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.export", "screen.focus-next")
        assert isinstance(pilot.app.focused, Input)
        await do(pilot, "dialog.before")
        assert not isinstance(pilot.app.focused, Input)
        await do(pilot, "screen.focus-previous", "dialog.next")
        assert not isinstance(pilot.app.focused, Input)
