"""The Pareto front: the candidates that nothing beats in one respect without losing in another."""

from __future__ import annotations

import math
import sys
from functools import lru_cache

from promptopt.runs.state import CandidateState, RunState


@lru_cache(1 << 17)
def word_count(text: str) -> int:
    """Number of words; remembered, since all candidates are asked again and again."""
    return len(text.split())


def objectives_of(state: RunState) -> tuple[str, ...]:
    """The names of the objectives that candidates are scored by; empty where there is one."""
    scored = (each.objectives for each in state.candidates.values())
    return next((tuple(each["dev"]) for each in scored if "dev" in each), ())


def front(state: RunState) -> list[CandidateState]:
    """The Pareto front of the dev scores by each objective, the best score first.

    Where there is one objective alone, it is that of the dev score and the number of words. A
    candidate is on it if no other one is at least as good in every respect, and better in one.
    Only candidates that were scored on all of dev can be compared, and those that a person vetoed
    are out; of equal ones all are on it.
    """
    full = state.full_dev
    complete = [
        (each.dev.mean, each)
        for each in state.candidates.values()
        if each.dev is not None
        and each.dev.n + each.unscored >= full
        and math.isfinite(each.dev.mean)
        and each.status != "vetoed"
    ]
    if not complete:
        return []
    complete.sort(key=lambda pair: pair[0], reverse=True)
    if not objectives_of(state):
        return _of_score_and_length(complete)
    from promptopt._core import pareto_front

    means = [[part.mean for part in each.objectives["dev"].values()] for _, each in complete]
    on_front = pareto_front(means).tolist()
    return [each for (_, each), kept in zip(complete, on_front, strict=True) if kept]


def _of_score_and_length(complete: list[tuple[float, CandidateState]]) -> list[CandidateState]:
    """The front of mean and number of words, in one pass from the best mean down.

    On it is who has fewer words than all with a better mean.
    """
    kept: list[tuple[float, CandidateState]] = []
    fewest = sys.maxsize
    for mean, each in complete:
        words = len(each.text.split(None, fewest))  # how many more there are does not matter
        if words > fewest or (words == fewest and kept[-1][0] != mean):
            continue
        if words < fewest:
            fewest = words
            while kept and kept[-1][0] == mean:
                kept.pop()
        kept.append((mean, each))
    return [each for _, each in kept]
