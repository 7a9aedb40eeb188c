"""Which candidates the table shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable

from promptopt.results.candidates import ranked
from promptopt.runs.state import CandidateState, RunState, candidate_name
from tui.run_words import STATE_WORDS


def _best_first(state: RunState) -> list[CandidateState]:
    """By rank, under the best: which leads a stage that has ended, whatever the next one says."""
    best = state.best
    order = ranked(state)
    return order if best is None else [best, *(each for each in order if each is not best)]


SORTS: dict[str, Callable[[RunState], list[CandidateState]]] = {
    "rank": _best_first,
    "newest": lambda state: sorted(state.candidates.values(), key=lambda each: -each.id),
    "id": lambda state: sorted(state.candidates.values(), key=lambda each: each.id),
    "n": lambda state: sorted(
        state.candidates.values(), key=lambda each: (-(each.dev.n if each.dev else 0), each.id)
    ),
    "edits": lambda state: sorted(
        state.candidates.values(),
        key=lambda each: (each.distance is None, -(each.distance or 0), each.id),
    ),
}
"""Name of an order to the candidates in it."""


def next_sort(sort: str) -> str:
    """The order after this one, round and round."""
    names = list(SORTS)
    return names[(names.index(sort) + 1) % len(names)]


def candidate_rows(state: RunState, sort: str = "rank", words: str = "") -> list[int]:
    """The ids of the candidates to show. All of the words must stand somewhere in one."""
    wanted = words.casefold().split()
    return [
        candidate.id
        for candidate in SORTS[sort](state)
        if not wanted or _matches(candidate, wanted)
    ]


def _matches(candidate: CandidateState, wanted: list[str]) -> bool:
    where = (
        f"{candidate_name(candidate.id)} {candidate.operation} "
        f"{STATE_WORDS.get(candidate.status, candidate.status)} {candidate.text}"
    ).casefold()
    return all(word in where for word in wanted)
