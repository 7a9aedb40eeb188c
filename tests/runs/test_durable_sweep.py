"""The sweep of kills with few points; `python -m tests.runs.sweep` has all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..llm.endpoint import Endpoint
from .sweep import SCENARIOS, Sweep

POINTS = 6


@pytest.fixture(params=SCENARIOS, ids=lambda scenario: scenario.name)
def sweep(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sweep]:
    with pytest.MonkeyPatch.context() as patch, Endpoint() as endpoint:
        patch.setenv("PROMPTOPT_HOME", str(tmp_path / "home"))
        for name in list(os.environ):
            if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
                patch.delenv(name)
        opened = Sweep(tmp_path, endpoint, request.param)
        yield opened
        opened.close()


def test_killed_anywhere_it_comes_to_the_same_end(sweep: Sweep) -> None:
    events, predictions, _ = sweep.undisturbed
    assert len(events) > 20
    assert len(predictions) > 25
    assert len(sweep.boundaries) > 40
    told = [sweep.kill(point) for point in sweep.points(POINTS, seed=1)]
    assert told == [""] * POINTS
    assert sweep.told["in mid-search"] >= POINTS // 2
