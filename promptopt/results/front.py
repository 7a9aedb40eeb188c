"""The candidates that nothing beats: neither better nor shorter."""

from __future__ import annotations

from functools import lru_cache

from promptopt.runs.state import CandidateState, RunState


@lru_cache(1 << 17)
def word_count(text: str) -> int:
    """Number of words; remembered, since all candidates are asked again and again."""
    return len(text.split())


def front(state: RunState) -> list[CandidateState]:
    """The Pareto front of the dev score and the number of words, the best score first.

    A candidate is on it if no other one is at least as good with no more words, and better in
    one of the two. Only candidates that were scored on all of dev can be compared.
    """
    complete = [each for each in state.candidates.values() if each.dev and state.is_complete(each)]
    measured = sorted(
        (-each.dev.mean, word_count(each.text), each.id) for each in complete if each.dev
    )
    kept: list[CandidateState] = []
    shortest, at = float("inf"), float("nan")
    for score, words, candidate in measured:
        if words < shortest or (words == shortest and score == at):
            shortest, at = words, score
            kept.append(state.candidates[candidate])
    return kept
