"""The orders that candidates can be listed in: by rank, or by any of what is known of them.

A hundred thousand are put in order within a tenth of a second: by one number each, and by
sorting again where there are two, since sorting keeps what is equal in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from promptopt.runs.state import CandidateState, RunState

Value = Callable[[RunState, CandidateState], "float | str | None"]

_STATES = {"winner": 0, "kept": 1, "scoring": 2, "new": 3, "dropped": 4}

ORDERS: dict[str, tuple[bool, Value | None]] = {
    "rank": (False, None),
    "id": (False, lambda _, each: each.id),
    "step": (True, lambda _, each: each.step),
    "from": (False, lambda _, each: each.parent),
    "by": (False, lambda _, each: each.operation),
    "dev": (True, lambda _, each: each.dev.mean if each.dev else None),
    "error": (False, lambda _, each: each.dev.stderr if each.dev else None),
    "n": (True, lambda _, each: each.dev.n if each.dev else None),
    "seed": (
        True,
        lambda state, each: each.dev.mean if each.dev and state.is_complete(each) else None,
    ),
    "state": (False, lambda _, each: _STATES.get(each.status, len(_STATES))),
    "edits": (True, lambda _, each: each.distance),
    "prompt": (False, lambda _, each: len(each.text)),
}
"""Name of an order, which is that of its column, to whether the greatest come first and to the
value that decides. "seed" is the gain over the seed prompt, "prompt" the length."""


def in_order(
    state: RunState,
    candidates: Sequence[CandidateState],
    order: str = "rank",
    *,
    reverse: bool = False,
    best: CandidateState | None = None,
) -> list[CandidateState]:
    """Candidates in one of ORDERS, or the other way round.

    Candidates without the value stand at the end, whichever way round. Among equals the older
    comes first.

    Args:
        best: who leads in the order "rank"; by default the state's best.
    """
    falling, value = ORDERS[order]
    older_first = sorted(candidates, key=_id)
    if value is None:
        ranked = _by_rank(state, older_first, state.best if best is None else best)
        return ranked[::-1] if reverse else ranked
    known = [each for each in older_first if value(state, each) is not None]
    unknown = [each for each in older_first if value(state, each) is None]
    known.sort(key=partial(value, state), reverse=falling != reverse)  # type: ignore[arg-type]
    return known + unknown


def _by_rank(
    state: RunState, candidates: Sequence[CandidateState], best: CandidateState | None
) -> list[CandidateState]:
    """As `promptopt.results.candidates.ranked`, under the best.

    The best leads a stage that has ended, whatever the next one says; the winner is the best.
    """
    full = state.full_dev
    lead: list[CandidateState] = []
    on_all: list[CandidateState] = []
    on_some: list[CandidateState] = []
    on_none: list[CandidateState] = []
    for each in candidates:
        dev = each.dev
        if each is best:
            lead.append(each)
        elif dev is None:
            on_none.append(each)
        elif dev.n + each.unscored >= full:
            on_all.append(each)
        else:
            on_some.append(each)
    on_all.sort(key=_mean, reverse=True)
    on_some.sort(key=_mean, reverse=True)
    on_some.sort(key=_n, reverse=True)
    return [*lead, *on_all, *on_some, *on_none]


def _id(candidate: CandidateState) -> int:
    return candidate.id


def _mean(candidate: CandidateState) -> float:
    assert candidate.dev is not None
    return candidate.dev.mean


def _n(candidate: CandidateState) -> int:
    assert candidate.dev is not None
    return candidate.dev.n
