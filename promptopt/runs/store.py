"""The store: what engines write and viewers read."""

from __future__ import annotations

import os
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from promptopt.errors import DamagedRunError, StoreError
from promptopt.llm.spend import Spend
from promptopt.runs import schema
from promptopt.runs.events import Event, decode_event, encode_event
from promptopt.runs.paths import store_path
from promptopt.runs.records import Command, Prediction, RunRecord, StoredEvent, StoredResponse
from promptopt.runs.state import RunState
from promptopt.runs.store_commands import CommandRows
from promptopt.runs.store_copies import copy_whole, damage
from promptopt.runs.store_errors import store_error
from promptopt.runs.store_runs import RunRows

__all__ = [
    "Command",
    "Prediction",
    "RunRecord",
    "Store",
    "StoredEvent",
    "StoredResponse",
    "writable",
]


EVENTS_AT_ONCE = 10_000
"""A long run is read in parts: its events together would fill the memory."""


class Store(RunRows, CommandRows):
    """One open connection to the store's file. Not shared between threads.

    Every method may raise StoreError when the file cannot be read or written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or store_path()
        self._db = schema.connect(self.path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Events

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
        """The events of a run with a number greater than `after`, oldest first."""
        rows = self._rows(
            "SELECT seq, at, event FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?",
            run_id,
            after,
            -1 if limit is None else limit,
        )
        for seq, at, text in rows:
            try:
                yield StoredEvent(seq, at, decode_event(text))
            except msgspec.DecodeError as error:
                raise DamagedRunError(f"event {seq} of run {run_id} is damaged: {error}") from error

    def state(self, run_id: str) -> RunState:
        """The state of a run as of now."""
        state = RunState(run_id)
        while self.catch_up(state, EVENTS_AT_ONCE) == EVENTS_AT_ONCE:
            pass
        return state

    def catch_up(self, state: RunState, limit: int | None = None) -> int:
        """Apply the events that came since; returns how many there were."""
        count = 0
        for stored in self.events(state.run_id, state.last_seq, limit):
            if stored.seq != state.last_seq + 1:
                raise DamagedRunError(
                    f"event {state.last_seq + 1} of run {state.run_id} is missing; the run is "
                    "damaged in the store"
                )
            try:
                state.apply(stored.seq, stored.at, stored.event)
            except (LookupError, ValueError, TypeError, AttributeError) as error:
                raise DamagedRunError(
                    f"event {stored.seq} of run {state.run_id} does not go with those before it; "
                    "the run is damaged in the store"
                ) from error
            count += 1
        return count

    # Responses and predictions

    def response(self, run_id: str, key: bytes, sample: int) -> StoredResponse | None:
        rows = self._rows(
            "SELECT id, text, error, finish_reason, prompt_tokens, completion_tokens, attempts, "
            "tokens, picodollars, numbers FROM responses "
            "WHERE run_id = ? AND key = ? AND sample = ?",
            run_id,
            key,
            sample,
        )
        if not rows:
            return None
        *columns, numbers = rows[0]
        return StoredResponse(*(*columns, _from_blob(numbers)))

    def add_response(
        self,
        run_id: str,
        key: bytes,
        sample: int,
        *,
        role: str,
        request: str | None,
        text: str | None,
        error: str | None = None,
        finish_reason: str | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        seconds: float | None = None,
        attempts: int = 1,
        numbers: Sequence[float] = (),
        tokens: int = 0,
        picodollars: int = 0,
    ) -> int:
        """Write a reply down and return its id."""
        rows = self._rows(
            "INSERT INTO responses (run_id, key, sample, role, request, text, error, "
            "finish_reason, prompt_tokens, completion_tokens, seconds, attempts, numbers, tokens, "
            "picodollars) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            run_id,
            key,
            sample,
            role,
            request,
            text,
            error,
            finish_reason,
            prompt_tokens,
            completion_tokens,
            seconds,
            attempts,
            struct.pack(f"<{len(numbers)}d", *numbers) if numbers else None,
            tokens,
            picodollars,
        )
        return int(rows[0][0])

    def forget_failures(self, run_id: str) -> int:
        """Drop the stored errors of a run, so that they are asked again; returns how many."""
        with self.transaction():
            cursor = self._db.execute(
                "DELETE FROM responses WHERE run_id = ? AND error IS NOT NULL", (run_id,)
            )
        return cursor.rowcount

    def token_totals(self, run_id: str) -> tuple[int, int]:
        """Prompt and completion tokens over all stored responses of a run."""
        rows = self._rows(
            "SELECT coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0) "
            "FROM responses WHERE run_id = ?",
            run_id,
        )
        return int(rows[0][0]), int(rows[0][1])

    def count_sent(self, run_id: str, calls: int, tokens: int = 0, picodollars: int = 0) -> None:
        """Add to what the run has spent; done before calls are sent, at the most they can cost."""
        self._rows(
            "UPDATE spent SET calls = calls + ?, tokens = tokens + ?, "
            "picodollars = picodollars + ? WHERE run_id = ?",
            calls,
            tokens,
            picodollars,
            run_id,
        )

    def spent(self, run_id: str) -> Spend:
        """What the run has spent over its life; of money nothing where that is not known."""
        rows = self._rows(
            "SELECT calls, tokens, coalesce(picodollars, 0) FROM spent WHERE run_id = ?", run_id
        )
        return Spend(*rows[0]) if rows else Spend()

    def calls_sent(self, run_id: str) -> int:
        return self.spent(run_id).calls

    def knows_money(self, run_id: str) -> bool:
        """Whether all money that the run has spent was counted, as in older versions it was not."""
        rows = self._rows(
            "SELECT 1 FROM spent WHERE run_id = ? AND picodollars IS NOT NULL", run_id
        )
        return bool(rows)

    def add_predictions(
        self,
        run_id: str,
        candidate: int,
        split: str,
        rows: Iterable[tuple[int, int, float | None]],
    ) -> None:
        """Write predictions down, each (example, response id, score)."""
        try:
            self._db.executemany(
                "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?)",
                [(run_id, candidate, split, *row) for row in rows],
            )
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def forget_predictions(self, run_id: str) -> None:
        """Drop the predictions of a run, of a search that is begun anew."""
        self._rows("DELETE FROM predictions WHERE run_id = ?", run_id)

    def predictions(self, run_id: str, candidate: int, split: str) -> list[Prediction]:
        """The predictions of a candidate on a split, in the order of the examples."""
        rows = self._rows(
            "SELECT p.candidate, p.split, p.example, r.text, r.error, p.score "
            "FROM predictions p JOIN responses r ON r.id = p.response "
            "WHERE p.run_id = ? AND p.candidate = ? AND p.split = ? ORDER BY p.example",
            run_id,
            candidate,
            split,
        )
        return [Prediction(*row) for row in rows]

    def transcript(self, run_id: str, candidate: int, split: str, example: int) -> str | None:
        """What the task model was sent for a prediction, where it was more than one message.

        None where it was the one prompt that the task's template makes of the candidate.
        """
        rows = self._rows(
            "SELECT r.request FROM predictions p JOIN responses r ON r.id = p.response "
            "WHERE p.run_id = ? AND p.candidate = ? AND p.split = ? AND p.example = ?",
            run_id,
            candidate,
            split,
            example,
        )
        return rows[0][0] if rows else None

    # The file

    def back_up(self, target: Path) -> None:
        """Copy the store into a new file, as it is at this instant, while engines write to it.

        Raises:
            InputError: the file exists, or cannot be written.
            StoreError: the store is damaged.
        """
        copy_whole(self._db, target)

    def damage(self) -> str:
        """What is wrong with the file, all of which is read for it; "" where nothing is."""
        return damage(self._db)

    # Underneath

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written together or not at all. May be nested."""
        if self._db.in_transaction:
            yield
            return
        self._rows("BEGIN IMMEDIATE")
        try:
            yield
            self._rows("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:  # else SQLite has taken it back already
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._failed(error) from error
            raise

    def begin(self) -> None:
        """Open a transaction that later writes join, until `commit`."""
        if not self._db.in_transaction:
            self._rows("BEGIN IMMEDIATE")

    def commit(self) -> None:
        if self._db.in_transaction:
            self._rows("COMMIT")

    def roll_back(self) -> None:
        """Leave out what was written since `begin`."""
        if self._db.in_transaction:  # else SQLite has taken it back already
            self._rows("ROLLBACK")

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> StoreError:
        return store_error(self.path, error)


def _from_blob(data: bytes | None) -> tuple[float, ...]:
    return struct.unpack(f"<{len(data) // 8}d", data) if data else ()


def writable(path: Path) -> bool:
    """Whether the store's folder can be written to, or could be created."""
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)
