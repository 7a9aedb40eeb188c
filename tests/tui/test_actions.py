"""The one list of actions, and everything that is drawn from it."""

from __future__ import annotations

import inspect
import re

import pytest
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from tests.tui.conftest import OpenApp, press, screen_text, workbench
from tests.tui.run_player import RunPlayer
from tests.tui.taking_part import until
from tui.actions import ACTIONS, SCOPES, Action, actions
from tui.app import WorkbenchApp
from tui.keymap import Keymap
from tui.palette import ActionsProvider
from tui.screens.browse import BrowseDialog
from tui.screens.candidate import CandidateScreen
from tui.screens.compare import CompareScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import Dialog
from tui.screens.error import ErrorDialog
from tui.screens.example import ExampleScreen
from tui.screens.export import ExportDialog
from tui.screens.help import HelpScreen, help_content
from tui.screens.limits import LimitsDialog
from tui.screens.live_screen import LiveScreen
from tui.screens.log import LogScreen
from tui.screens.new_run import NewRunScreen
from tui.screens.runs import RunsScreen
from tui.screens.writing import WritingDialog
from tui.widgets.event_log import EventLog
from tui.widgets.filter_bar import FilterBar
from tui.widgets.line_table import LineTable
from tui.widgets.score_chart import ScoreChart
from tui.widgets.text_pane import TextPane

HANDLERS: dict[str, list[type]] = {
    "app": [WorkbenchApp],
    "screen": [LiveScreen, Dialog],
    "runs": [RunsScreen],
    "new": [NewRunScreen],
    "dashboard": [DashboardScreen],
    "candidate": [CandidateScreen],
    "compare": [CompareScreen],
    "example": [ExampleScreen],
    "log": [LogScreen],
    "list": [LineTable, EventLog],
    "text": [TextPane],
    "pane": [LineTable, EventLog, TextPane, ScoreChart],
    "dialog": [Dialog],
    "help": [HelpScreen],
    "filter": [FilterBar],
    "error": [ErrorDialog],
    "export": [ExportDialog],
    "browse": [BrowseDialog],
    "writing": [WritingDialog],
    "limits": [LimitsDialog],
}

# Keys that the design promises, by scope.
PROMISED = {
    "app": "question_mark ctrl+q q ctrl+p",
    "dashboard": "p x enter escape d e s slash space 1 2 3 4",
    "candidate": "p x enter escape d e slash 1 2 3 4",
    "runs": "p x enter e slash n R D",
    "new": "enter escape ctrl+r ctrl+s ctrl+o f4",
    "list": "j k g G",
    "text": "j k g G",
    "pane": "h l",
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_a_handler_and_says_what_it_does(action: Action) -> None:
    name = action.handler.partition("(")[0]
    for owner in HANDLERS[action.scope]:
        handler = getattr(owner, f"action_{name}", None)
        assert callable(handler), f"{owner.__name__} has no action_{name}"
    assert action.label
    assert action.help
    assert re.fullmatch(r"[a-z]+: .+", action.palette)
    assert action.shown_key


def test_ids_are_unique_and_scopes_are_known() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    assert {action.scope for action in ACTIONS} == set(SCOPES) == set(HANDLERS)


@pytest.mark.parametrize("scope", SCOPES)
def test_no_key_means_two_things_in_one_scope(scope: str) -> None:
    keys = [key for action in actions(scope) for key in action.keys.split(",")]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("scope", "keys"), PROMISED.items())
def test_promised_keys_are_bound(scope: str, keys: str) -> None:
    bound = {key for action in actions(scope) for key in action.keys.split(",")}
    assert set(keys.split()) <= bound


@pytest.mark.parametrize(
    "owner", [owner for owners in HANDLERS.values() for owner in owners], ids=lambda o: o.__name__
)
def test_every_binding_has_an_id_of_the_list(owner: type) -> None:
    known = {action.id for action in ACTIONS}
    assert issubclass(owner, Widget | Screen | WorkbenchApp)
    merged = owner._merge_bindings()
    found = [binding for each in merged.key_to_bindings.values() for binding in each]
    assert found
    for binding in found:
        assert isinstance(binding, Binding)
        assert binding.id in known, f"{binding.key} of {owner.__name__}"


def test_handlers_that_nothing_leads_to_do_not_exist() -> None:
    for scope, owners in HANDLERS.items():
        if scope in ("app", "screen"):
            continue
        for owner in owners:
            own = {
                name.removeprefix("action_")
                for name, _ in inspect.getmembers(owner, inspect.isfunction)
                if name.startswith("action_") and name in vars(owner)
            }
            known = {action.handler.partition("(")[0] for action in ACTIONS}
            assert own <= known


def test_help_lists_every_key_of_its_scopes() -> None:
    text = help_content(list(SCOPES), 100, Keymap()).plain
    flat = " ".join(text.split())
    for action in ACTIONS:
        assert f" {action.shown_keys} " in text
        assert action.help in flat


async def test_help_opens_on_the_keys_of_the_screen(store: object, open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await press(pilot, "question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        text = screen_text(pilot)
        assert "Runs" in text
        assert "Start the demonstration" in text
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, RunsScreen)


async def test_palette_offers_what_can_be_done_now(store: object, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()  # type: ignore[arg-type]
    async with open_app(run_id=player.run_id) as pilot:
        provider = ActionsProvider(pilot.app.screen)
        offered = [hit.text async for hit in provider.discover()]
        assert "candidate: open" in offered
        assert "app: quit" in offered
        # The run is done: nothing can be paused, stopped or resumed.
        assert not [text for text in offered if text and "run: pause" in text]
        found = [hit.text async for hit in provider.search("prompt or diff")]
        assert "candidate: prompt or diff" in [str(text) for text in found]


async def test_palette_runs_an_action(store: object, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()  # type: ignore[arg-type]
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "ctrl+p")
        await press(pilot, *"freeze")
        await until(pilot, lambda: "candidates: freeze the table" in screen_text(pilot))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        await until(pilot, lambda: screen.frozen)
