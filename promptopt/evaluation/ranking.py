"""Ranking: candidates compared on the same examples, also where calls have failed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from promptopt.evaluation.candidate import Candidate

Values = Sequence[float | None]
"""A candidate's value on each of the examples, None where there is none."""


def best_first(table: Mapping[Candidate, Values]) -> list[Candidate]:
    """The candidates of a score table by their mean; ties to the older one.

    Where calls have failed, each value is compared with the mean on its example of those that
    answered it: who was spared the hard examples gains nothing by it. Of two candidates this is
    the order of their means on the examples that both have answered. A mean over the examples
    that *all* have answered would be left with few of them where there are many candidates.

    A candidate of whose calls more than half have failed comes behind all others: the few
    examples that are left would say more about luck than about it.

    Args:
        table: the values of each candidate on the same examples.
    """
    usual = _usual(list(table.values()))

    def rank(candidate: Candidate) -> tuple[bool, float, int]:
        pairs = zip(table[candidate], usual, strict=True)
        gains = [value - mean for value, mean in pairs if value is not None]
        if not gains:
            return True, math.inf, candidate.id
        # What is equal but for rounding is a tie.
        gain = round(math.fsum(gains) / len(gains), 12)
        return 2 * len(gains) < len(usual), -gain, candidate.id

    return sorted(table, key=rank)


def _usual(rows: Sequence[Values]) -> list[float]:
    """For each example the mean value of those that answered it; 0 where all answered all."""
    if all(value is not None for values in rows for value in values):
        return [0.0] * max(map(len, rows), default=0)
    columns = ([each for each in column if each is not None] for column in zip(*rows, strict=True))
    return [math.fsum(column) / len(column) if column else 0.0 for column in columns]
