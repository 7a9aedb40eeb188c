"""The Pareto front: the candidates that nothing beats in one respect without losing in another."""

from __future__ import annotations

import math
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
    Only candidates that were scored on all of dev can be compared; of equal ones all are on it.
    """
    from promptopt._core import pareto_front

    full = state.full_dev
    complete = [
        (each.dev.mean, each)
        for each in state.candidates.values()
        if each.dev is not None
        and each.dev.n + each.unscored >= full
        and math.isfinite(each.dev.mean)
    ]
    if not complete:
        return []
    complete.sort(key=lambda pair: pair[0], reverse=True)
    several = bool(objectives_of(state))
    on_front = pareto_front([_respects(each, mean, several) for mean, each in complete])
    return [each for (_, each), kept in zip(complete, on_front.tolist(), strict=True) if kept]


def _respects(candidate: CandidateState, mean: float, several: bool) -> list[float]:
    """What is compared, the higher the better."""
    if several:
        return [score.mean for score in candidate.objectives["dev"].values()]
    return [mean, -float(word_count(candidate.text))]
