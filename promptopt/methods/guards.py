"""Guards: why a proposal is turned away before anything is spent on scoring it."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

from promptopt.methods.proposals import fingerprint
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

COPY_WORDS = 5
"""Words from which on a sentence of the training data within a proposal counts as copied."""

_placeholder = re.compile(r"\{\w+\}|<[A-Z][A-Z_]*>")
_sentence_end = re.compile(r"(?<=[.!?])\s+|\n+")
_marks = string.punctuation + "“”‘’«»…–—"


class Guards:
    """The checks that every proposal of every method has to pass.

    A sentence of the training data counts as copied if it belongs to one example. What several
    examples share, like a question that all of them end with or a list of labels, describes the
    task; so does what the seed prompt says.

    Args:
        task: with the train split, of which nothing may be copied, and the seed prompt, whose
            placeholders must be kept.
    """

    def __init__(self, task: Task) -> None:
        self._placeholders = set(_placeholder.findall(task.seed_prompt))
        self._longest = len(task.seed_prompt.split())
        self._inputs = {fingerprint(example.input) for example in task.train}
        holders = Counter(sentence for each in task.train for sentence in set(_sentences(each)))
        seed_prompt = _bare(task.seed_prompt)
        self._sentences = [
            sentence
            for sentence, count in holders.items()
            if count == 1 and sentence not in seed_prompt
        ]

    def refuse(self, text: str, max_words: int, begins: str = "") -> str | None:
        """Why the text cannot be a candidate, in a few words; None if it can.

        Args:
            text: a proposal.
            max_words: how long it may be; the seed prompt's length is allowed in any case.
            begins: what it has to begin with, in any case of letters.
        """
        mark = fingerprint(text)
        if not mark:
            return "empty"
        if not text.casefold().startswith(begins.casefold()):
            return f'does not begin with "{begins}"'
        bare = _bare(text)
        if mark in self._inputs or any(sentence in bare for sentence in self._sentences):
            # It carries examples into the test, or is no instruction at all. An input of a few
            # words may stand in an instruction by chance: it counts only as the whole of it.
            return "copies a training example"
        lost = sorted(self._placeholders - set(_placeholder.findall(text)))
        if lost:
            return f"lost the placeholder {lost[0]}"
        words, limit = len(text.split()), max(max_words, self._longest)
        if words > limit:
            return f"{words} words, at most {limit}"
        return None


def _sentences(example: Example) -> Iterable[str]:
    """The long sentences of an example, and its texts as a whole, as `_bare` leaves them."""
    for text in (example.input, *example.references, *example.choices):
        for part in (text, *_sentence_end.split(text)):
            bare = _bare(part)
            if len(bare.split()) >= COPY_WORDS:
                yield bare


def _bare(text: str) -> str:
    """The words of a text, without case and the marks around them, each between two spaces."""
    words = (word.strip(_marks) for word in text.casefold().split())
    return f" {' '.join(word for word in words if word)} "
