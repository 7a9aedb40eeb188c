"""Deleting a run, with everything that belongs to it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from promptopt.errors import DamagedRunError, InputError, PromptoptError, StoreError
from promptopt.runs import control
from promptopt.runs.paths import lock_path, run_files
from promptopt.runs.store import Store
from promptopt.runs.store_errors import SAVE_RUNS

LOCK_SECONDS = 3.0
"""How long to wait for the run's lock. A viewer may hold it for an instant while it looks."""


def refuse_live(store: Store, run_ids: Sequence[str]) -> None:
    """Raise where an engine is at work on one of the runs.

    Raises:
        InputError: which runs these are.
    """
    live = [run_id for run_id in run_ids if control.is_alive(store, run_id)]
    if live:
        what, it = ("run", "it") if len(live) == 1 else ("runs", "each")
        stops = "; ".join(f"promptopt stop {run_id}" for run_id in live)
        raise InputError(
            f"an engine is at work on {what} {', '.join(live)}; stop {it} first: {stops}"
        )


def delete(store: Store, run_id: str) -> None:
    """Delete a run from the store, and its log, lock and prompt files.

    What a person has exported stays. An engine that is started at the same instant either holds
    the run's lock already, and the run stays, or finds no run any more. Viewers that show the run
    see within a second that it is gone.

    Raises:
        InputError: an engine is at work on the run, or there is no such run.
        StoreError: the store cannot be written, or is damaged; the run stays as it was.
    """
    from filelock import FileLock, Timeout

    refuse_live(store, [run_id])
    lock = lock_path(store.path, run_id)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=LOCK_SECONDS):
            store.delete_run(run_id)
            # Under the lock still: whoever waits for it sees that its file is gone, and looks anew.
            for path in run_files(store.path, run_id):
                with contextlib.suppress(OSError):  # what cannot be removed is no run any more
                    path.unlink()
    except DamagedRunError as error:
        raise DamagedRunError(
            f"run {run_id} cannot be deleted, as the store is damaged where it stands. Save the "
            f"runs that are whole into a new store, and go on there: {SAVE_RUNS}"
        ) from error
    except Timeout:
        raise InputError(
            f"an engine is starting on run {run_id}; stop it first: promptopt stop {run_id}"
        ) from None
    except OSError as error:
        raise StoreError(f"run {run_id} could not be deleted: {error}") from error
    with contextlib.suppress(StoreError):  # it is deleted; the space can be given back later
        store.give_space_back()


def delete_several(store: Store, run_ids: Sequence[str]) -> None:
    """Delete runs one by one; none where an engine is at work on one of them.

    Raises:
        PromptoptError: one could not be deleted; says which were.
    """
    refuse_live(store, run_ids)
    for index, run_id in enumerate(run_ids):
        try:
            delete(store, run_id)
        except PromptoptError as error:
            if index == 0:
                raise
            done = ", ".join(run_ids[:index])
            raise type(error)(f"{error}; deleted before that: {done}") from error
