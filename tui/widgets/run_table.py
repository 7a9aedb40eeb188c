"""The runs of the store."""

from __future__ import annotations

import time
from typing import ClassVar

from promptopt.results.numbers import shown_score, signed
from promptopt.runs.state import RunState
from tui.cells import shown
from tui.run_words import STATUS_SIGNS, STATUS_TONES, ago, calls_text
from tui.runs_feed import ListedRun, RunsFeed
from tui.widgets.line_table import Cell, Column, LineTable

_TONES = {"success": "good", "error": "bad", "warning": "star", "primary": "star"}


class RunTable(LineTable[str]):
    """Rows are run ids, the newest first."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("sign", "", 1),
        Column("status", "status", 11),
        Column("run", "run", 16, grows=2),
        Column("method", "method", 7, grows=1, rank=8),
        Column("stage", "stage", 9, grows=1, rank=4),
        Column("best", "best dev", 17, rank=1),
        Column("gain", "gain", 5, align="right", rank=2),
        Column("test", "test", 17, rank=7),
        Column("calls", "calls", 14, align="right", rank=3),
        Column("age", "age", 4, align="right", rank=5),
    )
    nothing = "No runs yet."

    def __init__(self, feed: RunsFeed, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._feed = feed

    def revision(self, row: str) -> int:
        run = self._feed.runs.get(row)
        if run is None:
            return -1
        # The age moves on by itself; at most once a minute is enough for a row.
        return run.revision * 100_000 + int((time.time() - run.created_at) / 60) % 100_000

    def cells(self, row: str) -> dict[str, Cell]:
        run = self._feed.runs.get(row)
        if run is None:
            return {}
        state, status = run.state, run.status
        tone = _TONES.get(STATUS_TONES.get(status, ""), "muted")
        method = shown(state.setup.method) if state.setup else ""
        best = state.best
        partial = "" if best is None or state.is_complete(best) else "~"
        return {
            "sign": Cell(STATUS_SIGNS.get(status, "·"), tone),
            "status": Cell(status, tone),
            "run": Cell(shown(row)),
            "method": Cell(method, "muted"),
            "stage": Cell(_stage(run), "muted"),
            "best": Cell(partial + shown_score(best.dev) if best else "", "star"),
            "gain": _gain(state),
            "test": Cell(shown_score(best.test) if best and best.test else ""),
            "calls": Cell(calls_text(state)),
            "age": Cell(ago(time.time() - run.created_at), "muted"),
        }


def _stage(run: ListedRun) -> str:
    if run.behind:
        return "reading…"
    return "" if run.state.ended else shown(run.state.stage)


def _gain(state: RunState) -> Cell:
    """Over the seed prompt on dev, where both were scored on as many examples."""
    best, seed = state.best, state.seed_prompt
    if best is None or seed is None or best is seed or best.dev is None or seed.dev is None:
        return Cell("")
    if best.dev.n != seed.dev.n:
        return Cell("")
    gain = best.dev.mean - seed.dev.mean
    return Cell(signed(gain), "good" if gain > 0 else "bad")
