"""The lineage of a candidate, to be walked with the cursor."""

from __future__ import annotations

from typing import ClassVar

from promptopt.results.numbers import short
from promptopt.runs.state import CandidateState, RunState, candidate_name
from tui.lineage_rows import DESCENDANTS_SHOWN, LineageRow, joint_within, lineage_rows
from tui.run_words import PERSON, PERSON_SIGN, by_text, edits_text, sign_of
from tui.widgets.line_table import Cell, Column, LineTable


class LineageTree(LineTable[int]):
    """Rows are candidate ids. The candidate that it is the lineage of is marked."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("tree", "", 12, grows=1),
        Column("by", "by", 8, rank=2),
        Column("edits", "edits", 5, align="right", rank=3),
        Column("dev", "dev", 6, align="right", rank=1),
    )

    def __init__(self, state: RunState, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._state = state
        self._rows: dict[int, LineageRow] = {}
        self._subject: int | None = None
        self._best: int | None = None

    def show_lineage(
        self, candidate: CandidateState, best: CandidateState | None, subtitle: str
    ) -> None:
        """Show the tree around a candidate, with the cursor on it where it is another one."""
        rows, cut = lineage_rows(self._state, candidate)
        self.show_titles(f"4 Lineage · first {DESCENDANTS_SHOWN}" if cut else "4 Lineage", subtitle)
        self._rows = {row.id: row for row in rows}
        self._best = best.id if best is not None else None
        self.show([row.id for row in rows])
        if candidate.id != self._subject:
            self._subject = candidate.id
            self.move_to(candidate.id)
        self.redraw()

    def lead(self, row: int) -> str:
        return "▸" if row == self._subject else ""

    def revision(self, row: int) -> int:
        candidate = self._state.candidates.get(row)
        return candidate.revision if candidate else -1

    def cells(self, row: int) -> dict[str, Cell]:
        candidate, place = self._state.candidates.get(row), self._rows.get(row)
        if candidate is None or place is None:
            return {}
        signs = [sign_of(self._state, candidate, self._best)]
        if candidate.operation == PERSON:
            signs.append(PERSON_SIGN)  # there is seldom room for the operation beside it
        told = "".join(f" {sign}" for sign in signs if sign.strip())
        name = candidate_name(row) + told
        name = joint_within(place.joint, self.width_of("tree") - len(name)) + name
        out = "muted" if candidate.status in ("dropped", "vetoed") else ""
        return {
            "tree": Cell(name, "star" if row == self._subject else out),
            "by": Cell(by_text(candidate), "muted"),
            "edits": Cell(edits_text(candidate), "muted"),
            "dev": Cell(short(candidate.dev.mean) if candidate.dev else "", out),
        }
