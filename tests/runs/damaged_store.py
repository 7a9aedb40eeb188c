"""A store with three runs, whose pages are to be overwritten one by one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from promptopt.errors import DamagedRunError
from promptopt.results.summary import run_summary
from promptopt.runs.commands import Remark
from promptopt.runs.config import config_from_json
from promptopt.runs.events import Warned
from promptopt.runs.store import Store

from ..results.played_run import PROPOSALS, play_run

PAGE = 4096
FILLS = {"ones": b"\xff" * PAGE, "zeros": bytes(PAGE)}


@dataclass(frozen=True)
class Intact:
    """The store before it is damaged.

    Attributes:
        told: by run, all that is read of it.
        owners: by page, from 1, the table or index that it belongs to, and what it is there:
            "leaf", "internal" or "overflow". Pages without one hold nothing that is read.
    """

    content: bytes
    told: dict[str, dict[str, object]]
    owners: dict[int, tuple[str, str]]

    @property
    def pages(self) -> int:
        return len(self.content) // PAGE

    def write(self, path: Path, pages: range, fill: bytes, *, copy: bool) -> None:
        """Write the store with some pages overwritten: in place, or a copy of one that was."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        if not copy:
            Store(path).close()  # it is at home here from now on
        with path.open("r+b") as file:
            for page in pages:
                file.seek((page - 1) * PAGE)
                file.write(fill)


def intact(folder: Path) -> Intact:
    """Three runs, pages that are free, and something in each table."""
    path = folder / "promptopt.db"
    with Store(path) as store:
        runs = [play_run(store) for _ in range(3)]
        for run_id in runs:
            for number in range(60):  # pages of its own
                store.append_event(run_id, Warned(f"warning {number} {'x' * 100}"))
            store.send_command(run_id, Remark("Look again."))
        store.delete_run(play_run(store))
        told = {run_id: told_of(store, run_id) for run_id in runs}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        try:
            rows = connection.execute("SELECT pageno, name, pagetype FROM dbstat").fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite does not tell what its pages are")
    return Intact(path.read_bytes(), told, {page: (name, kind) for page, name, kind in rows})


def told_of(store: Store, run_id: str) -> dict[str, object]:
    """All that is read of a run, with "damaged" in place of what is called so."""
    parts: dict[str, Callable[[], object]] = {
        "state": lambda: run_summary(store.state(run_id)),
        "config": lambda: config_from_json(store.find_run(run_id).config),
        "task": lambda: store.task(run_id),
        "answers": lambda: [
            store.predictions(run_id, candidate, split)
            for candidate in range(len(PROPOSALS) + 1)
            for split in ("dev", "test")
        ],
        "asked": lambda: store.open_commands(run_id),
        "spent": lambda: store.spent(run_id),
        "responses": lambda: store._rows("SELECT * FROM responses WHERE run_id = ?", run_id),
    }
    told = {}
    for name, read in parts.items():
        try:
            told[name] = read()
        except DamagedRunError:
            told[name] = "damaged"
    return told
