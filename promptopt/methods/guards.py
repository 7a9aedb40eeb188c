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
"""Words from which on a sentence of the training data within a proposal counts as copied, and
so does a pair of an input and a reference that have as many together."""

FEW_PAIRS = 2
"""Of shorter pairs, so many with different references count. One may be there by chance."""

# "I'm sorry, but I can't help with that.", "As an AI language model, I cannot …". An instruction
# may well begin with "As an AI assistant, answer …" or "Sorry, …" alone.
_refusal = re.compile(
    r"(?:(?:unfortunately|(?:(?:i am|i'm) )?(?:so |very |really |truly )?sorry|(?:my )?apologies"
    r"|i apologi[sz]e|(?:i am|i'm) afraid|as an? (?:ai|large language|language)\b)"
    r"[^.!?\n]{0,60}?\b(?:i|we)(?: am|'m)? ?(?:can't|cannot|can not|won't|will not|unable|not able"
    r"|do not|don't|must decline|have to decline)\b"
    r"|i(?: am|'m)? ?(?:can't|cannot|can not|won't|will not|unable to|not able to) "
    r"(?:help|assist|comply|fulfil|provide|continue|create|generate|produce|do that)\b)",
    re.IGNORECASE,
)
_placeholder = re.compile(r"\{\w+\}|<[A-Z][A-Z_]*>")
_sentence_end = re.compile(r"(?<=[.!?])\s+|\n+")
_marks = string.punctuation + "“”‘’«»…–—"
_dashes = re.compile(r"[–—→⇒]|--+|[-=]+>")
_links = frozenset(("to", "is", "becomes", "gives", "output", "answer"))


class Guards:
    """The checks that every proposal of every method has to pass.

    A sentence of the training data counts as copied if it belongs to one example. What several
    examples share, like a question that all of them end with or a list of labels, describes the
    task; so does what the seed prompt says. Inputs of a few words, as those of word tasks, are
    part of an instruction by chance; with their references beside them they are demonstrations.

    Args:
        task: with the train split, of which nothing may be copied, and the seed prompt, whose
            placeholders must be kept.
    """

    def __init__(self, task: Task) -> None:
        self._placeholders = set(_placeholder.findall(task.seed_prompt))
        self._longest = len(task.seed_prompt.split())
        self._inputs = {_bare(example.input) for example in task.train}
        holders = Counter(sentence for each in task.train for sentence in set(_sentences(each)))
        seed_prompt = _bare(task.seed_prompt)
        self._sentences = [
            sentence
            for sentence, count in holders.items()
            if count == 1 and sentence not in seed_prompt
        ]
        self._pairs = _Pairs(task.train, seed_prompt)

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
        if _refusal.match(text.replace("’", "'").lstrip("\"'“ ")):
            return "a refusal"
        bare = _bare(text)
        # It carries examples into the test, or is no instruction at all. An input of a few
        # words may stand in an instruction by chance: it counts only as the whole of it.
        if bare.strip() and (
            bare in self._inputs
            or any(sentence in bare for sentence in self._sentences)
            or self._pairs.are_in(bare)
        ):
            return "copies a training example"
        lost = sorted(self._placeholders - set(_placeholder.findall(text)))
        if lost:
            return f"lost the placeholder {lost[0]}"
        words, limit = len(text.split()), max(max_words, self._longest)
        if words > limit:
            return f"{words} words, at most {limit}"
        return None


class _Pairs:
    """The pairs of an input and a reference, one of which would be a demonstration.

    Args:
        train: the examples.
        known: what the seed prompt says, as `_bare` leaves it; what stands there is no copy.
    """

    def __init__(self, train: Iterable[Example], known: str) -> None:
        pairs = dict.fromkeys(
            (_bare(example.input), _bare(reference))
            for example in train
            for reference in example.references
        )
        self._labels = Counter(answer for _, answer in pairs)
        self._pairs = [
            (given, answer)
            for given, answer in pairs
            if given.strip() and answer.strip() and not (given in known and answer in known)
        ]

    def are_in(self, bare: str) -> bool:
        """Whether the text holds a long pair, one that stands side by side, or several others."""
        found: set[str] = set()
        for given, answer in self._pairs:
            if given not in bare or answer not in bare:
                continue
            # A letter, like "a", is a word of its own in any text.
            letter = len(answer.strip()) == 1
            beside = _beside(given, answer, bare)
            long = len(given.split()) + len(answer.split()) >= COPY_WORDS
            if (beside and not letter) or (long and self._labels[answer] == 1):
                return True
            if beside or not letter:
                found.add(answer)
        return len(found) >= FEW_PAIRS


def _beside(given: str, answer: str, bare: str) -> bool:
    """Whether the answer follows what is given, with at most one linking word in between."""
    end = bare.find(given)
    while end >= 0:
        behind = bare[end + len(given) - 1 :]
        first, _, rest = behind[1:].partition(" ")
        if behind.startswith(answer) or (first in _links and f" {rest}".startswith(answer)):
            return True
        end = bare.find(given, end + 1)
    return False


def _sentences(example: Example) -> Iterable[str]:
    """The long sentences of an example, and its texts as a whole, as `_bare` leaves them."""
    for text in (example.input, *example.references, *example.choices):
        for part in (text, *_sentence_end.split(text)):
            bare = _bare(part)
            if len(bare.split()) >= COPY_WORDS:
                yield bare


def _bare(text: str) -> str:
    """The words of a text, without case and the marks around them, each between two spaces.

    Curly and straight apostrophes are the same; a dash or an arrow is what stands between words.
    """
    plain = _dashes.sub(" ", text.replace("’", "'")).casefold()
    words = (word.strip(_marks) for word in plain.split())
    return f" {' '.join(word for word in words if word)} "
