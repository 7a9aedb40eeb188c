"""Texts to try the core on: from ordinary answers to characters of every category."""

from __future__ import annotations

import os
import random
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from hypothesis import strategies as st

FUZZ_CASES = int(os.environ.get("PROMPTOPT_FUZZ_CASES", "4000"))
"""How many texts each differential fuzz compares."""

IS_UNICODE_14 = unicodedata.unidata_version == "14.0.0"


def is_stable(character: str) -> bool:
    """Whether this interpreter's Unicode data and the core's say the same of a character.

    The core's is that of CPython 3.11. A newer interpreter knows more characters; what Unicode 3.2
    had already is the same in both.
    """
    return IS_UNICODE_14 or unicodedata.ucd_3_2_0.category(character) not in ("Cn", "Cs")


@cache
def stable_characters() -> list[str]:
    """Every character but the surrogates, which no text holds that can be encoded."""
    codes = [*range(0xD800), *range(0xE000, sys.maxunicode + 1)]
    return [character for character in map(chr, codes) if is_stable(character)]


@cache
def characters_by_category() -> list[list[str]]:
    categories: dict[str, list[str]] = {}
    for character in stable_characters():
        categories.setdefault(unicodedata.category(character), []).append(character)
    return [categories[category] for category in sorted(categories)]


# fmt: off
FRAGMENTS = [
    *"abAB019 \n\t.,-'\"$()[]{}:;!?/%^*+=#&_`~|\\",
    *"\x00\x1c\x1d\x1e\x1f\x7f\x85\xa0\u2003\u2028\u3000\ufeff",
    *"\u2010\u2011\u2012\u2013\u2014\u2015\u2018\u2019\u201c\u201d\u2026\u2212€£¥",
    *"éßñÉſΣσςİıǅ\u0345\u0301\u093eΩ\u0130١½²中😀",
    " and ", "and", "And", "Sentence 1:", "Sentence 2:", "a", "an", "the", "The", "U.S.", "Mr. ",
    "Mrs.", "-24", "24", "1.5", "1,000", "10:30", " cat", " dog ", "yes", "No.",
]
CHOICE_FRAGMENTS = [
    *"ABCDIabcdi .!?/*_'\"+#\t\n\x1c\u2019é中\u0130ſ",
    " ", " ", ". ", ", ", "; ", " - ", "**", "\n\n",
    " (A)", " (B)", "(C)", "[D]", "{b}", "(a)", "\nA) ", "\nB. ", "\nC: ",
    "answer", "Answer", "choice", "option", "Option ", "letter", "the answer is", "Answer:",
    " is", " is ", " would be ", "must be", " = ", ":", " was ", " must ", "isn't", " can't ",
    " not ", " nor ", "neither ", " than ", "instead of ", "cannot be ",
    " correct", " the right one", " wrong", " false", "best", " true", "incorrect",
    " and ", " or ", ", or ", "either ", "both ", " because ", " since ", " which ", " but ",
    "Paris", " London", "new york", "York", "-24", "24", "1.5", "yes", "no", "dog", "A dog",
    " I ", "I'd", "C++", "A-level", "U.S.",
]
CHOICE_TEXTS = [
    "Paris", "London", "New York", "York", "24", "-24", "1.5", "yes", "no", "A dog", "dog", "B",
    "a", "C++", "C", "", " ", "!", "the answer", "Paris!", "I", "é",
]
# fmt: on


def fragments_of(random: random.Random, fragments: list[str], longest: int) -> str:
    return "".join(random.choices(fragments, k=random.randint(0, longest)))


def any_text(random: random.Random) -> str:
    """A short text of fragments, or of characters of every category, or of both."""
    if random.random() < 0.6:
        return fragments_of(random, FRAGMENTS, 14)
    categories = characters_by_category()
    pieces = [
        random.choice(FRAGMENTS if random.random() < 0.5 else random.choice(categories))
        for _ in range(random.randint(0, 12))
    ]
    return "".join(pieces)


def near(random: random.Random, text: str) -> str:
    """A text that the given one could be an answer in: a part of it, or it with something added."""
    start = random.randint(0, len(text))
    end = random.randint(start, len(text))
    return random.choice(
        [text, text[start:end], text + any_text(random), any_text(random) + text, any_text(random)]
    )


def choice_text(random: random.Random) -> str:
    """Most are short; some are of several of the blocks that are looked at together."""
    return fragments_of(random, CHOICE_FRAGMENTS, random.choice([12, 12, 12, 12, 12, 12, 12, 60]))


def batches(count: int = FUZZ_CASES) -> Iterator[range]:
    """So many cases in batches: however many there are, few are in memory at a time."""
    for start in range(0, count, 1_000):
        yield range(start, min(count, start + 1_000))


def cases(make: Callable[[random.Random], str], seed: str) -> Iterator[list[str]]:
    """Batches of texts."""
    generator = random.Random(seed)
    for batch in batches():
        yield [make(generator) for _ in batch]


def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Texts of every category, and of what the rules are about."""
    characters = st.characters(exclude_categories=["Cs"]).filter(is_stable)
    pieces = st.one_of(characters, st.sampled_from(FRAGMENTS))
    return st.lists(pieces, max_size=max_size).map("".join)
