"""What has changed between two prompts, in words."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from promptopt import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    operations = _core.editops(old, new)
    distance = sum(operation != "equal" for operation, _, _ in operations)
    parts: list[DiffPart] = []
    for changed, run in itertools.groupby(operations, key=lambda each: each[0] != "equal"):
        steps = list(run)
        gone = [old_words[at] for operation, at, _ in steps if operation != "insert"]
        came = [new_words[at] for operation, _, at in steps if operation != "delete"]
        parts.extend(_changed(gone, came) if changed else [DiffPart("equal", " ".join(came))])
    return WordDiff(tuple(parts), distance)


def _changed(gone: list[str], came: list[str]) -> Iterator[DiffPart]:
    if gone:
        yield DiffPart("delete", " ".join(gone))
    if came:
        yield DiffPart("insert", " ".join(came))


def _encodable(text: str) -> str:
    """Lone surrogates cannot be handed to the core; each becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
