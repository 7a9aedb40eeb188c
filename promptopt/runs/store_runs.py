"""The part of the store that holds the runs themselves: making, finding and deleting them."""

from __future__ import annotations

import re
import time
from contextlib import AbstractContextManager

import msgspec

from promptopt.errors import DamagedRunError, InputError, StoreError
from promptopt.runs.records import RunRecord
from promptopt.tasks.task import Task

PAGES_A_TIME = 1_000
"""How much free space is given back in one transaction: 4 MB, so that engines wait no longer
than for any other write."""

SECONDS_OF_GIVING_BACK = 10.0
"""How long a deletion may take longer for it. What is left over is given back by the next one,
and is used by new runs until then."""


class RunRows:
    """The runs of a `Store`."""

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        raise NotImplementedError

    def transaction(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def create_run(self, task: Task, kind: str, config: str, name: str | None = None) -> str:
        """Write a new run down and return its id: `name`, or task-kind-number.

        A number is given once, whether its run is deleted or not. A name that a person chose
        is free again when its run is deleted.

        Args:
            kind: the preset of the run, or its method where no preset was named.
        """
        with self.transaction():
            run_id = name or self._free_id(f"{_slug(task.name)}-{kind}")
            taken = self._rows("SELECT 1 FROM runs WHERE id = ?", run_id)
            if taken:
                raise InputError(f"there is a run named {run_id} already; choose another name")
            self._rows(
                "INSERT INTO runs (id, created_at, config, task) VALUES (?, ?, ?, ?)",
                run_id,
                time.time(),
                config,
                msgspec.json.encode(task).decode(),
            )
            self._rows("INSERT INTO spent (run_id) VALUES (?)", run_id)
        return run_id

    def same_run(self, task: Task, config: str) -> str | None:
        """The newest run of just this task, its examples included, and just this configuration."""
        query = "SELECT id FROM runs WHERE config = ? AND task = ? ORDER BY created_at DESC LIMIT 1"
        try:
            rows = self._rows(query, config, msgspec.json.encode(task).decode())
        except DamagedRunError:
            return None  # of a run that cannot be read, nobody can say what it is of
        return rows[0][0] if rows else None

    def runs(self) -> list[RunRecord]:
        """All runs, newest first; last those whose row is damaged."""
        try:
            rows = self._rows(
                "SELECT id, created_at, config FROM runs ORDER BY created_at DESC, id DESC"
            )
        except DamagedRunError:
            found = [self._record(run_id) for run_id in self.run_ids()]
            return sorted(found, key=lambda run: (run.created_at, run.id), reverse=True)
        return [RunRecord(*row) for row in rows]

    def run_ids(self) -> list[str]:
        """The names of all runs, in order, found even where rows of runs are damaged.

        Raises:
            DamagedRunError: all that tells of them is damaged.
        """
        # The first is read from an index, which holds nothing but names.
        for columns in ("id FROM runs", "id FROM runs NOT INDEXED", "run_id FROM spent"):
            try:
                return sorted(run_id for (run_id,) in self._rows(f"SELECT {columns}"))
            except DamagedRunError as error:
                damage = error
        raise damage

    def _record(self, run_id: str) -> RunRecord:
        try:
            rows = self._row(run_id, "id, created_at, config")
        except DamagedRunError:
            rows = []
        return RunRecord(*rows[0]) if rows else RunRecord(run_id, 0.0, "")

    def _row(self, run_id: str, columns: str) -> list[tuple]:  # type: ignore[type-arg]
        """These columns of a run; no row where there is no such run."""
        select = f"SELECT {columns} FROM runs"  # noqa: S608 - ours
        try:
            return self._rows(f"{select} WHERE id = ?", run_id)
        except DamagedRunError:  # of the index of all names, perhaps, and not of this run
            return self._rows(f"{select} NOT INDEXED WHERE id = ?", run_id)

    def find_run(self, name: str) -> RunRecord:
        """The run called `name`: its id, an unambiguous beginning of it, or "last".

        Raises:
            InputError: there is no such run, or more than one.
        """
        runs = self.runs()
        if name == "last" and runs:
            return runs[0]
        for run in runs:
            if run.id == name:
                return run
        # Whoever asks for a run that was deleted means no other that begins like it.
        gone = self._rows("SELECT 1 FROM deleted WHERE run_id = ?", name)
        if gone:
            raise InputError(f"the run {name} was deleted; see: promptopt list")
        if not runs:
            raise InputError("there are no runs yet; start one with: promptopt run")
        found = [run for run in runs if name and run.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(run.id for run in found[:5])
            raise InputError(f"{name!r} could be {listed}; give more of the name")
        raise InputError(f"there is no run named {name!r}; see: promptopt list")

    def created_at(self, run_id: str) -> float | None:
        """When a run was made, which tells it from another of its name; None without one."""
        rows = self._row(run_id, "created_at")
        return float(rows[0][0]) if rows else None

    def task(self, run_id: str) -> Task:
        """The task of a run as it was when the run was made.

        Raises:
            DamagedRunError: it is damaged.
            StoreError: there is no such run any more.
        """
        rows = self._row(run_id, "task")
        if not rows:
            raise StoreError(f"there is no run named {run_id!r}; see: promptopt list")
        try:
            return msgspec.json.decode(rows[0][0], type=Task)
        except msgspec.DecodeError as error:
            raise DamagedRunError(
                f"the task of run {run_id} is damaged in the store: {error}"
            ) from error

    def delete_run(self, run_id: str) -> None:
        """Delete the rows of a run, all or none; its name is remembered.

        No engine may be at work on it: `deletion.delete` sees to that.

        Raises:
            InputError: there is no such run.
        """
        with self.transaction():
            if self.created_at(run_id) is None:
                raise InputError(f"there is no run named {run_id!r}; see: promptopt list")
            # The long ones by themselves, whole: row by row, as the last would do it, takes longer.
            for table in ("predictions", "responses", "events"):
                self._rows(f"DELETE FROM {table} WHERE run_id = ?", run_id)  # noqa: S608 - ours
            self._rows("DELETE FROM runs WHERE id = ?", run_id)
            self._rows("INSERT OR REPLACE INTO deleted VALUES (?, ?)", run_id, time.time())

    def give_space_back(self) -> None:
        """Make the store's file smaller by what is free in it, as far as that goes quickly.

        A store that was made by version 3 or earlier cannot be made smaller so: what is free in
        it is used by new runs.
        """
        until = time.monotonic() + SECONDS_OF_GIVING_BACK
        free, before = self._free_pages(), -1
        while free not in (0, before) and time.monotonic() < until:
            self._rows(f"PRAGMA incremental_vacuum({PAGES_A_TIME})")
            free, before = self._free_pages(), free
        # As far as no reader stands in the way; whoever closes the file last does the rest.
        self._rows("PRAGMA wal_checkpoint(PASSIVE)")

    def _free_pages(self) -> int:
        return int(self._rows("PRAGMA freelist_count")[0][0])

    def _free_id(self, stem: str) -> str:
        rows = self._rows(
            "SELECT id FROM (SELECT id FROM runs UNION SELECT run_id FROM deleted) "
            "WHERE id LIKE ? || '-%'",
            stem,
        )
        numbers = [
            int(match[1])
            for (run_id,) in rows
            if (match := re.fullmatch(re.escape(stem) + r"-(\d+)", run_id))
        ]
        return f"{stem}-{max(numbers, default=0) + 1}"


def _slug(text: str) -> str:
    """A name that is easy to type: lower-case letters, digits and single dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:32] or "task"
