"""Real score tables: rules for English plurals on the bundled nouns, by the real metrics."""

from __future__ import annotations

import csv
import random
from functools import cache

import numpy as np
from numpy.typing import NDArray

from promptopt._core import References, score_matrix
from promptopt.tasks import bundled

Scores = NDArray[np.float64]


def shape(table: Scores) -> tuple[int, int]:
    candidates, examples = table.shape
    return candidates, examples


def candidates_of_plurals() -> list[dict[str, str]]:
    """Rules for English plurals: endings, and what becomes of them."""
    rules = [("y", "ies"), ("ch", "ches"), ("sh", "shes"), ("s", "ses"), ("x", "xes")]
    rules += [("f", "ves"), ("fe", "ves"), ("o", "oes"), ("man", "men"), ("us", "i")]
    return [dict(rules[i] for i in range(10) if chosen >> i & 1) for chosen in range(0, 1024, 13)]


def plural(word: str, rules: dict[str, str]) -> str:
    for ending in sorted(rules, key=len, reverse=True):
        if word.endswith(ending) and not (ending == "y" and word[-2:-1] in "aeiou"):
            return word.removesuffix(ending) + rules[ending]
    return word + "s"


@cache
def _nouns() -> list[tuple[str, list[str]]]:
    with (bundled._FOLDER / "plurals.csv").open(encoding="utf-8", newline="") as file:
        return [(row["input"], row["output"].split("|")) for row in csv.DictReader(file)]


@cache
def real_table() -> Scores:
    """Many sets of rules on each noun, right or wrong."""
    references = References([answers for _, answers in _nouns()])
    predictions = [plural(noun, rules) for rules in candidates_of_plurals() for noun, _ in _nouns()]
    return score_matrix(predictions, references, "exact_match")


@cache
def large_table(nouns: int, graded: bool) -> Scores:
    """The same sets of rules on 4,000 lists of so many nouns.

    A list is right or wrong as a whole or, graded, by the token F1. Graded lists of many nouns
    make candidates differ by little, and by nearly the same on every example.
    """
    draws = random.Random(nouns)
    lists = [[draws.randrange(len(_nouns())) for _ in range(nouns)] for _ in range(4000)]
    references = References([[" ".join(_nouns()[i][1][0] for i in each)] for each in lists])
    predictions = []
    for rules in candidates_of_plurals()[::3]:
        forms = [plural(noun, rules) for noun, _ in _nouns()]
        predictions += [" ".join(forms[i] for i in each) for each in lists]
    return score_matrix(predictions, references, "token_f1" if graded else "exact_match")


def with_one_best(table: Scores, count: int, gap: float) -> Scores:
    """The best row of a table, and those that come next with at least such a distance.

    The best comes last, so that no tie is its.
    """
    means = table.mean(axis=1)
    best = int(means.argmax())
    others = [i for i in np.argsort(-means) if means[i] <= means[best] - gap][: count - 1]
    assert len(others) == count - 1
    return np.ascontiguousarray(table[[*others, best]])
