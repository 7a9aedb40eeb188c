"""Trajectory: the prompts that a search has moved through, and which of them it remembers."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.llm.embedder import Embedder, cosine


class Visited(msgspec.Struct, frozen=True):
    """A prompt with its mean score on dev; None where every call failed."""

    candidate: Candidate
    score: float | None


class Trajectory:
    """One prompt a step, the latest of which is the current prompt.

    Args:
        embedder: gives the vectors for relevance; keeps them.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._visited: list[Visited] = []

    def __contains__(self, candidate: Candidate) -> bool:
        return any(each.candidate.id == candidate.id for each in self._visited)

    def __len__(self) -> int:
        return len(self._visited)

    @property
    def current(self) -> Visited:
        return self._visited[-1]

    @property
    def previous(self) -> Visited | None:
        """The one before the current prompt; None at the first step."""
        return self._visited[-2] if len(self._visited) > 1 else None

    def add(self, visited: Visited) -> None:
        self._visited.append(visited)

    def keep(self, candidates: Collection[Candidate]) -> None:
        """Forget all others; the seed prompt, with which it begins, always stays."""
        kept = {each.id for each in candidates}
        first, *others = self._visited
        self._visited = [first, *(each for each in others if each.candidate.id in kept)]

    async def retrieve(self, by: str, count: int) -> list[Visited]:
        """The current prompt and the `count` - 1 others that matter most.

        The current prompt is the query and always among them. A model heeds most what it reads
        last, so that what matters most comes last:

        - "recency": the latest ones, in their order.
        - "importance": those with the best scores, ascending; of equals the later.
        - "relevance": those most like the current prompt by the cosine of their vectors,
          ascending, so that it stands last itself; of equals the later.
        - anything else: the current prompt alone.
        """
        *older, current = self._visited
        if by == "relevance":
            *vectors, query = await self._embedder.vectors(
                [each.candidate.text for each in self._visited]
            )
            likeness = [cosine(vector, query) for vector in vectors]
            return [*_most(older, likeness, count - 1), current]
        if by == "importance":
            others = _most(older, [_value(each) for each in older], count - 1)
            return sorted([*others, current], key=_value)
        if by == "recency":
            return self._visited[-count:]
        return [current]


def _most(visited: list[Visited], values: list[float], count: int) -> list[Visited]:
    """The `count` with the highest values, ascending; equals in their order."""
    order = sorted(range(len(visited)), key=lambda index: values[index])
    return [visited[index] for index in order[max(0, len(order) - count) :]]


def _value(visited: Visited) -> float:
    return visited.score if visited.score is not None else float("-inf")
