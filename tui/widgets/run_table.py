"""The runs of the store."""

from __future__ import annotations

import time
from typing import ClassVar

from promptopt.results.numbers import signed
from promptopt.runs.state import CandidateState, RunState
from tui.cells import shown
from tui.run_words import (
    STATUS_SIGNS,
    STATUS_TONES,
    ago,
    calls_text,
    is_tested,
    score_text,
    seen_status,
    stage_text,
)
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
        # Test is what counts, and nothing was chosen on it; until it is scored, dev stands in.
        Column("score", "score", 21, grows=1, rank=1),
        Column("gain", "gain", 5, align="right", rank=2),
        Column("dev", "best dev", 17, rank=7),
        Column("calls", "calls", 11, align="right", rank=3),
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

    def lead(self, row: str) -> str:
        return "◆" if row in self._feed.marked else ""

    def cells(self, row: str) -> dict[str, Cell]:
        run = self._feed.runs.get(row)
        if run is None:
            return {}
        # Of a damaged run, what was read before the damage is not all there is.
        state = RunState(row) if run.damaged else run.state
        status = seen_status(run.status, state)
        tone = _TONES.get(STATUS_TONES.get(status, ""), "muted")
        method = shown(state.setup.method) if state.setup else ""
        best = state.best
        return {
            "sign": Cell(STATUS_SIGNS.get(status, "·"), tone),
            "status": Cell(status, tone),
            "run": Cell(shown(row)),
            "method": Cell(method, "muted"),
            "stage": Cell(_stage(run), "muted"),
            "score": _score(state),
            "gain": _gain(state),
            "dev": Cell(_dev(state, best) if best else "", "muted"),
            "calls": Cell("" if run.damaged else calls_text(state).replace(" of ", "/")),
            "age": Cell(ago(time.time() - run.created_at) if run.created_at else "", "muted"),
        }


def _stage(run: ListedRun) -> str:
    if run.behind:
        return "reading…"
    return "" if run.state.ended else stage_text(run.state)


def _score(state: RunState) -> Cell:
    """On test once that is scored to its end, else the best so far on dev."""
    best = state.best
    if best is None:
        return Cell("")
    if is_tested(state):
        return Cell(f"test {score_text(best.test)}", "star")
    return Cell(f"dev {_dev(state, best)}")


def _dev(state: RunState, best: CandidateState) -> str:
    return ("" if state.is_complete(best) else "~") + score_text(best.dev)


def _gain(state: RunState) -> Cell:
    """Over the seed prompt, on the split of the score, where both met as many examples."""
    best, seed = state.best, state.seed_prompt
    if best is None or seed is None:
        return Cell("")
    if best is seed:
        return Cell("none" if state.winner is not None else "", "muted")
    mine, base = (best.test, seed.test) if is_tested(state) else (best.dev, seed.dev)
    if mine is None or base is None or mine.n != base.n:
        return Cell("")
    gain = mine.mean - base.mean
    return Cell(signed(gain), "good" if gain > 0 else "bad")
