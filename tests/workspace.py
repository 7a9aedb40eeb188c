"""A folder of its own for a test that runs engines: data, store, commands, and their end."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from promptopt.llm.scripted import pluralise
from promptopt.runs import control
from promptopt.runs.config import RunConfig, config_from_dict
from promptopt.runs.events import EngineStarted
from promptopt.runs.store import Store, StoredEvent

_nouns = (
    "cat dog bus fox box city baby lamp tree book dish church boy key toy party story table "
    "chair river road stone cloud flower bird horse apple orange lemon grape plate glass spoon "
    "fork cup bottle window door wall floor garden house street park bridge train car ship "
    "plane bike"
)
NOUNS = _nouns.split()

# Whoever runs the tests may ignore ctrl+c; a command of a person does not.
SCRIPT = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from promptopt.cli.main import main; main()"
)

PATIENCE = 60.0
"""Seconds after which something that should happen counts as not happening."""


class Workspace:
    """What a test of whole runs works with.

    Attributes:
        folder: where files go.
        home: PROMPTOPT_HOME of this test.
        data: a CSV of nouns and their plurals.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.data = self.csv("plurals.csv", [(noun, pluralise(noun)) for noun in NOUNS])
        self._processes: list[subprocess.Popen[str]] = []
        self._stores: list[Store] = []

    # Files

    def csv(self, name: str, rows: Sequence[Sequence[str]]) -> Path:
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("input", "output"), *rows])
        return path

    def toml(self, text: str, name: str = "run.toml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    # Configurations

    def config(self, model: str | dict[str, Any] = "scripted:plural", **changes: Any) -> RunConfig:
        """A small search on the plurals, 8 proposals on 12 dev examples. Tables are merged."""
        tables: dict[str, Any] = {
            "task": {"source": str(self.data), "train": 6, "dev": 12, "test": 10},
            "method": {"proposals": 8, "subset": 4, "finalists": 2},
            "task_model": {"spec": model} if isinstance(model, str) else model,
        }
        for name, value in changes.items():
            here = tables.get(name)
            merged = isinstance(here, dict) and isinstance(value, dict)
            tables[name] = here | value if merged else value
        return config_from_dict(tables, "the test")

    # Runs

    def store(self) -> Store:
        """A connection of its own, closed when the test ends."""
        store = Store(self.home / "promptopt.db")
        self._stores.append(store)
        return store

    def finish(self, config: RunConfig, store: Store | None = None) -> str:
        """Start a run and wait until it has ended; returns its id."""
        store = store or self.store()
        run_id = control.start(store, config)
        self.wait_until_over(store, run_id)
        return run_id

    def wait_until_over(self, store: Store, run_id: str) -> str:
        """Wait until no engine is at work on the run; returns the state's status."""
        wait_until(lambda: not control.is_alive(store, run_id))
        return store.state(run_id).status

    def engine_pid(self, store: Store, run_id: str) -> int:
        pids = [
            stored.event.pid
            for stored in store.events(run_id)
            if isinstance(stored.event, EngineStarted)
        ]
        return pids[-1]

    def kill_engine(self, store: Store, run_id: str) -> None:
        """SIGKILL to the engine of a run, and wait until it is gone."""
        os.kill(self.engine_pid(store, run_id), signal.SIGKILL)
        wait_until(lambda: not control.is_alive(store, run_id))

    # Commands, each in a process of its own

    def command(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `promptopt` to its end."""
        return finished(self.begin(*arguments, **variables))

    def begin(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `promptopt` in a session of its own."""
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**os.environ, **variables},
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def clear(self) -> None:
        """End everything that the test has started."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
        if (self.home / "locks").is_dir():
            with contextlib.suppress(Exception):
                store = self.store()
                for run in store.runs():
                    if control.is_alive(store, run.id):
                        self.kill_engine(store, run.id)
        for store in self._stores:
            store.close()


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a command's end."""
    out, err = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def wait_until(happened: Callable[[], bool]) -> None:
    """Look until something has happened.

    Raises:
        TimeoutError: it did not.
    """
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("what the test waits for does not happen")
        time.sleep(0.002)


def search_events(store: Store, run_id: str) -> list[StoredEvent]:
    """What the search of a run did, without what happened around it."""
    return [stored for stored in store.events(run_id) if stored.event.replayed]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace; when the test ends, so do its commands and engines."""
    monkeypatch.setenv("PROMPTOPT_HOME", str(tmp_path / "home"))
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    here = Workspace(tmp_path)
    yield here
    here.clear()
