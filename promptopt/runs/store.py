"""The store: what engines write and viewers read."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from promptopt.errors import StoreError
from promptopt.llm.spend import Known, Spend
from promptopt.runs import schema
from promptopt.runs.paths import store_path
from promptopt.runs.records import Command, Prediction, RunRecord, StoredEvent, StoredResponse
from promptopt.runs.store_commands import CommandRows
from promptopt.runs.store_copies import damage, write_snapshot
from promptopt.runs.store_damage import DamageRows
from promptopt.runs.store_errors import store_error
from promptopt.runs.store_events import EventRows
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


class Store(RunRows, EventRows, CommandRows, DamageRows):
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

    def write_known(self, run_id: str, known: Known) -> None:
        """Write down how much of what the run has spent is known."""
        self._rows(
            "UPDATE spent SET known_calls = ?, known_tokens = ?, known_picodollars = ?, "
            "prompt_tokens = ?, completion_tokens = ? WHERE run_id = ?",
            *msgspec.structs.astuple(known.spend),
            known.prompt_tokens,
            known.completion_tokens,
            run_id,
        )

    def known(self, run_id: str) -> Known:
        """How much of what the run has spent over its life is known."""
        rows = self._rows(
            "SELECT known_calls, known_tokens, iif(picodollars IS NULL, 0, known_picodollars), "
            "prompt_tokens, completion_tokens FROM spent WHERE run_id = ?",
            run_id,
        )
        return Known(Spend(*rows[0][:3]), *rows[0][3:]) if rows else Known()

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

    def write_snapshot(self, target: Path) -> None:
        """Copy the store into a new file, as it is at this instant, damage and all.

        Engines may write to it meanwhile. `backup.back_up` makes a copy that is sound.
        """
        try:
            write_snapshot(self._db, target)
        except sqlite3.Error as error:
            raise store_error(target, error) from error

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

    def _each(self, sql: str, *values: object) -> Iterator[tuple]:  # type: ignore[type-arg]
        """As `_rows`, for more of them than the memory should hold."""
        try:
            yield from self._db.execute(sql, values)
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
