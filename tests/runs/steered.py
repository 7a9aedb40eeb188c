"""Runs in this process that are steered at chosen calls, and runs that broke off in between."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel
from promptopt.runs import control
from promptopt.runs.commands import AnyCommand
from promptopt.runs.config import RunConfig
from promptopt.runs.engine import AGAIN, Engine
from promptopt.runs.events import Answer
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

Plan = Mapping[int, Sequence[AnyCommand]]
"""Number of a call, from 1, to what a person asks for while it is under way."""


async def carry_out(
    store: Store,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
    plan: Plan | None = None,
    in_stage: Plan | None = None,
) -> str:
    """Carry a run out in this process; returns the status that it ended with.

    `in_stage` is like the plan, by how many stages were begun at the time; there must be scores.
    """
    left = dict(in_stage or {})
    engine = Engine(store, run_id)
    calls = 0
    complete = ScriptedModel.complete

    async def asked(self: ScriptedModel, request: Request) -> Response:
        nonlocal calls
        calls += 1
        ready = has_scores(engine._journal.state)
        begun = left.pop(engine._journal.stages, ()) if ready else ()
        for command in (*(plan or {}).get(calls, ()), *begun):
            # What `Steering.listen` does, at this instant.
            number = store.send_command(run_id, command)
            engine._steering._take(command, number)
            store.take_commands(run_id, number)
        return await complete(self, request)

    with monkeypatch.context() as patched:
        patched.setattr(ScriptedModel, "complete", asked)
        while (status := await engine.run()) == AGAIN:
            engine = Engine(store, run_id, again=True)
        return status


async def steered(
    store: Store,
    config: RunConfig,
    monkeypatch: pytest.MonkeyPatch,
    plan: Plan,
    in_stage: Plan | None = None,
) -> str:
    """Make a run and carry it out while a person steers it; returns its id."""
    run_id = control.create(store, config)
    await carry_out(store, run_id, monkeypatch, plan, in_stage)
    return run_id


def has_scores(state: RunState) -> bool:
    """Whether some candidates are there and one of them was scored."""
    return len(state.candidates) > 3 and any(each.dev for each in state.candidates.values())


def answers(store: Store, run_id: str) -> list[Answer]:
    """What was answered to the person, in order."""
    found = (stored.event for stored in store.events(run_id))
    return [event for event in found if isinstance(event, Answer)]


def broken_off(store: Store, run_id: str, folder: Path, seq: int, responses: int) -> Store:
    """The store as an engine that was killed would have left it.

    Args:
        seq: the last event that was written.
        responses: how many replies were.
    """
    path = Path(tempfile.mkdtemp(dir=folder)) / "promptopt.db"
    with sqlite3.connect(path) as copy:
        store._db.backup(copy)
        copy.execute("DELETE FROM predictions")
        copy.execute("DELETE FROM events WHERE run_id != ? OR seq > ?", (run_id, seq))
        copy.execute(
            "DELETE FROM responses WHERE id NOT IN "
            "(SELECT id FROM responses WHERE run_id = ? ORDER BY id LIMIT ?)",
            (run_id, responses),
        )
        copy.execute("UPDATE spent SET calls = ?", (responses,))
    copy.close()
    return Store(path)


def last_answer(store: Store, run_id: str) -> int:
    """The number of the last event that answers a person; 0 for none."""
    numbers = [each.seq for each in store.events(run_id) if isinstance(each.event, Answer)]
    return numbers[-1] if numbers else 0


def came_to(store: Store, run_id: str) -> dict[str, Any]:
    """What must not depend on when a run was interrupted, in a form that shows where it does."""
    state = store.state(run_id)
    return {
        "status": state.status,
        "candidates": [
            (each.text, each.operation, each.step) for each in state.candidates.values()
        ],
        "scores": {
            each.id: (each.dev, each.test, each.status) for each in state.candidates.values()
        },
        "winner": state.winner,
        "told": [each.event for each in store.events(run_id) if each.event.replayed],
        "predictions": [
            store.predictions(run_id, candidate, split)
            for candidate in state.candidates
            for split in ("dev", "test")
        ],
    }
