"""What SQLite says went wrong with a store, as errors that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from promptopt.errors import DamagedRunError, FullDiskError, LostRunError, StoreError
from promptopt.runs.paths import log_path, prompt_path

LEAST_ROOM = 128 * 1024
"""Bytes that are free on a disk which cannot be worked with: SQLite's shared index takes 32 kB, and
a commit a few pages more. It does not always say itself that the disk is full."""

FULL_DISK = 28
"""The exit status of an engine that could not write down how its run has ended for want of room.
It may not even have room for a line in its log."""

SAVE_RUNS = "promptopt backup FOLDER/, then PROMPTOPT_HOME=FOLDER"
"""What leads out of a damaged store."""

READ_DAMAGED = (
    "what can be read of a damaged run still: promptopt show RUN, promptopt export RUN -o FILE"
)
"""What is left to do for runs that are damaged."""

_full = "the disk is full; make room on it, and go on then"


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """The error to raise when the open store at `path` could not be read or written."""
    reason, what = _reason(path, error), str(error)
    if is_damage(error):
        reason = "it is damaged; see: promptopt doctor"
        what = "a text in it is none" if _is_no_text(error) else what
    told = f"the store {path} could not be read or written: {what}{reason and f': {reason}'}"
    return _kind(path, error)(told)


def opening_error(path: Path, error: sqlite3.Error) -> StoreError:
    """The error to raise when the store at `path` could not be opened."""
    reason = _reason(path, error) or (
        "put a backup of it in its place, as promptopt backup writes one; or move it away to begin "
        "anew, or set PROMPTOPT_HOME to another folder"
    )
    kind = FullDiskError if _is_full(path, error) else StoreError
    return kind(f"cannot use {path} as a store: {error}; {reason}")


def check_not_lost(path: Path) -> None:
    """Refuse a store that is empty, or gone, while there is more of it beside it.

    SQLite would take it for a new one, and remove its log.

    Raises:
        StoreError: something is there that a new store does not have.
    """
    there = path.exists()
    if there and path.stat().st_size > 0:
        return
    log = path.with_name(path.name + "-wal")
    left = [log] if log.exists() and log.stat().st_size > 0 else []
    begun = path.with_name(path.name + "-journal").exists()  # another process is making it
    if there and not begun:
        left += sorted(prompt_path(path, "any").parent.glob("*.txt"))
        left += sorted(log_path(path, "any").parent.glob("*.log"))
    if left:
        raise StoreError(
            f"the store {path} is {'empty' if there else 'gone'}, and had runs in it, as "
            f"{left[0].relative_to(path.parent)} beside it tells; put a backup of it in its place, "
            f"or move {path.name if there else left[0].name} away to begin anew"
        )


def is_read_only(path: Path) -> bool:
    """Whether the file of a store, or its folder, cannot be written to."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def no_room(folder: Path) -> bool:
    """Whether the disk that a folder is on has no room left."""
    try:
        return shutil.disk_usage(folder).free < LEAST_ROOM
    except OSError:
        return False


def _kind(path: Path, error: sqlite3.Error) -> type[StoreError]:
    if _is_full(path, error):
        return FullDiskError
    if _is_written_twice(error):
        return LostRunError
    return DamagedRunError if is_damage(error) else StoreError


def _reason(path: Path, error: sqlite3.Error) -> str:
    if _is_full(path, error):
        return _full
    if _is_written_twice(error):
        return "another engine is at work on the same run"
    if _code(error) == sqlite3.SQLITE_BUSY:
        return "another process keeps it locked; try again"
    if path.exists() and is_read_only(path):
        return "it is read-only: what is in it can be read, and nothing be run or changed"
    return ""


def _is_full(path: Path, error: sqlite3.Error) -> bool:
    if _code(error) == sqlite3.SQLITE_FULL:
        return True
    troubles = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
    return _code(error) in troubles and no_room(path.parent)


def _is_written_twice(error: sqlite3.Error) -> bool:
    """Whether what was to be written has been written by another process."""
    twice = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return getattr(error, "sqlite_errorcode", None) in twice


def is_damage(error: sqlite3.Error) -> bool:
    """Whether something of the file cannot be read for what is in it."""
    return _code(error) == sqlite3.SQLITE_CORRUPT or _is_no_text(error)


def _is_no_text(error: sqlite3.Error) -> bool:
    """Whether Python could not make text of what it was given; it has no code for that."""
    return str(error).startswith("Could not decode to UTF-8")


def _code(error: sqlite3.Error) -> int:
    """The kind of the error, without what SQLite tells beyond it."""
    code = getattr(error, "sqlite_errorcode", None)
    return 0 if code is None else code & 0xFF
