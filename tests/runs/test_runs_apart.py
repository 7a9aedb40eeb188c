"""Runs of one store leave each other alone, and nothing is stored of a run that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.errors import StoreError
from promptopt.runs.events import Paused
from promptopt.runs.store import Store

from .test_store import TASK, respond


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "promptopt.db")


def test_failures_are_forgotten_of_one_run_alone(store: Store) -> None:
    one, other = (store.create_run(TASK, "ape", "{}") for _ in range(2))
    for run_id in (one, other):
        respond(store, run_id, b"good")
        respond(store, run_id, b"bad", text=None, error="filtered")
    assert store.forget_failures(one) == 1
    assert store.response(one, b"bad", 0) is None
    assert store.response(other, b"bad", 0) is not None
    assert store.response(one, b"good", 0) is not None


def test_nothing_is_written_about_a_run_that_is_not_there(store: Store) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.append_event("nobody", Paused())
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        respond(store, "nobody", b"a")
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.add_predictions(store.create_run(TASK, "ape", "{}"), 0, "dev", [(0, 77, 1.0)])
