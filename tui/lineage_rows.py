"""The tree around a candidate: where it comes from, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promptopt.results.candidates import lineage
from promptopt.runs.state import CandidateState, RunState

DESCENDANTS_SHOWN = 500
"""A seed prompt may have begotten all the others."""


@dataclass(frozen=True, slots=True)
class LineageRow:
    """A line of the tree: `joint` are the branches drawn before the name."""

    id: int
    joint: str


def lineage_rows(state: RunState, candidate: CandidateState) -> tuple[list[LineageRow], bool]:
    """The candidate's first parents back to where it began, itself, and all its descendants.

    Each stands under the one that it was made from; a child of two parents stands under the
    first of them. Descendants beyond `DESCENDANTS_SHOWN` are left out; returns whether any are.
    """
    ancestors = lineage(state, candidate)
    rows = [LineageRow(each.id, _joint(depth)) for depth, each in enumerate(ancestors)]
    indent = "  " * (len(ancestors) - 1)
    return rows, _add_children(candidate.id, indent, children_of(state), rows)


def children_of(state: RunState) -> dict[int, list[int]]:
    """Every candidate that has children, to these; by the first parents."""
    children: dict[int, list[int]] = {}
    for each in state.candidates.values():
        if each.parents and each.parents[0] != each.id:
            children.setdefault(each.parents[0], []).append(each.id)
    return children


def joint_within(joint: str, width: int) -> str:
    """The branches in so many columns: those nearest to the name, where there are too many."""
    if len(joint) <= width:
        return joint
    return "⋯" + joint[len(joint) - max(1, width - 1) :]


def _joint(depth: int) -> str:
    return "" if depth == 0 else "  " * (depth - 1) + "└ "


def _add_children(
    first: int, indent: str, children: Mapping[int, Sequence[int]], rows: list[LineageRow]
) -> bool:
    """Add the descendants, as many as are shown; returns whether there are more."""
    seen = {row.id for row in rows}
    most = len(rows) + DESCENDANTS_SHOWN
    # From the last to the first, since the end of the list is taken first.
    waiting = [(child, indent, at == 0) for at, child in enumerate(children.get(first, ())[::-1])]
    while waiting:
        row, indent, last = waiting.pop()
        if row in seen:
            continue
        if len(rows) == most:
            return True
        seen.add(row)
        rows.append(LineageRow(row, indent + ("└ " if last else "├ ")))
        below = indent + ("  " if last else "│ ")
        waiting += [(child, below, at == 0) for at, child in enumerate(children.get(row, ())[::-1])]
    return False
