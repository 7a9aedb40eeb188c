"""Copies of a store: how one is made whole, and how one that is not is found out.

A store may be written while it is copied. `copy_whole` takes that into account. A copy of the
files, one after the other, is good as well unless SQLite has moved what was in promptopt.db-wal
into promptopt.db in between (after every 4 MB written, and when the last process closes the store):
then it has old and new pages. So a store knows which file it is, and one that is another file by
now is looked through once before it is used.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from pathlib import Path

from promptopt.atomic_file import move_to_free_name
from promptopt.errors import InputError, StoreError


def copy_whole(store: sqlite3.Connection, target: Path) -> None:
    """Copy an open store into a new file, as it is at one instant, while others write to it.

    Raises:
        InputError: the file exists, or cannot be written.
        StoreError: the store is damaged.
    """
    if target.exists():
        raise InputError(f"{target} exists already; name another file")
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {target.parent}; create it first")
    temporary = target.with_name(f".promptopt-{secrets.token_hex(8)}.tmp")
    try:
        with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            store.backup(copy)
            # One file, with nothing beside it, until it is opened as a store.
            copy.execute("PRAGMA journal_mode = DELETE")
            if found := damage_of_file(copy):
                raise StoreError(
                    f"no copy was made, since the store is damaged: {found}; see: promptopt doctor"
                )
            copy.execute("DELETE FROM place")
        move_to_free_name(temporary, target)
    except FileExistsError:
        raise InputError(f"{target} exists already; name another file") from None
    except (OSError, sqlite3.Error) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write {target}: {told}") from error
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(temporary.name + "-journal").unlink(missing_ok=True)


def check_place(store: sqlite3.Connection, path: Path, *, writable: bool) -> None:
    """Look a store through if it is a copy that was not looked through yet.

    Raises:
        StoreError: it is damaged.
    """
    here = _place(path)
    known = store.execute("SELECT file FROM place").fetchall()
    if known == [(here,)]:
        return
    # Events that are missing are their run's damage: the other runs stay readable.
    if known and (found := damage_of_file(store)):
        raise StoreError(
            f"{path} is a copy of a store, and damaged: {found}; perhaps it was copied while a run "
            "was writing to it. Make a copy of the store itself with: promptopt backup FILE"
        )
    if not writable:
        return
    store.execute("BEGIN IMMEDIATE")
    try:
        store.execute("DELETE FROM place")
        store.execute("INSERT INTO place VALUES (?)", (here,))
        store.execute("COMMIT")
    finally:
        if store.in_transaction:
            store.execute("ROLLBACK")


def damage(store: sqlite3.Connection) -> str:
    """What is wrong with a store that should be whole; "" where nothing is.

    All of the file is read for it.
    """
    if found := damage_of_file(store):
        return found
    try:
        gap = store.execute(
            "SELECT run_id FROM events GROUP BY run_id HAVING count(*) != max(seq) LIMIT 1"
        ).fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return f"events of run {gap[0]} are missing" if gap else ""


def damage_of_file(store: sqlite3.Connection) -> str:
    """What is wrong with a store that may hold damaged runs; "" where nothing is."""
    try:
        ((told,), *_) = store.execute("PRAGMA quick_check(1)").fetchall()
        if told != "ok":
            return " ".join(str(told).replace("*** in database main ***", "").split())
        if store.execute("PRAGMA foreign_key_check").fetchone():
            return "rows are missing that others refer to"
    except sqlite3.DatabaseError as error:
        return str(error)
    return ""


def _place(path: Path) -> str:
    """What tells a file from its copies, wherever its folder is moved to on the same disk."""
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"
