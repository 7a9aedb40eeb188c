"""The sweep of kills with few points; `python -m tests.runs.sweep 200` has many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..llm.endpoint import Endpoint
from .sweep import Sweep, points

POINTS = 24


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    folder = tmp_path_factory.mktemp("sweep")
    with pytest.MonkeyPatch.context() as patch, Endpoint() as endpoint:
        patch.setenv("PROMPTOPT_HOME", str(folder / "home"))
        for name in list(os.environ):
            if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        opened = Sweep(Path(folder), endpoint)
        yield opened
        opened.workspace.clear()
        opened.close()


def test_the_undisturbed_run_has_something_to_lose(sweep: Sweep) -> None:
    events, predictions, _ = sweep.undisturbed
    assert len(events) > 40
    assert len(predictions) > 60
    assert len(sweep.writes) > 300


@pytest.mark.parametrize("number", range(POINTS))
def test_killed_anywhere_it_comes_to_the_same_end(sweep: Sweep, number: int) -> None:
    kind, argument = points(sweep, POINTS, seed=1)[number]
    assert getattr(sweep, kind)(argument) == ""
