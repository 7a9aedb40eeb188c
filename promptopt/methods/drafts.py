"""Draft: a reply on its way to become a candidate, with its distance from its first parent."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.methods.edit_budget import EditBudget, distance, project
from promptopt.methods.optimizer import Query

Read = Callable[[str], str]
"""Turns a reply into an instruction; empty where there is none."""


class Draft(msgspec.Struct, frozen=True):
    """A text that may become a candidate.

    Attributes:
        query: what was asked.
        reply: what came, as it came.
        text: the instruction in it.
        distance: from the first parent in words; None where there is none.
        edit_outcome: as that of a candidate.
        refusal: why it is too far from its parent to become one, in a few words.
    """

    query: Query
    reply: str
    text: str
    distance: int | None
    edit_outcome: str = ""
    refusal: str = ""

    @property
    def parents(self) -> tuple[Candidate, ...]:
        return self.query.parents


def first_try(query: Query, reply: str, read: Read, budget: EditBudget | None) -> Draft:
    """The draft in a reply: "within" the edit budget or "over" it, where there is one."""
    return _measured(query, reply, read(reply), budget, "within")


def second_try(
    draft: Draft,
    reply: str | None,
    read: Read,
    budget: EditBudget,
    refuse: Callable[[str], str | None] = lambda _: None,
) -> Draft:
    """What becomes of a draft that was sent back.

    Args:
        draft: the first try, which was over the budget.
        reply: the second try; None where there is none, so that the first one has to do.
        read: as in `first_try`.
        budget: what both tries are held to.
        refuse: why a text cannot be a candidate, else None. A second try that cannot be one
            leaves the first.

    Returns:
        A draft within the budget, "sent back" or "projected"; or one with a refusal.
    """
    if reply is not None and (text := read(reply)) and refuse(text) is None:
        draft = _measured(draft.query, reply, text, budget, "sent back")
    if draft.edit_outcome != "over":
        return draft
    parent = draft.parents[0]
    if budget.excess == "project":
        near = project(parent.text, draft.text, budget.words)
        return _measured(draft.query, draft.reply, near, budget, "projected")
    refusal = f"{draft.distance} words from c{parent.id:03d}, at most {budget.words}"
    return msgspec.structs.replace(draft, refusal=refusal)


def _measured(
    query: Query, reply: str, text: str, budget: EditBudget | None, outcome: str
) -> Draft:
    far = distance(query.parents[0].text, text) if query.parents else None
    if budget is None or far is None:
        return Draft(query, reply, text, far)
    return Draft(query, reply, text, far, outcome if far <= budget.words else "over")
