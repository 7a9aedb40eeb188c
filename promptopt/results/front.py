"""The Pareto front: the candidates that nothing beats in one respect without losing in another."""

from __future__ import annotations

import sys
from bisect import bisect_left
from functools import lru_cache
from math import inf, isfinite
from operator import itemgetter

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
        (dev.mean, each)
        for each in state.candidates.values()
        if (dev := each.dev) is not None
        and dev.n + each.unscored >= full
        and each.status != "vetoed"
        and isfinite(dev.mean)
    ]
    if not complete:
        return []
    if "dev" not in complete[0][1].objectives:  # of all of them, or of none
        return _of_score_and_length(complete)
    from promptopt._core import pareto_front

    complete.sort(key=itemgetter(0), reverse=True)
    means = [[part.mean for part in each.objectives["dev"].values()] for _, each in complete]
    on_front = pareto_front(means).tolist()
    return [each for (_, each), kept in zip(complete, on_front, strict=True) if kept]


def _of_score_and_length(complete: list[tuple[float, CandidateState]]) -> list[CandidateState]:
    """The front of mean and number of words, in one pass over candidates in any order.

    On it is who has fewer words than all with a better mean: the further up, the more words.
    """
    means = [inf]  # of the front so far, from the worst up; last one that nobody comes up to
    lengths = [sys.maxsize]
    alike: list[list[CandidateState]] = [[]]
    for mean, each in complete:
        place = bisect_left(means, mean)  # of the shortest that is at least as good
        fewest = lengths[place]
        words = len(each.text.split(None, fewest))  # how many more there are does not matter
        if words < fewest:
            beaten = bisect_left(lengths, words, 0, place)
            end = place + (means[place] == mean)
            means[beaten:end], lengths[beaten:end], alike[beaten:end] = [mean], [words], [[each]]
        elif words == fewest and means[place] == mean:
            alike[place].append(each)
    return [each for step in reversed(alike) for each in step]
