"""Draft: a reply on its way to become a candidate, with its distance from its first parent."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.llm.thought import without_thought
from promptopt.methods.edit_budget import EditBudget, distance, project
from promptopt.methods.optimizer import Query
from promptopt.methods.prompts import fill

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
        refusal: why it cannot become one, in a few words: it is too far from its parent, or the
            reply does not have the form that was asked for.
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


def first_try(
    query: Query, reply: str, read: Read, budget: EditBudget | None, *, opened: bool = False
) -> Draft:
    """The draft in a reply: "within" the edit budget or "over" it, where there is one.

    Args:
        query: what was asked.
        reply: what came.
        read: finds the instruction in it.
        budget: what it is held to.
        opened: whether the opening of the query stood in front of the reply already. Otherwise,
            a reply without it has no draft in it but a refusal.
    """
    text, said = read(reply), without_thought(reply)
    talks = said and not text and query.opening.casefold() not in said.casefold()
    if talks and not opened:
        return Draft(query, reply, "", None, refusal=f"no {query.opening}")
    return _measured(query, reply, text, budget, "within")


def complaint(draft: Draft, budget: EditBudget) -> str:
    """What a draft is sent back with."""
    return fill("gpo_unmarked") if draft.refusal else budget.complaint(draft.distance or 0)


def second_try(
    draft: Draft,
    reply: str | None,
    read: Read,
    budget: EditBudget,
    refuse: Callable[[str], str | None] = lambda _: None,
) -> Draft:
    """What becomes of a draft that was sent back.

    Args:
        draft: the first try, which was over the budget or not in the form that was asked for.
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
