"""The part of the store that holds events, and folds them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain

import msgspec

from promptopt.errors import DamagedRunError
from promptopt.runs.events import Event, decode_event, encode_event
from promptopt.runs.records import StoredEvent
from promptopt.runs.state import RunState

EVENTS_AT_ONCE = 500
"""A long run is read in parts: its events together would fill the memory, and the more are read
ahead, the fewer are still in the processor's cache when their turn comes."""

_Row = tuple[int, float, str]
"""Number and time of an event, and the event as JSON."""


class EventRows:
    """The events of a `Store`."""

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        raise NotImplementedError

    def append_event(self, run_id: str, event: Event, at: float | None = None) -> StoredEvent:
        """Write an event down under the next number."""
        at = time.time() if at is None else at
        rows = self._rows(
            "INSERT INTO events (run_id, seq, at, event) "
            "SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3 FROM events WHERE run_id = ?1 "
            "RETURNING seq",
            run_id,
            at,
            encode_event(event).decode(),
        )
        return StoredEvent(rows[0][0], at, event)  # type: ignore[arg-type]

    def events(
        self, run_id: str, after: int = 0, limit: int | None = None
    ) -> Iterator[StoredEvent]:
        """The events of a run with a number greater than `after`, oldest first.

        Raises:
            DamagedRunError: one of them is none.
        """
        for rows in self._parts(run_id, after, limit):
            for seq, at, text in rows:
                try:
                    event = decode_event(text)
                except msgspec.DecodeError as error:
                    raise _no_event(run_id, seq, error) from error
                yield StoredEvent(seq, at, event)

    def state(self, run_id: str) -> RunState:
        """The state of a run as of now."""
        state = RunState(run_id)
        self.catch_up(state)
        return state

    def catch_up(self, state: RunState, limit: int | None = None) -> int:
        """Apply the events that came since, or so many of them; returns how many there were.

        Raises:
            DamagedRunError: one is missing, or does not go with those before it.
        """
        return sum(len(applied) for applied in self._applied(state, limit))

    def follow(self, state: RunState) -> Iterator[Event]:
        """Apply the events that came since, as `catch_up`, and give them out."""
        return chain.from_iterable(self._applied(state))

    def _applied(self, state: RunState, limit: int | None = None) -> Iterator[list[Event]]:
        """Apply events; they come in parts, as to hand on each by itself takes time."""
        for rows in self._parts(state.run_id, state.last_seq, limit):
            applied: list[Event] = []
            for seq, at, text in rows:
                if seq != state.last_seq + 1:
                    raise DamagedRunError(
                        f"event {state.last_seq + 1} of run {state.run_id} is missing; the run is "
                        "damaged in the store"
                    )
                try:
                    event = decode_event(text)
                    state.apply(seq, at, event)
                except msgspec.DecodeError as error:
                    raise _no_event(state.run_id, seq, error) from error
                except (LookupError, ValueError, TypeError, AttributeError) as error:
                    raise DamagedRunError(
                        f"event {seq} of run {state.run_id} does not go with those before it; "
                        "the run is damaged in the store"
                    ) from error
                applied.append(event)
            yield applied

    def _parts(self, run_id: str, after: int, limit: int | None) -> Iterator[list[_Row]]:
        """The rows of events with a number greater than `after`."""
        left = limit
        while left is None or left > 0:
            asked = EVENTS_AT_ONCE if left is None else min(left, EVENTS_AT_ONCE)
            rows = self._rows(
                "SELECT seq, at, event FROM events WHERE run_id = ? AND seq > ? "
                "ORDER BY seq LIMIT ?",
                run_id,
                after,
                asked,
            )
            yield rows
            if len(rows) < asked:
                return
            after = rows[-1][0]
            left = None if left is None else left - asked


def _no_event(run_id: str, seq: int, error: msgspec.DecodeError) -> DamagedRunError:
    return DamagedRunError(f"event {seq} of run {run_id} is damaged: {error}")
