"""The form for a new run, for the tests that fill it in."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import enter_text, settle
from tui.screens.new_run import NewRunScreen
from tui.widgets.form import FieldInput

PATIENCE = 2_000
"""How often the app is let settle for something that should happen."""


def form_of(pilot: Pilot[None]) -> NewRunScreen:
    screen = next(each for each in pilot.app.screen_stack if isinstance(each, NewRunScreen))
    assert isinstance(screen, NewRunScreen)
    return screen


async def known(pilot: Pilot[None]) -> NewRunScreen:
    """Wait until the estimate of what the form says now is there."""
    screen = form_of(pilot)
    for _ in range(PATIENCE):
        await pilot.pause(0.005)
        if not screen.forecaster.busy:
            break
    assert not screen.forecaster.busy, "no estimate comes"
    await settle(pilot)
    return screen


async def shown_after(pilot: Pilot[None], kind: type) -> None:
    """Wait until a screen of this kind is on top, and drawn."""
    for _ in range(PATIENCE):
        await pilot.pause(0.005)
        if isinstance(pilot.app.screen, kind):
            await settle(pilot)
            return
    raise AssertionError(f"{kind.__name__} does not come, but {pilot.app.screen}")


def field(pilot: Pilot[None], path: str) -> FieldInput:
    return next(each for each in form_of(pilot).query(FieldInput) if each.field.path == path)


async def fill(pilot: Pilot[None], path: str, text: str) -> None:
    """Type into a field what is to stand there."""
    entry = field(pilot, path)
    entry.focus()
    await pilot.pause()
    entry.value = ""
    await settle(pilot)
    if text:
        await enter_text(pilot, text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sixty rows, with two columns that could be asked for and two that are no words known."""
    path = tmp_path / "words.csv"
    with path.open("w", newline="") as file:
        rows = ([f"word{n}", f"words{n}", f"mot{n}"] for n in range(60))
        csv.writer(file).writerows([("noun", "plural", "french"), *rows])
    return path
