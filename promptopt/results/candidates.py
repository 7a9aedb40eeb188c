"""Finding and ordering the candidates of a run."""

from __future__ import annotations

import re

from promptopt.errors import InputError
from promptopt.results.visible import visible
from promptopt.runs.state import CandidateState, RunState, candidate_name

MANY_PARENTS = 1_000
"""Where a lineage is cut off; no search is that deep."""


def find_candidate(state: RunState, name: str | int | None = None) -> CandidateState:
    """The candidate called `name`: "c007", "7", 7, "seed", or the best for "best" and None.

    Raises:
        InputError: there is none of that name, or no candidate has a score yet.
    """
    if name is None or name == "best":
        if state.best is None:
            raise InputError(
                f"no candidate of run {visible(state.run_id)} has a score yet, so there is no "
                "best prompt; wait for it, or name a candidate"
            )
        return state.best
    if name == "seed":
        number: int | None = 0
    elif isinstance(name, int):
        number = name
    else:
        match = re.fullmatch(r"[cC]?0*([0-9]{1,9})", name.strip())
        number = int(match[1]) if match else None
    if number is not None and number in state.candidates:
        return state.candidates[number]
    run = f"run {visible(state.run_id)}"
    if not state.candidates:
        raise InputError(f"{run} has no candidates yet")
    last = candidate_name(max(state.candidates))
    shown = candidate_name(number) if number is not None and number >= 0 else visible(str(name))
    raise InputError(f"{run} has no candidate {shown}; it has {candidate_name(0)} to {last}")


def ranked(state: RunState) -> list[CandidateState]:
    """All candidates, best first, as far as they can be compared.

    The winner leads. Those scored on all of dev come next, by score; then those scored on
    fewer examples, the more the earlier, since the best of a few examples is mostly luck;
    then those without a score. Those that a person vetoed come last.
    """
    return sorted(state.candidates.values(), key=lambda each: _rank(state, each))


def _rank(state: RunState, candidate: CandidateState) -> tuple[bool, bool, bool, int, float, int]:
    if candidate.status == "vetoed":
        return candidate.id != state.winner, True, True, 0, 0.0, candidate.id
    dev = candidate.dev
    complete = state.is_complete(candidate)
    n = dev.n if dev else 0
    return (
        candidate.id != state.winner,
        False,
        not complete,
        0 if complete else -n,
        -dev.mean if dev else 0.0,
        candidate.id,
    )


def lineage(state: RunState, candidate: CandidateState) -> list[CandidateState]:
    """The candidate and its first parents back to where it began, the oldest first."""
    line = [candidate]
    seen = {candidate.id}
    while len(line) < MANY_PARENTS and (parent := line[-1].parent) is not None:
        if parent in seen or parent not in state.candidates:
            break
        seen.add(parent)
        line.append(state.candidates[parent])
    return line[::-1]
