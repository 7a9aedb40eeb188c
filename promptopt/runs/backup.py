"""Saving a store into a new file: as it is where it is whole, else its runs that are whole."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from promptopt.atomic_file import move_to_free_name
from promptopt.errors import FullDiskError, InputError, StoreError
from promptopt.runs import schema
from promptopt.runs.store import Store
from promptopt.runs.store_copies import damage, forget_place
from promptopt.runs.store_damage import RUN_COLUMNS, Whole
from promptopt.runs.store_errors import READ_DAMAGED


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written.

    Attributes:
        runs: how many runs it holds.
        left_out: the runs that are not in it, and what is damaged of each.
        mended: whether the store was damaged otherwise; its copy is not.
    """

    runs: int
    left_out: dict[str, str]
    mended: bool


def back_up(store: Store, target: Path) -> Backup:
    """Copy a store into a new file, as it is at this instant, while engines write to it.

    The copy is sound: of a damaged store it holds all runs that are whole, and no others.

    Raises:
        InputError: the file exists, or cannot be written.
        StoreError: the store is damaged, and no run of it is whole.
    """
    _check_free(target)
    snapshot, sound = (target.with_name(f".promptopt-{secrets.token_hex(8)}.tmp") for _ in range(2))
    try:
        store.write_snapshot(snapshot)
        with Store(snapshot) as copy:
            fault, (whole, damaged) = copy.damage(), copy.look_through()
            if (fault or damaged) and not whole:
                raise StoreError(
                    f"no backup was made, since no run of {store.path} is whole; {READ_DAMAGED}"
                )
        if fault or damaged:
            _save(whole, snapshot, sound)
        else:
            sound = snapshot
        with contextlib.closing(sqlite3.connect(sound, isolation_level=None)) as made:
            forget_place(made)
        move_to_free_name(sound, target)
    except FileExistsError:
        raise InputError(f"{target} exists already; name another file") from None
    except FullDiskError:
        raise InputError(f"cannot write {target}: the disk is full") from None
    except (OSError, sqlite3.Error) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot write {target}: {told}") from error
    finally:
        for path in {snapshot, sound}:
            for ending in ("", "-journal", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
    return Backup(len(whole), damaged, mended=bool(fault))


def _check_free(target: Path) -> None:
    if target.exists():
        raise InputError(f"{target} exists already; name another file")
    folder = target.parent
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder; name another")
    if not folder.exists():
        raise InputError(f"there is no folder {folder}; create it first")


def _save(runs: dict[str, Whole], damaged: Path, target: Path) -> None:
    """Copy runs of a damaged store into a new one."""
    with contextlib.closing(schema.connect(target)) as copy:
        copy.execute("ATTACH ? AS damaged", (str(damaged),))
        for run_id, run in runs.items():
            copy.execute("BEGIN IMMEDIATE")
            for table, way in run.ways.items():
                copy.execute(
                    f"INSERT INTO {table} SELECT * FROM damaged.{table} {way} "  # noqa: S608 - ours
                    f"WHERE {RUN_COLUMNS[table]} = ?",
                    (run_id,),
                )
            if run.spent is not None:
                places = ", ".join("?" * len(run.spent))
                copy.execute(f"INSERT INTO spent VALUES (?, {places})", (run_id, *run.spent))  # noqa: S608 - ours
            copy.execute("COMMIT")
        with contextlib.suppress(sqlite3.DatabaseError):  # names alone, that are not given again
            copy.execute("INSERT INTO deleted SELECT * FROM damaged.deleted")
        copy.execute("DETACH damaged")
        if fault := damage(copy):
            raise StoreError(f"no backup was made: the copy is damaged: {fault}")
