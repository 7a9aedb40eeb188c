"""The workbench over a real store, and what its screen says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import ScreenStackError
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from promptopt.results.visible import visible
from promptopt.runs.store import Store
from tests.workspace import PATIENCE
from tui.app import WorkbenchApp

WIDE = (120, 36)
NARROW = (80, 24)
SIZES = [pytest.param(WIDE, id="120x36"), pytest.param(NARROW, id="80x24")]

LONGEST_CHAIN = 60
"""Turns of the loop in which a message has surely been passed up, and what it led to as well."""

OpenApp = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("PROMPTOPT_HOME", str(folder))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    # A notice stays for whoever looks, however long a busy machine takes to get there.
    monkeypatch.setattr(WorkbenchApp, "NOTIFICATION_TIMEOUT", 3_600.0)


@pytest.fixture
def store(_own_home: None) -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def open_app() -> OpenApp:
    """Opens the app on its own connection to the store, as a process of its own would."""

    @asynccontextmanager
    async def opened(size: tuple[int, int] = WIDE, **options: Any) -> AsyncIterator[Pilot[None]]:
        with Store() as store:
            app = WorkbenchApp(store, **options)
            async with app.run_test(size=size, notifications=True) as pilot:
                await settle(pilot)
                yield pilot
                if app.is_running:
                    assert_nothing_steers(*app.screen_stack)

    return opened


async def settle(pilot: Pilot[None]) -> None:
    """Let a tick go by, without waiting for its time, and everything that follows from it."""
    await pilot.pause()
    await _all_is_done(pilot)
    await _tick(pilot)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other and let the app settle."""
    for key in keys:
        await pilot.press(key)
        await _all_is_done(pilot)
    await _tick(pilot)


async def ended(pilot: Pilot[None]) -> None:
    """Wait until the workbench is closed, which was asked for."""
    deadline = time.monotonic() + PATIENCE
    while pilot.app.is_running:
        assert time.monotonic() < deadline, f"it is not closed:\n{screen_text(pilot)}"
        await asyncio.sleep(0.005)


async def _tick(pilot: Pilot[None]) -> None:
    workbench(pilot)._tick()
    await pilot.pause()
    await _all_is_done(pilot)
    _look_at_the_top(pilot)


async def _all_is_done(pilot: Pilot[None]) -> None:
    """Wait until all that comes of the keys so far has been done and is drawn.

    Textual's own waiting takes a process for idle that is given no time by a busy machine.
    """
    app = workbench(pilot)
    deadline = time.monotonic() + PATIENCE
    while True:
        for _ in range(LONGEST_CHAIN):
            await asyncio.sleep(0)
        if not app.is_running or not (app._typed or app._at_work or _is_to_be_drawn(app)):
            return
        assert time.monotonic() < deadline, f"it does not come to rest:\n{screen_text(pilot)}"
        await asyncio.sleep(0.001)


def _is_to_be_drawn(app: WorkbenchApp) -> bool:
    """Whether the screen on top has something to lay out, to draw, or to do after that."""
    with contextlib.suppress(ScreenStackError):
        screen = app.screen
        wanted = screen._layout_required, screen._scroll_required, screen._repaint_required
        return any(wanted) or bool(screen._dirty_widgets or screen._callbacks)
    return False


async def enter_text(pilot: Pilot[None], text: str) -> None:
    """Paste a text into the field that has the focus: quicker than key by key."""
    field = pilot.app.screen.focused
    assert isinstance(field, Input)
    field.post_message(events.Paste(text))
    await settle(pilot)


def workbench(pilot: Pilot[None]) -> WorkbenchApp:
    app = pilot.app
    assert isinstance(app, WorkbenchApp)
    return app


def assert_nothing_steers(*screens: Screen[Any]) -> None:
    """Whatever a test is about: no character on a screen steers a terminal or hides on it."""
    for screen in screens:
        for strip in screen._compositor.render_strips():
            assert visible(strip.text) == strip.text, (screen, strip.text)


def _look_at_the_top(pilot: Pilot[None]) -> None:
    if pilot.app.is_running:
        assert_nothing_steers(pilot.app.screen)


def screen_lines(pilot: Pilot[None]) -> list[str]:
    """What stands on the screen, line by line."""
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


def screen_text(pilot: Pilot[None]) -> str:
    return "\n".join(screen_lines(pilot))


async def do(pilot: Pilot[None], *action_ids: str) -> None:
    """Press the first key of each action, which must lead to that action here and now."""
    for action_id in action_ids:
        key = workbench(pilot).keymap.action(action_id).keys.partition(",")[0]
        # What has no id is Textual's own and lets a key through that it has no use for.
        ids = [
            binding.id
            for _, bindings in pilot.app.screen._modal_binding_chain
            for binding in bindings.key_to_bindings.get(key, [])
            if binding.id is not None
        ]
        assert ids[:1] == [action_id], f"{key} is {ids} on {pilot.app.screen}, not {action_id}"
        await press(pilot, key)
