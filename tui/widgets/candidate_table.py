"""The candidates of a run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import ClassVar

from promptopt.results.numbers import short, signed
from promptopt.runs.state import CandidateState, RunState, Score, candidate_name
from tui.cells import shown, shown_start
from tui.run_words import STATE_WORDS, by_text, edits_text, error_is_known, n_text, sign_of
from tui.widgets.line_table import Cell, Column, LineTable

WIDTH_WITH_PROMPTS = 90
"""Cells from which on all columns have room, prompts too."""

PROMPT_CELLS = 400
"""No window is wider; the rest of a prompt is not looked at for its row."""


class CandidateTable(LineTable[int]):
    """Rows are candidate ids."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("sign", "", 1),
        Column("id", "id", 5),
        Column("step", "step", 4, align="right", rank=6),
        Column("from", "from", 5, rank=5),
        Column("by", "by", 8, rank=4),
        Column("dev", "dev", 6, align="right"),
        Column("error", "±", 4, align="right"),
        Column("n", "n", 7, align="right"),
        Column("seed", "Δseed", 6, align="right", rank=7),
        Column("state", "state", 7, rank=2),
        Column("edits", "edits", 6, align="right", rank=8),
        Column("prompt", "prompt", 16, grows=1, rank=3),
    )
    nothing = "No candidates yet."

    def __init__(
        self,
        state: RunState,
        marked: Collection[int] = (),
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._state = state
        self._marked = marked
        self._best: int | None = None
        self._seed_revision = -1
        self._beside_prompt = False
        self._name_cells = 5

    def set_beside_prompt(self, beside: bool) -> None:
        """Whether the prompt under the cursor stands beside the table."""
        if beside != self._beside_prompt:
            self._beside_prompt = beside
            self.redraw()

    def columns_for(self, width: int) -> tuple[Column, ...]:
        columns = self.columns
        if self._beside_prompt and width < WIDTH_WITH_PROMPTS:
            columns = tuple(each for each in columns if each.key != "prompt")
        return tuple(
            replace(each, width=self._name_cells) if each.key in ("id", "from") else each
            for each in columns
        )

    def show_candidates(self, ids: list[int], best: CandidateState | None = None) -> None:
        """Show these candidates, as the state now has them; `best` spares looking for it."""
        if len(candidate_name(len(self._state.candidates))) > self._name_cells:
            self._name_cells = len(candidate_name(len(self._state.candidates)))
            self.redraw()
        seed = self._state.seed_prompt
        best = best if best is not None else self._state.best
        best_id = best.id if best else None
        seed_revision = seed.revision if seed else -1
        if (best_id, seed_revision) != (self._best, self._seed_revision):
            # The star moves, or every difference to the seed prompt does.
            self._best, self._seed_revision = best_id, seed_revision
            self.redraw()
        self.show(ids)

    def lead(self, row: int) -> str:
        return "◆" if row in self._marked else ""

    def revision(self, row: int) -> int:
        candidate = self._state.candidates.get(row)
        return candidate.revision if candidate else -1

    def cells(self, row: int) -> dict[str, Cell]:
        candidate = self._state.candidates.get(row)
        if candidate is None:  # the search was begun anew a moment ago
            return {}
        dev = candidate.dev
        out = "muted" if candidate.status in ("dropped", "vetoed") else ""
        best = row == self._best
        return {
            "sign": Cell(sign_of(self._state, candidate, self._best), "star" if best else out),
            "id": Cell(candidate_name(row), "star" if best else out),
            "step": Cell(str(candidate.step), "muted"),
            "from": Cell(_name(candidate.parent), "muted"),
            "by": Cell(by_text(candidate), "muted"),
            "dev": Cell(short(dev.mean) if dev else "", "star" if best else out),
            "error": Cell(_error(dev) if dev else "", "muted"),
            "n": Cell(n_text(self._state, candidate), out),
            "seed": self._over_seed(candidate),
            "state": Cell(
                STATE_WORDS.get(candidate.status, shown(candidate.status)),
                "good" if candidate.status in ("kept", "winner") else "muted",
            ),
            "edits": Cell(edits_text(candidate), "muted"),
            "prompt": Cell(shown_start(candidate.text, PROMPT_CELLS), out),
        }

    def _over_seed(self, candidate: CandidateState) -> Cell:
        """The difference to the seed prompt, only between scores on all of dev."""
        seed = self._state.seed_prompt
        if seed is None or seed is candidate or candidate.dev is None or seed.dev is None:
            return Cell("")
        if not (self._state.is_complete(candidate) and self._state.is_complete(seed)):
            return Cell("")
        difference = candidate.dev.mean - seed.dev.mean
        tone = "muted" if round(difference, 3) == 0 else "good" if difference > 0 else "bad"
        return Cell(signed(difference), tone)


def _name(candidate: int | None) -> str:
    return "" if candidate is None else candidate_name(candidate)


def _error(score: Score) -> str:
    if score.stderr is None:
        return ""
    return short(score.stderr) if error_is_known(score) else "—"
