"""A run that is at work until a test lets it go on, however busy the machine is."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, plural
from ..runs.outcomes import stored_responses
from ..workspace import Workspace, wait_until

SMALL = """
[task]
source = "plurals.csv"
train = 6
dev = 12
test = 10
[method]
name = "ape"
proposals = 8
subset = 4
finalists = 2
"""

ANSWERED = 4
"""Calls that are answered at once."""

LONGEST = 100.0
"""Seconds that a call may be kept waiting."""


def options(workspace: Workspace, model: str = "scripted:plural", *more: str) -> list[str]:
    """A small search on the plurals."""
    return [str(workspace.toml(SMALL, "small.toml")), "--model", model, *more]


class HeldRun:
    """A search of about 100 calls, two at a time, by the name of "slow".

    Attributes:
        endpoint: answers the first calls, and keeps the others waiting.
        answered: how many the first ones are.
        goes_on: lets it answer the others too.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.answered = ANSWERED
        self.goes_on = threading.Event()
        self.endpoint = Endpoint(self._answer)

    def _answer(self, received: Received) -> Answer:
        if len(self.endpoint.requests) > self.answered:
            self.goes_on.wait(LONGEST)
        return plural(received)

    @property
    def model(self) -> dict[str, Any]:
        """Of a configuration, for a run that is started without a command."""
        return {"spec": "openai:m", "base_url": self.endpoint.url, "concurrency": 2}

    def arguments(self, *more: str, name: str = "slow") -> list[str]:
        """What begins it, or another one like it."""
        asked = ("--base-url", self.endpoint.url, "--concurrency", "2", "--name", name)
        return ["run", *options(self._workspace, "openai:m", *asked, *more)]

    def begin(self, *more: str) -> tuple[subprocess.Popen[str], Store]:
        """Begin it; returns once it is at work, and its command watches it."""
        watcher = self._workspace.begin(*self.arguments(*more))
        until_it_watches(watcher, as_json="--json" in more)
        store = self._workspace.store()
        wait_until(lambda: stored_responses(store, "slow") >= ANSWERED)
        return watcher, store


def until_it_watches(watcher: subprocess.Popen[str], *, as_json: bool) -> None:
    """Read what a command prints until the first line about the run that it watches."""
    stream = watcher.stderr if as_json else watcher.stdout
    assert stream is not None
    assert any("ape on plurals" in line for line in iter(stream.readline, "")), "it has ended"


@pytest.fixture
def held(workspace: Workspace) -> Iterator[HeldRun]:
    """A run that waits to be begun."""
    run = HeldRun(workspace)
    with run.endpoint:
        yield run
        run.goes_on.set()
