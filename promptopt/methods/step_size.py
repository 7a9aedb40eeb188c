"""Step size: how many words of the current prompt may change at each step (GPO, section 2.2)."""

from __future__ import annotations

import math

from promptopt.methods.edit_budget import EditBudget
from promptopt.methods.gpo_settings import GpoSettings

_TINY = 1e-9
"""Of a word: what keeps a budget that is whole but for rounding from losing one."""


def edit_budget(settings: GpoSettings, step: int, steps: int, current: int) -> EditBudget | None:
    """The edit budget of step `step` of `steps`; None where nothing limits edits.

    With t = step / steps, which begins at 1 / steps, of the way from the largest budget a to the
    smallest e = max(1, floor(a * min_edit_share)), rounded down to whole words:

        fixed   a
        linear  e + (a - e) * (1 - t)
        cosine  e + (a - e) * (1 + cos(pi * t)) / 2

    A warm-up takes the first w = ceil(warm_up * steps) steps, though never all: step s of them
    has e + (a - e) * s / (w + 1), and the schedule begins after them.

    Args:
        settings: schedule, largest and smallest budget, warm-up, excess.
        step: from 1 to `steps`.
        steps: of the whole search.
        current: words of the current prompt, of which `max_edit_share` is a share: a is that share
            of them then, rounded down, but at least 1.
    """
    if settings.schedule == "none":
        return None
    largest = settings.max_edit
    if settings.max_edit_share is not None:
        largest = max(1, math.floor(settings.max_edit_share * current + _TINY))
    smallest = max(1, math.floor(largest * settings.min_edit_share + _TINY))
    warm_up = min(math.ceil(settings.warm_up * steps - _TINY), steps - 1)
    if step <= warm_up:
        share = step / (warm_up + 1)
    else:
        share = _left(settings.schedule, (step - warm_up) / (steps - warm_up))
    words = smallest + (largest - smallest) * share
    return EditBudget(math.floor(words + _TINY), settings.excess)


def _left(schedule: str, t: float) -> float:
    """The share of the budget above its smallest value that a schedule leaves at t in (0, 1]."""
    if schedule == "linear":
        return 1 - t
    if schedule == "cosine":
        return (1 + math.cos(math.pi * t)) / 2
    return 1.0
