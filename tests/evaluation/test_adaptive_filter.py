from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.evaluation.adaptive_filter import adaptive_filter
from promptopt.evaluation.candidate import Candidate
from promptopt.llm.errors import BudgetExhausted
from promptopt.runs.events import StageFinished, StageStarted

from .searching import Searching, TableModel, searching, table_task


def random_table(candidates: int, dev: int, seed: int) -> dict[str, list[bool]]:
    """The seed prompt and `candidates` others, each right with a rate of its own below .8."""
    rng = random.Random(seed)
    texts = ["seed", *(f"t{index}" for index in range(candidates))]
    rates = {text: 0.8 * rng.random() for text in texts}
    return {text: [rng.random() < rate for _ in range(dev)] for text, rate in rates.items()}


async def filtered(
    here: Searching, pool: list[Candidate], rows: list[int], **settings: Any
) -> list[Candidate]:
    values: dict[str, Any] = {"subset": 5, "keep": 0.5, "finalists": 2, "step": 0}
    return await adaptive_filter(
        here.evaluator, here.journal, pool, here.search.seed_prompt, rows, **(values | settings)
    )


async def test_it_finds_the_best_of_many_with_few_calls() -> None:
    table = random_table(31, 40, seed=3)
    table["t17"] = [True] * 39 + [False]
    model = TableModel(table)
    async with searching(table_task(40), model) as here:
        pool = here.pool([text for text in table if text != "seed"])
        survivors = await filtered(here, pool, list(range(40)))
        assert survivors[0].text == "t17"
        assert len(survivors) == 2
    # Scoring all of them on everything would have taken 32 x 40.
    assert len(model.asked) < 32 * 40 / 3


@dataclass
class Stage:
    """A stage by the naive reading of the algorithm."""

    survivors: list[int]
    dropped: list[int]
    used: list[int]


def naive(
    table: dict[str, list[bool]], rows: list[int], subset: int, keep: float, finalists: int
) -> list[Stage]:
    texts = list(table)
    alive = list(range(len(texts)))
    stages: list[Stage] = []
    while not stages or (len(alive) > finalists and len(stages[-1].used) < len(rows)):
        used = rows[: (len(stages) + 1) * subset]
        right = {each: sum(table[texts[each]][row] for row in used) for each in alive}
        order = sorted(alive, key=lambda each: (-right[each], each))
        kept = min(math.ceil(len(order) * keep), len(order) - 1)
        count = finalists if len(used) == len(rows) else max(finalists, kept)
        alive = order[:count]
        stages.append(Stage(alive, order[count:], used))
    return stages


@settings(max_examples=60, deadline=None)
@given(
    candidates=st.integers(0, 14),
    dev=st.integers(1, 17),
    subset=st.integers(1, 8),
    keep=st.floats(0.05, 0.95),
    finalists=st.integers(1, 6),
    seed=st.integers(0, 10_000),
)
def test_it_is_the_algorithm(
    candidates: int, dev: int, subset: int, keep: float, finalists: int, seed: int
) -> None:
    table = random_table(candidates, dev, seed)
    rows = list(range(dev))
    random.Random(seed).shuffle(rows)
    expected = naive(table, rows, subset, keep, finalists)
    asyncio.run(_compare(table, rows, expected, subset, keep, finalists))


async def _compare(
    table: dict[str, list[bool]],
    rows: list[int],
    expected: list[Stage],
    subset: int,
    keep: float,
    finalists: int,
) -> None:
    model = TableModel(table)
    async with searching(table_task(len(rows)), model) as here:
        pool = here.pool([text for text in table if text != "seed"])
        survivors = await filtered(here, pool, rows, subset=subset, keep=keep, finalists=finalists)
        assert [each.id for each in survivors] == expected[-1].survivors
        finished = here.events(StageFinished)
        assert [(list(e.survivors), list(e.dropped)) for e in finished] == [
            (stage.survivors, stage.dropped) for stage in expected
        ]
        for event, stage in zip(finished, expected, strict=True):
            assert event.n == len(stage.used)
            assert event.leader == stage.survivors[0]
            # Best, mean and seed prompt stand on the same examples.
            assert event.best.n == event.seed.n == event.n
            assert event.seed.mean == pytest.approx(
                sum(table["seed"][row] for row in stage.used) / event.n
            )
            assert 0 <= event.mean <= event.best.mean + 1e-12
        # Each candidate was scored on the shared examples up to the stage that dropped it,
        # and the seed prompt on all that were used.
        for index, text in enumerate(table):
            last = max(
                number
                for number, stage in enumerate(expected)
                if index in stage.survivors + stage.dropped
            )
            used = expected[-1].used if text == "seed" else expected[last].used
            assert here.rows_of(index) == sorted(used)
        # What a stage announced is what it asked: new examples only, so no overlap.
        announced = [event.calls for event in here.events(StageStarted)]
        assert sum(announced) == len(model.asked)
        assert len({request.prompt for request in model.asked}) == len(model.asked)


async def test_a_seed_prompt_that_is_bad_is_scored_along_but_does_not_stay() -> None:
    table = {"seed": [False] * 20} | {f"t{index}": [True] * 20 for index in range(7)}
    async with searching(table_task(20), TableModel(table)) as here:
        pool = here.pool([text for text in table if text != "seed"])
        survivors = await filtered(here, pool, list(range(20)))
        assert here.search.seed_prompt not in survivors
        assert here.rows_of(0) == list(range(here.events(StageFinished)[-1].n))


async def test_it_narrows_nothing_where_there_is_nothing_to_narrow() -> None:
    table = {"seed": [True] * 20, "t": [False] * 20}
    async with searching(table_task(20), TableModel(table)) as here:
        survivors = await filtered(here, here.pool(["t"]), list(range(20)), finalists=4)
        assert [each.text for each in survivors] == ["seed", "t"]
        assert len(here.events(StageFinished)) == 1


async def test_the_calls_run_out_within_a_stage() -> None:
    table = random_table(7, 20, seed=1)
    async with searching(table_task(20), TableModel(table), max_calls=8 * 3 + 5) as here:
        pool = here.pool([text for text in table if text != "seed"])
        with pytest.raises(BudgetExhausted):
            await filtered(here, pool, list(range(20)))
        assert {tuple(here.rows_of(each.id)) for each in pool} == {(0, 1, 2)}
        assert here.events(StageFinished) == []
