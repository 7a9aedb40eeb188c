"""Brings a scene on: the workbench as a snapshot shows it, with everything that would be another
thing each time or elsewhere held still.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from promptopt.runs.store import Store
from tests.tui.conftest import press, settle, workbench
from tests.tui.scenes import Scene, Stage
from tests.tui.snapshot import Look, look_of
from tui.app import WorkbenchApp
from tui.screens.new_run import NewRunScreen

FOLDER_SHOWN = "snapshot"
"""What stands in place of the part of a folder's name that is another one each time."""

LOOKS_UNTIL_IT_STANDS = 60
LOOKS_ALIKE = 4
"""So many in a row, and nothing moves any more."""


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A folder whose name has always the same length, and a clock that stands still."""
    folder = Path(tempfile.mkdtemp(prefix="promptopt-", dir="/tmp"))
    (folder / "work").mkdir()
    monkeypatch.setenv("PROMPTOPT_HOME", str(folder))
    monkeypatch.setenv("PROMPTOPT_MODELS", str(folder))
    for name in [each for each in os.environ if each.startswith("OPENAI_")] + ["NO_COLOR"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.chdir(folder / "work")
    with Store() as store:
        stage = Stage(store, folder)
        monkeypatch.setattr(time, "time", lambda: stage.now)
        yield stage
    shutil.rmtree(folder)
    monkeypatch.undo()
    time.tzset()


@asynccontextmanager
async def shown(
    scene: Scene, stage: Stage, size: tuple[int, int], theme: str
) -> AsyncIterator[Pilot[None]]:
    """The workbench where the scene leads."""
    scene.set_up(stage)
    stage.now += 3
    with scene.engine(stage.store), Store() as store:
        app = WorkbenchApp(store, run_id=scene.run)
        app.theme = theme
        app.animation_level = "none"
        async with app.run_test(size=size, notifications=True) as pilot:
            await settle(pilot)
            if scene.opened is not None:
                app.push_screen(scene.opened(app))
                await at_rest(pilot)
            for key in scene.keys:
                await press(pilot, key)
                if scene.opened is not None:
                    # Under a dialog a screen stays as it was drawn last: that has to be all of it.
                    await at_rest(pilot)
            await at_rest(pilot)
            assert isinstance(app.screen, scene.screen)
            yield pilot


async def at_rest(pilot: Pilot[None]) -> None:
    """Wait for what the workbench does in threads."""
    await settle(pilot)
    await pilot.app.workers.wait_for_complete()
    for screen in pilot.app.screen_stack:
        while isinstance(screen, NewRunScreen) and screen.forecaster.busy:
            await pilot.pause(0.005)
    await stands_still(pilot)


async def stands_still(pilot: Pilot[None]) -> Look:
    """Wait until a screen is drawn whole: what is laid out anew is drawn a moment later."""
    looks: list[Look] = []
    await settle(pilot)
    for text in workbench(pilot).screen.query(Static):
        # In a process that has run for long, Textual now and then keeps the height of a text that
        # was replaced right after the screen was made.
        text.refresh(layout=True)
    for _ in range(LOOKS_UNTIL_IT_STANDS):
        await settle(pilot)
        _stop_blinking(pilot)
        looks.append(look_of(workbench(pilot)))
        if looks[-LOOKS_ALIKE:] == [looks[-1]] * LOOKS_ALIKE:
            return looks[-1]
    raise AssertionError("the screen does not stand still")


def _stop_blinking(pilot: Pilot[None]) -> None:
    """A cursor that blinks on a busy machine looks otherwise each time."""
    screen = workbench(pilot).screen
    for field in (*screen.query(Input), *screen.query(TextArea)):
        if field.cursor_blink:
            field.cursor_blink = False


async def look(pilot: Pilot[None], folder: Path) -> Look:
    """How it looks once nothing moves any more."""
    app = workbench(pilot)
    app.clear_notifications()
    now = await stands_still(pilot)
    below = app.screen_stack[-2] if len(app.screen_stack) > 1 else None
    if app.screen.is_modal and isinstance(below, NewRunScreen):
        # How far that was drawn when the dialog came is chance: a form is drawn part by part.
        now = _part(now, app.screen.query_one("#dialog").region)
    return Look(_without_chance(now.lines, folder), now.styles)


def _part(whole: Look, box: Region) -> Look:
    """What stands in a box, where every character takes one cell."""
    rows, columns = slice(box.y, box.bottom), slice(box.x, box.right)
    return Look(
        tuple(line.ljust(box.right)[columns] for line in whole.lines[rows]),
        tuple(row[columns] for row in whole.styles[rows]),
    )


def _without_chance(lines: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """The lines with a fixed name in place of the folder's, also where it is cut off."""
    chance = folder.name.removeprefix("promptopt-")
    assert len(chance) == len(FOLDER_SHOWN)
    for length in range(len(chance), 0, -1):
        lines = tuple(
            line.replace(f"promptopt-{chance[:length]}", f"promptopt-{FOLDER_SHOWN[:length]}")
            for line in lines
        )
    return lines
