"""Edit budget: how far a proposal may be from the current prompt, measured and enforced.

Distances are word edit distances: words inserted, deleted or replaced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from promptopt import _core
from promptopt.methods.prompts import fill
from promptopt.methods.settings import Excess

# What `_core.words` takes for words, each with the white space behind it.
_word = re.compile(r"\S+\s*")


class EditBudget(msgspec.Struct, frozen=True):
    """What one step allows.

    Attributes:
        words: the largest distance, at least 1.
        excess: what becomes of a proposal that is still beyond it when it comes back. "project":
            it is cut down to the budget; "reject": it is turned away; "observe": nothing is sent
            back and everything passes, on record as beyond.
    """

    words: int
    excess: Excess = "project"

    @property
    def enforced(self) -> bool:
        """Whether what is beyond it is held back, and not only put on record."""
        return self.excess != "observe"

    def complaint(self, distance: int) -> str:
        """What a proposal that is too far is sent back with."""
        return fill("gpo_send_back", distance=str(distance), budget=str(self.words))


def distance(current: str, proposal: str) -> int:
    """The word edit distance of two texts."""
    return _core.levenshtein(current, proposal)


def project(current: str, proposal: str, budget: int) -> str:
    """The proposal cut down to the budget: the current prompt with as many of its edits as fit.

    Of the edits of a best alignment, whole hunks (edits with no word between them that stays)
    are taken in order as far as they fit; single edits of the first hunk that was left out use
    up what is left then. The result lies on a shortest way from one text to the other: at
    distance min(budget, d) from the current prompt and d - budget from the proposal, where d is
    the distance of the two.

    Args:
        current: the prompt that the proposal is to be near.
        proposal: a text, whose white space stays with its words.
        budget: words, at least 0.
    """
    left = budget
    taken: set[tuple[int, int]] = set()
    waiting: list[list[tuple[int, int]]] = []
    edits = _edits(current, proposal)
    for hunk in _hunks(edits):
        if len(hunk) <= left:
            taken.update(hunk)
            left -= len(hunk)
        else:
            waiting.append(hunk)
    if waiting:
        taken.update(waiting[0][:left])
    return _applied(current, proposal, [edit for edit in edits if edit[1:] in taken])


def _edits(current: str, proposal: str) -> list[tuple[int, int, int]]:
    """The edits of an alignment in order: (operation, word of current, word of proposal).

    A deletion stands before word `proposal`, an insertion before word `current`.
    """
    return [
        (operation, at, other) for operation, at, other in _core.editops(current, proposal).tolist()
    ]


def _hunks(edits: Sequence[tuple[int, int, int]]) -> list[list[tuple[int, int]]]:
    """Edits with no word between them that stays, each by its two places."""
    hunks: list[list[tuple[int, int]]] = []
    end = (-1, -1)
    for operation, at, other in edits:
        if (at, other) != end or not hunks:
            hunks.append([])
        hunks[-1].append((at, other))
        end = (at + (operation != _core.EDIT_INSERT), other + (operation != _core.EDIT_DELETE))
    return hunks


def _applied(current: str, proposal: str, edits: Sequence[tuple[int, int, int]]) -> str:
    """The current text with some of the edits of its alignment with the proposal."""
    old, new = _word.findall(current), _word.findall(proposal)
    made: list[str] = []
    done = 0
    for operation, at, other in edits:
        made.extend(old[done:at])
        done = at
        if operation != _core.EDIT_INSERT:
            done += 1
        if operation != _core.EDIT_DELETE:
            made.append(new[other])
    made.extend(old[done:])
    # A word that was the last of its text has nothing behind it.
    return "".join(word if word[-1].isspace() else f"{word} " for word in made).strip()
