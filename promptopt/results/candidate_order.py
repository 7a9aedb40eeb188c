"""The orders that candidates can be listed in: by rank, or by any of what is known of them.

A hundred thousand are put in order within a tenth of a second: by one number or text each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from promptopt.runs.state import CandidateState, RunState

Value = Callable[[RunState, CandidateState], "float | str | None"]

_STATES = {"winner": 0, "kept": 1, "scoring": 2, "new": 3, "dropped": 4, "vetoed": 5}

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
    older_first = sorted(candidates, key=attrgetter("id"))
    if value is None:
        ranked = _by_rank(state, older_first, state.best if best is None else best)
        return ranked[::-1] if reverse else ranked
    values: list[Any] = [value(state, each) for each in older_first]
    known = [place for place, each in enumerate(values) if each is not None]
    known.sort(key=values.__getitem__, reverse=falling != reverse)
    unknown = [place for place, each in enumerate(values) if each is None]
    return [older_first[place] for place in known + unknown]


def _by_rank(
    state: RunState, candidates: Sequence[CandidateState], best: CandidateState | None
) -> list[CandidateState]:
    """As `promptopt.results.candidates.ranked`, under the best.

    The best leads a stage that has ended, whatever the next one says; the winner is the best.
    """
    full = state.full_dev
    lead: list[CandidateState] = []
    on_all: list[CandidateState] = []
    on_some: defaultdict[int, list[CandidateState]] = defaultdict(list)  # by how many examples
    on_none: list[CandidateState] = []
    vetoed: list[CandidateState] = []
    for each in candidates:
        dev = each.dev
        if each is best:
            lead.append(each)
        elif each.status == "vetoed":
            vetoed.append(each)
        elif dev is None:
            on_none.append(each)
        elif dev.n + each.unscored >= full:
            on_all.append(each)
        else:
            on_some[dev.n].append(each)
    on_all.sort(key=attrgetter("dev.mean"), reverse=True)
    ranked = [*lead, *on_all]
    for n in sorted(on_some, reverse=True):
        ranked += sorted(on_some[n], key=attrgetter("dev.mean"), reverse=True)
    return [*ranked, *on_none, *vetoed]
