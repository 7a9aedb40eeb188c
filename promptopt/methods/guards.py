"""Guards: why a proposal is turned away before anything is spent on scoring it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from promptopt.methods.proposals import fingerprint
from promptopt.tasks.task import Task

LONG_TEXT = 5
"""Words from which on a training text within a proposal counts as copied."""

_placeholder = re.compile(r"\{\w+\}|<[A-Z][A-Z_]*>")
_sentence_end = re.compile(r"(?<=[.!?])\s+|\n+")


class Guards:
    """The checks that every proposal of every method has to pass.

    Args:
        task: with the train split, of which nothing may be copied, and the seed prompt, whose
            placeholders must be kept.
    """

    def __init__(self, task: Task) -> None:
        self._placeholders = set(_placeholder.findall(task.seed_prompt))
        self._inputs = {fingerprint(example.input) for example in task.train}
        texts = [text for each in task.train for text in (each.input, *each.references)]
        self._long = {
            mark
            for text in texts
            for sentence in _sentences(text)
            if len((mark := fingerprint(sentence)).split()) >= LONG_TEXT
        }

    def refuse(self, text: str, max_words: int) -> str | None:
        """Why the text cannot be a candidate, in a few words; None if it can."""
        mark = fingerprint(text)
        if not mark:
            return "empty"
        if mark in self._inputs or any(sentence in mark for sentence in self._long):
            # It carries examples into the test, or is no instruction at all. An input of a few
            # words may stand in an instruction by chance: it counts only as the whole of it.
            return "copies a training example"
        lost = sorted(self._placeholders - set(_placeholder.findall(text)))
        if lost:
            return f"lost the placeholder {lost[0]}"
        words = len(text.split())
        if words > max_words:
            return f"{words} words, at most {max_words}"
        return None


def _sentences(text: str) -> Iterable[str]:
    return (text, *_sentence_end.split(text))
