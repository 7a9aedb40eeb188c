"""An engine that kills itself before one of the statements that it sends to SQLite.

It is carried out in a process that was forked from one with everything imported already.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from promptopt.runs import engine, engine_process, schema
from promptopt.runs.commands import AnyCommand
from promptopt.runs.journal import EngineJournal

STEERED_STAGE = 3

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

PRELOAD = [
    "tests.runs.killed_engine",
    "tests.runs.outcomes",
    "tests.workspace",
    "promptopt.llm.openai_compatible",
    "promptopt.methods.gpo",
    "promptopt.methods.ape",
    "openai",
    "aiohttp",
]
"""What an engine imports, for the process that engines are forked from."""


def carry_out(
    store: str, run_id: str, last: int, steering: Sequence[AnyCommand], told: Connection
) -> None:
    """Be the engine of a run.

    Args:
        last: the number of the statement before which the engine dies; 0 for none.
        steering: what a person asks of the run as its third stage begins.
        told: is sent the numbers of the statements after which something more is on disk, if the
            engine lives.
    """
    # As a new process would have it, whatever the one that it is forked from was told to ignore.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    count = 0
    boundaries: list[int] = []
    connect = schema.connect

    def traced(path: Path, **options: Any) -> sqlite3.Connection:
        connection = connect(path, **options)

        def trace(statement: str) -> None:
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
            alone = statement.startswith(WRITES) and not connection.in_transaction
            if alone or statement.startswith("COMMIT"):
                boundaries.append(count)

        connection.set_trace_callback(trace)
        return connection

    schema.connect = traced
    if steering:
        _steer(steering)
    status = engine_process.main([store, run_id])
    told.send(boundaries)
    sys.exit(status)


def _steer(steering: Sequence[AnyCommand]) -> None:
    """Let a person ask for something at one instant of the search, in whatever engine that is."""
    engines: list[engine.Engine] = []
    begin, stage_started = engine.Engine.__init__, EngineJournal.stage_started

    def begun(self: engine.Engine, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        engines.append(self)

    def started(self: EngineJournal, stage: str, step: int, calls: int) -> None:
        stage_started(self, stage, step, calls)
        if self.stages != STEERED_STAGE or self.state.orders:
            return
        (here,) = engines
        store = here._store
        store.begin()  # with the stage's beginning, in one transaction
        for command in steering:
            number = store.send_command(self._run_id, command)
            here._steering._take(command, number)
            store.take_commands(self._run_id, number)

    engine.Engine.__init__ = begun  # type: ignore[assignment]
    EngineJournal.stage_started = started  # type: ignore[method-assign]
