"""Duplicates: the same question asked twice, within a split or across splits.

Two examples are the same question if their inputs are equal but for case and white space, and
they offer the same choices, in any order. Within one part of the data they are merged into
the first of them, which then accepts the answers of all: data often give one accepted answer a
row. Across parts the answers are not merged: the kept split stays as the data give it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from msgspec.structs import replace

from promptopt.tasks.answers import unique
from promptopt.tasks.example import Example


def question_key(example: Example) -> Hashable:
    """Equal for examples that ask the same."""
    return _plain(example.input), frozenset(example.choices)


def merge_equal(examples: Iterable[Example]) -> tuple[list[Example], int]:
    """The examples with each question once, in order, and how many gained answers by it.

    A merged example has the input, the choices and the first answer of its first occurrence.
    An answer that one occurrence accepts is no wrong one any more.
    """
    first: dict[Hashable, Example] = {}
    gained: set[Hashable] = set()
    for example in examples:
        key = question_key(example)
        kept = first.get(key)
        if kept is None:
            first[key] = example
            continue
        references = unique((*kept.references, *example.references))
        if {_plain(each) for each in references} != {_plain(each) for each in kept.references}:
            gained.add(key)
            wrong = tuple(each for each in kept.wrong if each not in references)
            first[key] = replace(kept, references=references, wrong=wrong)
    return list(first.values()), len(gained)


def remove_seen(examples: Iterable[Example], seen: set[Hashable]) -> list[Example]:
    """The examples whose question is not in `seen`; adds those that are kept to it."""
    kept = []
    for example in examples:
        key = question_key(example)
        if key not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
