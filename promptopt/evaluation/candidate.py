"""Candidate: one instruction with where it came from."""

from __future__ import annotations

import msgspec


class Candidate(msgspec.Struct, frozen=True):
    """One instruction.

    Attributes:
        id: counts from 0, the seed prompt, in the order in which candidates were made.
        text: the instruction.
        operation: what made it: "seed", "forward", "reverse", "custom", "prefix", "resample"…
        step: the round of the method in which it was made.
        parents: ids of the candidates that it was made from.
        distance: word edit distance from the first parent; None where there is none.
        edit_budget: how many words it was allowed to differ by; None where there was no limit.
        edit_outcome: how the budget was kept: "within", "sent back" (within it at the second
            try), "projected" (cut down to it) or "over" (only recorded); "" without a budget.
    """

    id: int
    text: str
    operation: str
    step: int
    parents: tuple[int, ...] = ()
    distance: int | None = None
    edit_budget: int | None = None
    edit_outcome: str = ""
