"""What a run came to, for comparing runs with each other."""

from __future__ import annotations

from typing import Any

from promptopt.runs.events import AnyEvent, SearchRestarted
from promptopt.runs.store import Prediction, Store


def told(store: Store, run_id: str) -> list[AnyEvent]:
    """What the search told, in order: candidates, scores, stages, the winner."""
    return [stored.event for stored in store.events(run_id) if stored.event.replayed]


def predicted(store: Store, run_id: str) -> list[Prediction]:
    candidates = store.state(run_id).candidates
    return [
        prediction
        for candidate in candidates
        for split in ("dev", "test")
        for prediction in store.predictions(run_id, candidate, split)
    ]


def outcome(store: Store, run_id: str) -> tuple[Any, ...]:
    """Everything that must not depend on how often a run was interrupted."""
    events = told(store, run_id)
    assert not any(isinstance(each.event, SearchRestarted) for each in store.events(run_id))
    return events, predicted(store, run_id), store.state(run_id).status


def stored_responses(store: Store, run_id: str) -> int:
    rows = store._rows("SELECT count(*) FROM responses WHERE run_id = ?", run_id)
    return int(rows[0][0])
