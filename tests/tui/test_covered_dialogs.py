"""Answers that come when another screen lies over what asked, or when that is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.content import Content
from textual.widgets import Input

from promptopt.errors import InputError
from promptopt.runs import control
from promptopt.runs import events as ev
from promptopt.runs.deletion import delete
from promptopt.runs.limits_now import LimitNow, LimitsNow
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, do, ended, press, screen_text, settle, workbench
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.taking_part import (
    MINE,
    all_answered,
    dashboard,
    editor,
    on_dashboard,
    until,
    write,
)
from tui.screens import limits
from tui.screens.dialog import Choice, ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.limits import LimitsDialog
from tui.screens.runs import RunsScreen
from tui.screens.writing import WritingDialog


@pytest.fixture
def player(store: Store) -> Iterator[RunPlayer]:
    """A run with an engine that answers when it is told to."""
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        yield player


def answer(player: RunPlayer, event: Callable[[int], ev.Event]) -> None:
    """Answer all that was asked, each with the event for its number."""
    for command in player.store.open_commands(player.run_id):
        player.store.take_commands(player.run_id, command.id)
        player.write(event(command.id))


async def asked(pilot: Any, player: RunPlayer, count: int = 1) -> None:
    await until(pilot, lambda: len(player.store.open_commands(player.run_id)) == count)


def offered(number: int) -> ev.Event:
    return ev.CandidateOffered(MINE, 5, command=number)


def refused(number: int) -> ev.Event:
    return ev.CommandRefused("add", "it is there already", command=number)


async def test_a_candidate_is_taken_while_the_palette_is_open(
    player: RunPlayer, open_app: OpenApp
) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.add")
        await write(pilot, MINE)
        await do(pilot, "writing.send")
        await press(pilot, "ctrl+p")
        await asked(pilot, player)
        answer(player, offered)
        await all_answered(pilot)
        assert isinstance(pilot.app.screen, CommandPalette)
        await press(pilot, "escape")
        await until(pilot, lambda: on_dashboard(pilot))
        assert not workbench(pilot).drafts
        await do(pilot, "dashboard.add")
        screen = pilot.app.screen
        assert isinstance(screen, WritingDialog)
        assert screen.area.text == ""
        await do(pilot, "dialog.cancel", "dashboard.back")
        assert isinstance(pilot.app.screen, RunsScreen)


async def test_a_candidate_is_refused_while_the_palette_is_open(
    player: RunPlayer, open_app: OpenApp
) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.add")
        await write(pilot, MINE)
        await do(pilot, "writing.send")
        await press(pilot, "ctrl+p")
        await asked(pilot, player)
        answer(player, refused)
        await all_answered(pilot)
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, WritingDialog))
        screen = pilot.app.screen
        assert isinstance(screen, WritingDialog)
        assert "it is there already" in screen_text(pilot)
        assert not screen.area.read_only


async def test_limits_are_taken_while_the_palette_is_open(
    player: RunPlayer, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("max_calls", "max_tokens", "max_usd")
    now = LimitsNow({name: LimitNow(100, 5, 10) for name in names}, 4)
    monkeypatch.setattr(limits, "limits_now", lambda *_: now)
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.limits")
        screen = pilot.app.screen
        assert isinstance(screen, LimitsDialog)
        await until(pilot, lambda: screen.query(Input).first().value == "100")
        screen.query(Input).first().value = "200"
        await do(pilot, "limits.apply")
        await press(pilot, "ctrl+p")
        await asked(pilot, player)
        answer(player, lambda number: ev.LimitChanged("max_calls", 200, 3, command=number))
        await all_answered(pilot)
        assert isinstance(pilot.app.screen, CommandPalette)
        await press(pilot, "escape")
        await until(pilot, lambda: on_dashboard(pilot))
        await do(pilot, "dashboard.back")
        assert isinstance(pilot.app.screen, RunsScreen)


@pytest.mark.parametrize("over", ["ctrl+p", "ctrl+q"])
async def test_a_run_cannot_be_resumed_and_something_lies_over_it(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, over: str
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    goes_on = threading.Event()

    def resume(*_: object) -> None:
        goes_on.wait(20)
        raise InputError("the model is not there")

    monkeypatch.setattr(control, "resume", resume)
    async with open_app(run_id=player.run_id) as pilot:
        monkeypatch.setattr(type(pilot.app), "form_unsaved", True)  # so that quitting asks
        await do(pilot, "dashboard.resume")
        await press(pilot, over)
        above = pilot.app.screen
        assert isinstance(above, CommandPalette if over == "ctrl+p" else ChoiceDialog)
        goes_on.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorDialog))
        assert "the model is not there" in screen_text(pilot)
        await do(pilot, "error.close")
        assert pilot.app.screen is above
        await press(pilot, "escape")
        await until(pilot, lambda: on_dashboard(pilot))
        assert workbench(pilot).under_way is None


async def test_a_dialog_that_is_closed_twice_takes_no_other_along(
    player: RunPlayer, open_app: OpenApp
) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        answers: list[str | None] = []
        dialog = ChoiceDialog(
            "Go?", Content(""), [Choice("y", "yes", "Yes"), Choice("n", "no", "No")]
        )
        pilot.app.push_screen(dialog, answers.append)
        await settle(pilot)
        assert dialog.is_open
        dialog.dismiss("yes")
        assert not dialog.is_open
        dialog.dismiss("no")
        await settle(pilot)
        assert answers == ["yes"]
        assert on_dashboard(pilot)


async def test_the_same_is_asked_in_two_views_of_a_run(
    player: RunPlayer, open_app: OpenApp
) -> None:
    async with open_app(run_id=player.run_id) as pilot:
        app = workbench(pilot)
        feeds = []
        for _ in range(2):
            app.show_run(player.run_id)
            await settle(pilot)
            feeds.append(dashboard(pilot).feed)
            dashboard(pilot).table.move_to(3, by_hand=True)
            await do(pilot, "dashboard.mark")
        await asked(pilot, player, 2)
        text = player.prompts[3]
        answer(player, lambda number: ev.CandidateMarked(3, text, command=number))
        await all_answered(pilot)
        for feed in feeds:
            feed.poll()
            assert not feed.asked_here.commands
        assert list(feeds[1].marked) == [3]


# Written in an editor


async def test_it_is_refused_after_the_run_was_left(
    player: RunPlayer, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, f'printf "%s" "{MINE}" >> "$1"')
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.add-editor", "dashboard.back")
        assert isinstance(pilot.app.screen, RunsScreen)
        await asked(pilot, player)
        answer(player, refused)
        await all_answered(pilot)
        await until(pilot, lambda: "it is there already" in " ".join(screen_text(pilot).split()))
        assert isinstance(pilot.app.screen, RunsScreen)
        await do(pilot, "runs.open", "dashboard.add")
        screen = pilot.app.screen
        assert isinstance(screen, WritingDialog)
        assert screen.area.text == MINE
        assert "written before and not sent" in screen_text(pilot)
        await do(pilot, "dialog.cancel")
        editor(tmp_path, monkeypatch, 'printf " And well." >> "$1"')
        await do(pilot, "dashboard.add-editor")  # goes on from there
        await asked(pilot, player)
        (sent,) = player.store.open_commands(player.run_id)
        assert getattr(sent.command, "text", "") == f"{MINE} And well."
        answer(player, lambda number: ev.CandidateOffered("…", 5, command=number))
        await all_answered(pilot)
        assert not workbench(pilot).drafts


async def test_it_is_answered_while_something_else_is_typed(
    player: RunPlayer, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, f'printf "%s" "{MINE}" >> "$1"')
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.add-editor", "dashboard.remark-run")
        typed = pilot.app.screen
        await asked(pilot, player)
        answer(player, refused)
        await all_answered(pilot)
        assert pilot.app.screen is typed
        assert MINE in workbench(pilot).drafts.values()


# Closing the workbench


async def test_the_workbench_does_not_wait_for_what_takes_long(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    goes_on = threading.Event()
    monkeypatch.setattr(control, "resume", lambda *_: goes_on.wait(60))
    try:
        async with open_app(run_id=player.run_id) as pilot:
            await do(pilot, "dashboard.resume")
            await press(pilot, "ctrl+q")
        # As `asyncio.run` does at its end.
        async with asyncio.timeout(20):
            await asyncio.get_running_loop().shutdown_default_executor()
        assert workbench(pilot).under_way is not None
    finally:
        goes_on.set()


async def test_quitting_asks_for_what_is_written_and_not_sent(
    player: RunPlayer, store: Store, open_app: OpenApp
) -> None:
    other = RunPlayer(store, "other").play_until(ev.StageFinished, 2)
    async with open_app(run_id=other.run_id) as pilot:
        await do(pilot, "dashboard.add")
        await write(pilot, MINE)
        for lies_open in (True, False):
            await press(pilot, "ctrl+q")
            assert "What you wrote for other is not sent" in screen_text(pilot)
            await press(pilot, "escape")
            if lies_open:
                await do(pilot, "dialog.cancel")
        workbench(pilot).show_run(player.run_id)
        await settle(pilot)
        await do(pilot, "app.quit")
        assert "Leave it running" in screen_text(pilot)
        assert "What you wrote for other is not sent" in screen_text(pilot)
        await press(pilot, "escape")
        workbench(pilot).show_run(other.run_id)
        await settle(pilot)
        await do(pilot, "dashboard.add")
        await write(pilot, " ")
        await do(pilot, "dialog.cancel")
        await press(pilot, "ctrl+q")
        await ended(pilot)


async def test_what_is_written_while_its_run_is_deleted_is_on_the_clipboard(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.add")
        await write(pilot, "Kept for another time.")
        await do(pilot, "dialog.cancel", "dashboard.add")
        await write(pilot, MINE)
        delete(store, player.run_id)
        dashboard(pilot).feed.check_liveness_soon()
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen))
        assert pilot.app.clipboard == MINE
        assert not workbench(pilot).unsent_runs()
