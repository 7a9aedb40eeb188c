"""From a configuration to a winner, with the real engine in its own process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from promptopt.runs import control
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, enter_text, press, screen_text
from tests.tui.new_run_form import known
from tests.tui.taking_part import until
from tests.tui.terminal import Terminal
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


async def test_started_from_a_file_watched_to_its_end(
    store: Store, open_app: OpenApp, configuration: Path
) -> None:
    async with open_app() as pilot:
        await press(pilot, "n")
        await enter_text(pilot, "mine.toml")
        await press(pilot, "enter")
        await until(pilot, lambda: "at most 186 calls" in screen_text(pilot))
        await known(pilot)
        await press(pilot, "ctrl+r")
        await until(pilot, lambda: "Start the run?" in screen_text(pilot))
        await press(pilot, "enter")
        await until(pilot, lambda: "✓ DONE" in screen_text(pilot))
        assert isinstance(pilot.app.screen, DashboardScreen)
        assert "final n=20" in screen_text(pilot)
    (run,) = store.runs()
    best = store.state(run.id).best
    assert best is not None
    assert best.test is not None


def test_the_engine_outlives_the_workbench(store: Store, configuration: Path) -> None:
    # Long enough to be found at work by a second workbench, however busy the machine is.
    configuration.write_text(CONFIGURATION.format(delay=2))
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
