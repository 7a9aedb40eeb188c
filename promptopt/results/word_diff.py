"""What has changed between two prompts, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from promptopt import _core

Kind = Literal["equal", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A run of words that stayed, went or came, joined by single spaces."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class WordDiff:
    """How the old text becomes the new one.

    Attributes:
        parts: in reading order. Words that are replaced stand as a "delete" followed by an
            "insert". The "equal" and "delete" parts together are the words of the old text,
            the "equal" and "insert" parts those of the new one.
        distance: the word edit distance, in words inserted, deleted or replaced.
    """

    parts: tuple[DiffPart, ...]
    distance: int


def word_diff(old: str, new: str) -> WordDiff:
    """Align two texts word by word at the least number of edits.

    Words are what the core's `words` makes of a text, so that the distance is the one that
    edit budgets are counted in; how words are spaced is no difference.
    """
    old, new = _encodable(old), _encodable(new)
    old_words, new_words = _core.words(old), _core.words(new)
    edits: list[list[int]] = _core.editops(old, new).tolist()
    parts: list[DiffPart] = []
    gone: list[str] = []
    came: list[str] = []
    at_old = 0
    for operation, in_old, in_new in [*edits, [_END, len(old_words), len(new_words)]]:
        # The words between two edits stayed.
        stayed = old_words[at_old:in_old]
        if stayed or operation == _END:
            parts += _part("delete", gone) + _part("insert", came) + _part("equal", stayed)
            gone, came = [], []
        at_old = in_old
        if operation in (_core.EDIT_REPLACE, _core.EDIT_DELETE):
            gone.append(old_words[in_old])
            at_old += 1
        if operation in (_core.EDIT_REPLACE, _core.EDIT_INSERT):
            came.append(new_words[in_new])
    return WordDiff(tuple(parts), len(edits))


_END = -1
"""Stands for an operation after the last word of both texts."""


def _part(kind: Kind, words: list[str]) -> list[DiffPart]:
    return [DiffPart(kind, " ".join(words))] if words else []


def _encodable(text: str) -> str:
    """Lone surrogates cannot be handed to the core; each becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
