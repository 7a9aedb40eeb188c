"""From a configuration to a winner, with the real engine in its own process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from promptopt.runs import control
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, enter_text, press, screen_text, settle, workbench
from tests.tui.terminal import SECONDS, Terminal
from tui.screens.dashboard import DashboardScreen

CONFIGURATION = """
seed = 3
[task]
source = "plurals"
seed_prompt = "Answer."
train = 10
dev = 20
test = 20
[task_model]
spec = "scripted:plural?delay={delay}"
concurrency = 4
[method]
name = "ape"
proposals = 6
subset = 4
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(CONFIGURATION.format(delay=0.01))
    return path


async def ticks_until(pilot: object, text: str) -> None:
    app = workbench(pilot)  # type: ignore[arg-type]
    for _ in range(int(SECONDS * 20)):
        await settle(pilot)  # type: ignore[arg-type]
        if text in screen_text(pilot):  # type: ignore[arg-type]
            return
        await pilot.pause(0.05)  # type: ignore[attr-defined]
    raise AssertionError(f"{text!r} did not come up:\n{screen_text(pilot)}\n{app.screen}")  # type: ignore[arg-type]


async def test_started_from_a_file_watched_to_its_end(
    store: Store, open_app: OpenApp, configuration: Path
) -> None:
    async with open_app() as pilot:
        await press(pilot, "n")
        await enter_text(pilot, "mine.toml")
        await press(pilot, "enter")
        await ticks_until(pilot, "at most 186 calls")
        await press(pilot, "ctrl+r")
        await ticks_until(pilot, "Start the run?")
        await press(pilot, "enter")
        await ticks_until(pilot, "✓ DONE")
        assert isinstance(pilot.app.screen, DashboardScreen)
        assert "final n=20" in screen_text(pilot)
    (run,) = store.runs()
    best = store.state(run.id).best
    assert best is not None
    assert best.test is not None


def test_the_engine_outlives_the_workbench(store: Store, configuration: Path) -> None:
    configuration.write_text(CONFIGURATION.format(delay=0.3))
    with Terminal(str(configuration)) as terminal:
        terminal.wait_for("RUNNING")
        # Not even the terminal's own death reaches the engine.
        os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait()
    (run,) = store.runs()
    assert control.is_alive(store, run.id)
    with Terminal(run.id) as terminal:
        terminal.wait_for("RUNNING")
        terminal.press("x")
        terminal.wait_for("Stop the run?")
        terminal.press("s")
        terminal.wait_for("STOPPED")
        terminal.press("q")
        assert terminal.end() == 0
    assert store.state(run.id).status == "stopped"
