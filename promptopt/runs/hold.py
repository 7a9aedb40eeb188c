"""An engine's hold on its run: its lock, and its store."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from promptopt.errors import LostRunError
from promptopt.runs.paths import lock_path

LOCK_SECONDS = 3.0
"""How long to wait for the run's lock. A viewer may hold it for an instant while it looks."""


class RunHold:
    """Holds a run for one engine, as a context manager.

    The lock is one on an open file. Where its name is removed, whoever looks sees no lock and
    another engine may start; where the store is removed, what is written goes nowhere. An engine
    looks with `check` now and then.

    Args:
        store: the store's file, which exists.
        run_id: of the run.

    Raises:
        LostRunError: on entering, where another engine holds it.
    """

    def __init__(self, store: Path, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._path = lock_path(store, run_id)
        self._locks: list[FileLock] = []
        self._locked: tuple[int, int] | None = None
        self._stored = _identity(store)

    def __enter__(self) -> Self:
        self._lock(LOCK_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for lock in self._locks:
            lock.release()

    def check(self) -> None:
        """Make sure that the run is still held; a lock that was removed is made anew.

        Raises:
            LostRunError: another engine has it, or its store is not there any more.
        """
        if _identity(self._store) != self._stored:
            raise LostRunError(
                f"the store {self._store} was removed, or replaced, while {self._run_id} was at "
                "work; nothing more is asked"
            )
        if _identity(self._path) != self._locked:
            self._lock(0.0)

    def _lock(self, seconds: float) -> None:
        lock = FileLock(self._path)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=seconds)
        except Timeout:
            raise LostRunError(f"another engine is at work on {self._run_id}") from None
        except OSError as error:
            raise LostRunError(f"cannot lock {self._run_id} by {self._path}: {error}") from error
        self._locks.append(lock)
        self._locked = _identity(self._path)


def _identity(path: Path) -> tuple[int, int] | None:
    """What stays the same for as long as it is the same file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
