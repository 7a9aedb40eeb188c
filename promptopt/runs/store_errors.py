"""What SQLite says went wrong with a store, as errors that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from promptopt.errors import DamagedRunError, FullDiskError, StoreError

LEAST_ROOM = 128 * 1024
"""Bytes that are free on a disk which cannot be worked with: SQLite's shared index takes 32 kB, and
a commit a few pages more. It does not always say itself that the disk is full."""

FULL_DISK = 28
"""The exit status of an engine that could not write down how its run has ended for want of room.
It may not even have room for a line in its log."""

_full = "the disk is full; make room on it, and go on then"


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """The error to raise when the open store at `path` could not be read or written."""
    reason = _reason(path, error)
    if _code(error) == sqlite3.SQLITE_CORRUPT:
        reason = "it is damaged; see: promptopt doctor"
    told = f"the store {path} could not be read or written: {error}{reason and f': {reason}'}"
    return _kind(path, error)(told)


def opening_error(path: Path, error: sqlite3.Error) -> StoreError:
    """The error to raise when the store at `path` could not be opened."""
    reason = _reason(path, error) or "move it away or set PROMPTOPT_HOME to another folder"
    kind = FullDiskError if _is_full(path, error) else StoreError
    return kind(f"cannot use {path} as a store: {error}; {reason}")


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
    return DamagedRunError if _code(error) == sqlite3.SQLITE_CORRUPT else StoreError


def _reason(path: Path, error: sqlite3.Error) -> str:
    if _is_full(path, error):
        return _full
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


def _code(error: sqlite3.Error) -> int:
    """The kind of the error, without what SQLite tells beyond it."""
    code = getattr(error, "sqlite_errorcode", None)
    return 0 if code is None else code & 0xFF
