"""Runs to take part in, for the tests that do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events as textual_events

from promptopt.runs import control
from promptopt.runs.config import config_from_dict
from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from tests.tui.conftest import screen_text, settle, workbench
from tests.workspace import PATIENCE, Workspace, wait_until
from tui.screens.dashboard import DashboardScreen
from tui.screens.writing import WritingDialog

MINE = "Give the plural form of each noun, and nothing else."


def at_work(workspace: Workspace, **changes: Any) -> str:
    """A run with an engine at work on it: short stages, and more of them than any test waits for.

    What a person asks for is soon taken in, and the search never ends in the midst of a test.
    """
    tables: dict[str, Any] = {
        "task": {"source": str(workspace.data), "train": 6, "dev": 6, "test": 10},
        "method": {"name": "gpo", "steps": 2_000, "candidates": 4, "momentum": "recency"},
        "task_model": {"spec": "scripted:plural?delay=0.05", "concurrency": 2},
    }
    store = workspace.store()
    run_id = control.start(store, config_from_dict(tables | changes, "the test"))
    wait_until(lambda: len(store.state(run_id).candidates) > 5)
    return run_id


def state_of(run_id: str) -> RunState:
    with Store() as store:
        return store.state(run_id)


async def until(pilot: Any, holds: Callable[[], object]) -> None:
    """Let time go by until something holds, and what follows from it is done and drawn."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain:\n{screen_text(pilot)}"
        await pilot.pause(0.02)
        await settle(pilot)
    await settle(pilot)


async def all_answered(pilot: Any) -> None:
    """Wait until everything that was asked of runs is answered, and each has taken its answer.

    What an answer changes is read from the store, perhaps before the answer itself arrives.
    """
    await until(pilot, lambda: not workbench(pilot)._asked)


async def write(pilot: Any, text: str) -> None:
    """Put a text in the place of what stands in the field."""
    screen = workbench(pilot).screen
    assert isinstance(screen, WritingDialog)
    screen.area.select_all()
    pilot.app.post_message(textual_events.Paste(text))
    await settle(pilot)
    await settle(pilot)


def dashboard(pilot: Any) -> DashboardScreen:
    (found,) = (each for each in pilot.app.screen_stack if isinstance(each, DashboardScreen))
    return found


def on_dashboard(pilot: Any) -> bool:
    return isinstance(pilot.app.screen, DashboardScreen)


def persons(state: RunState) -> list[Any]:
    return [each for each in state.candidates.values() if each.operation == "person"]


def editor(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Make a shell script the person's own editor."""
    script = folder / "editor.sh"
    script.write_text(f"#!/bin/sh\n{code}\n")
    script.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(script))
