from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from promptopt.evaluation.candidate import Candidate
from promptopt.llm.embedder import LexicalEmbedder
from promptopt.methods.trajectory import Trajectory, Visited

TEXTS = {
    0: "Answer the question.",
    1: "Name the last letter of the word.",
    2: "Write a poem about the sea.",
    3: "Name the last letter of each word.",
    4: "Name the final letter.",
}
SCORES = {0: 0.1, 1: 0.8, 2: 0.3, 3: 0.8, 4: 0.2}


class Counting(LexicalEmbedder):
    """Tells which texts were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    async def vectors(self, texts: Sequence[str]) -> list[Any]:
        self.asked.append(list(texts))
        return await super().vectors(texts)


def trajectory(*ids: int) -> Trajectory:
    made = Trajectory(Counting())
    for each in ids:
        made.add(Visited(Candidate(each, TEXTS[each], "generate", each), SCORES[each]))
    return made


async def retrieved(by: str, count: int, *ids: int) -> list[int]:
    return [each.candidate.id for each in await trajectory(*ids).retrieve(by, count)]


@pytest.mark.parametrize("by", ["none", "recency", "importance", "relevance"])
async def test_the_current_prompt_is_always_among_them(by: str) -> None:
    assert await retrieved(by, 3, 0) == [0]
    assert await retrieved(by, 1, 0, 1, 2) == [2]
    for count in (1, 2, 3, 9):
        shown = await retrieved(by, count, 1, 3, 0, 4, 2)
        assert 2 in shown
        assert len(shown) == (1 if by == "none" else min(count, 5))
        assert len(set(shown)) == len(shown)


async def test_recency() -> None:
    assert await retrieved("recency", 3, 3, 0, 1, 4, 2) == [1, 4, 2]


async def test_importance() -> None:
    # Ascending by score; the older of two equal ones stands first, and gives way first.
    assert await retrieved("importance", 4, 1, 3, 0, 2, 4) == [4, 2, 1, 3]
    assert await retrieved("importance", 2, 1, 3, 0, 2, 4) == [4, 3]


async def test_relevance() -> None:
    assert await retrieved("relevance", 3, 1, 2, 0, 4, 3) == [4, 1, 3]
    assert await retrieved("relevance", 9, 1, 2, 0, 4, 3) == [2, 0, 4, 1, 3]
    assert await retrieved("none", 9, 1, 2) == [2]


async def test_a_score_that_is_unknown_is_the_least_important() -> None:
    here = trajectory(0, 1)
    here.add(Visited(Candidate(7, "Say so.", "generate", 3), None))
    here.add(Visited(Candidate(8, "Say more.", "generate", 4), 0.0))
    shown = [each.candidate.id for each in await here.retrieve("importance", 3)]
    assert shown == [8, 0, 1]


def test_where_it_is_and_was() -> None:
    here = trajectory(0, 1)
    assert here.current.candidate.id == 1
    assert here.previous is not None
    assert here.previous.candidate.id == 0
    assert trajectory(0).previous is None
    assert Candidate(1, "x", "generate", 1) in here
    assert Candidate(2, "x", "generate", 1) not in here
