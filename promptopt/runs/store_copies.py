"""Copies of a store: how one is made as of an instant, and how one that is torn is found out.

A store may be written while it is copied. `write_snapshot` takes that into account. A copy of the
files, one after the other, is good as well unless SQLite has moved what was in promptopt.db-wal
into promptopt.db in between (after every 4 MB written, and when the last process closes the store):
then it has old and new pages, and is torn. So a store knows which file it is, and one that is
another file by now is looked through once before it is used.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from promptopt.errors import StoreError

TORN = "torn"
"""What a torn copy holds in place of its file: what told of it is gone when it is opened again."""

FEW = 3
"""How many faults a damaged page or two come to. A torn copy lacks as many pages as were written
between two checkpoints, a thousand in general."""

_of_torn = ("reference to page", "rows are missing")
"""What is told where each page is good by itself, and they do not go together."""

_of_others = ("is never used", "Failed to read ptrmap")
"""What is told of many pages where a single one is damaged that leads to them."""


def write_snapshot(store: sqlite3.Connection, path: Path) -> None:
    """Copy an open store into a new file, as it is at one instant, while others write to it.

    Damage is copied with it. The copy belongs to no place yet.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy:
        store.backup(copy)
        forget_place(copy)


def forget_place(store: sqlite3.Connection) -> None:
    """Make a store one file, with nothing beside it, that is at home wherever it is opened next."""
    store.execute("PRAGMA journal_mode = DELETE")
    with contextlib.suppress(sqlite3.DatabaseError):  # it may be what is damaged
        store.execute("DELETE FROM place")


def check_place(store: sqlite3.Connection, path: Path, *, writable: bool) -> None:
    """Look a store through if it is a copy that was not looked through yet.

    Damage that makes single runs unreadable is no reason to refuse it: it is told with them.

    Raises:
        StoreError: it is torn, and nothing in it can be relied on.
    """
    here = _place(path)
    try:
        known = store.execute("SELECT file FROM place").fetchall()
    except sqlite3.DatabaseError:
        return  # no run is read from there; whatever else is damaged is told when it is read
    if known == [(here,)]:
        return
    faults = _faults(store) if known else []
    torn = bool(faults) and (known == [(TORN,)] or _is_torn(faults, path))
    if writable:
        _write_place(store, TORN if torn else here)
    if torn:
        raise StoreError(
            f"{path} is a copy of a store, and damaged: {faults[0]}; perhaps it was copied while a "
            "run was writing to it. Make a copy of the store itself with: promptopt backup FILE"
        )


def damage(store: sqlite3.Connection) -> str:
    """What is wrong with a store's file, all of which is read for it; "" where nothing is."""
    return next(iter(_faults(store)), "")


def _faults(store: sqlite3.Connection) -> list[str]:
    """What is wrong with the file, the first hundred of it where SQLite can tell as much."""
    try:
        for limit in (100, FEW + 1, 1):
            with contextlib.suppress(sqlite3.DatabaseError):  # beyond what it has found so far
                rows = store.execute(f"PRAGMA quick_check({limit})").fetchall()
                break
        else:
            return ["nothing of it can be checked"]
        if rows != [("ok",)]:
            lines = [line for (told,) in rows for line in str(told).splitlines()]
            return [" ".join(line.split()) for line in lines if not line.startswith("*** ")]
        lost = store.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return ["rows are missing that others refer to"] if lost else []


def _is_torn(faults: list[str], path: Path) -> bool:
    if any(sign in fault for fault in faults for sign in _of_torn):
        return True
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:  # nothing was moved out of it, then
        return False
    return sum(not any(sign in fault for sign in _of_others) for fault in faults) > FEW


def _write_place(store: sqlite3.Connection, place: str) -> None:
    store.execute("BEGIN IMMEDIATE")
    try:
        store.execute("DELETE FROM place")
        store.execute("INSERT INTO place VALUES (?)", (place,))
        store.execute("COMMIT")
    finally:
        if store.in_transaction:
            store.execute("ROLLBACK")


def _place(path: Path) -> str:
    """What tells a file from its copies, wherever its folder is moved to on the same disk."""
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"
