"""The choice of what is scored next: the filter by share or threshold, and other policies."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter, defaultdict
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.evaluation.candidate import Candidate
from promptopt.methods.ape import ape
from promptopt.methods.ape_plan import plan
from promptopt.methods.ape_selection import narrow
from promptopt.methods.ape_settings import ApeSettings, Mode, Selection
from promptopt.methods.plan import Sizes
from promptopt.runs.config import config_from_dict
from promptopt.runs.events import LimitReached, StageFinished, StageStarted

from ..evaluation.searching import TableModel, searching, table_task

POLICIES: tuple[Selection, ...] = get_args(Selection)
DEV = 40


class Inventive(TableModel):
    """Makes instructions up, new ones with probability `new`, each with a rate of its own."""

    def __init__(self, seed: int, dev: int, new: float = 1.0) -> None:
        rng = random.Random(seed)

        def rated() -> list[bool]:
            rate = rng.random()
            return [rng.random() < rate for _ in range(dev)]

        proposals = [f"Text {index if rng.random() < new else 0}" for index in range(300)]
        super().__init__(defaultdict(rated), proposals)


configurations = st.builds(
    ApeSettings,
    proposals=st.integers(1, 14),
    demonstrations=st.just(1),
    mode=st.sampled_from([mode for mode in get_args(Mode) if mode != "custom"]),
    selection=st.sampled_from(POLICIES),
    subset=st.integers(1, 7),
    keep=st.floats(0.1, 0.9),
    finalists=st.integers(1, 5),
    selection_share=st.floats(0.05, 1),
    exploration=st.floats(0, 2),
    bandit_share=st.floats(0.05, 1),
    resample_rounds=st.integers(0, 3),
    resample_parents=st.integers(1, 4),
    variations=st.integers(1, 4),
) | st.builds(
    ApeSettings,
    proposals=st.integers(1, 14),
    mode=st.just("custom"),
    template=st.sampled_from(["{pairs}It was:", "It was {instruction}:\n{pairs}"]),
    subset=st.integers(1, 7),
    threshold=st.floats(0, 1),
    finalists=st.integers(1, 5),
    resample_rounds=st.integers(0, 2),
)


@settings(max_examples=300, deadline=None)
@given(
    config=configurations,
    dev=st.integers(1, 16),
    seed=st.integers(0, 10_000),
    new=st.sampled_from([0.0, 0.5, 1.0]),
    completes=st.booleans(),
)
def test_a_search_never_calls_more_than_planned(
    config: ApeSettings, dev: int, seed: int, new: float, completes: bool
) -> None:
    asyncio.run(_within_the_plan(config, dev, seed, new, completes))


async def _within_the_plan(
    config: ApeSettings, dev: int, seed: int, new: float, completes: bool
) -> None:
    model = Inventive(seed, dev, new)
    api = "completion" if completes else "chat"
    async with searching(table_task(dev), model, seed=seed, proposer_api=api) as here:
        await ape(here.search, config)
        announced = here.events(StageStarted)
    stages = plan(config, Sizes(8, dev))
    assert len(model.asked) <= sum(stage.calls for stage in stages)
    assert sum(event.calls for event in announced) == len(model.asked)
    # So does every part of it, with what the parts before it have left over.
    left: Counter[str] = Counter()
    for stage in stages:
        left[f"{stage.step} {stage.stage.split()[0]}"] += stage.calls
    for event in announced:
        left[f"{event.step} {event.stage.split()[0]}"] -= event.calls
    assert all(calls >= 0 for calls in itertools.accumulate(left.values()))
    assert all(stage.calls >= 0 for stage in stages)


@settings(max_examples=150, deadline=None)
@given(
    config=configurations,
    dev=st.integers(1, 30),
    seed=st.integers(0, 1000),
    max_calls=st.integers(30, 400),
)
def test_a_search_under_a_cap_comes_to_its_end(
    config: ApeSettings, dev: int, seed: int, max_calls: int
) -> None:
    asyncio.run(_under_a_cap(config, dev, seed, max_calls))


async def _under_a_cap(config: ApeSettings, dev: int, seed: int, max_calls: int) -> None:
    model = Inventive(seed, dev)
    async with searching(table_task(dev), model, seed=seed, max_calls=max_calls) as here:
        winner = await ape(here.search, config)
        final = here.events(StageFinished)[-1]
        cut = bool(here.events(LimitReached))
    assert len(model.asked) <= max_calls
    assert (final.stage, final.leader) == ("final", winner.id)
    if sum(stage.calls for stage in plan(config, Sizes(8, dev))) <= max_calls:
        assert not cut
        assert final.n == dev


# Every policy


@pytest.mark.parametrize("selection", POLICIES)
async def test_every_policy_finds_a_clear_winner_and_saves(selection: Selection) -> None:
    rng = random.Random(3)
    table = {
        f"Text {index}": [rng.random() < rate for _ in range(DEV)]
        for index, rate in enumerate([0.3] * 14 + [0.95] + [0.4] * 5)
    }
    table["seed"] = [False] * DEV
    model = TableModel(table, proposals=list(table)[:20])
    chosen = ApeSettings(proposals=20, selection=selection, selection_share=0.4, subset=5)
    async with searching(table_task(DEV), model) as here:
        winner = await ape(here.search, chosen)
        stages = [each.stage for each in here.events(StageFinished)]
    assert winner.text == "Text 14"
    assert chosen.stage in {stage.split()[0] for stage in stages}
    scored = len(model.asked) - 20
    # A race drops what is surely worse, and that takes more examples than these.
    assert scored < 0.75 * 21 * DEV or selection == "race"


@pytest.mark.parametrize("selection", POLICIES)
async def test_the_same_seed_tells_the_same_story(selection: Selection) -> None:
    async def told(concurrency: int) -> list[object]:
        model = Inventive(1, DEV)
        chosen = ApeSettings(proposals=9, selection=selection, subset=5, resample_rounds=1)
        async with searching(table_task(DEV), model, concurrency=concurrency) as here:
            await ape(here.search, chosen)
            return here.events(StageStarted, StageFinished)

    assert await told(1) == await told(16)


async def test_each_policy_is_another() -> None:
    asked = {}
    for selection in POLICIES:
        model = Inventive(1, DEV)
        async with searching(table_task(DEV), model, concurrency=1) as here:
            await ape(here.search, ApeSettings(proposals=9, selection=selection, subset=5))
        asked[selection] = tuple(request.prompt for request in model.asked)
    assert len(set(asked.values())) == len(POLICIES)


async def test_the_seed_prompt_is_scored_along_when_it_has_gone() -> None:
    names = [f"Text {index}" for index in range(8)]
    table = {name: [at % 8 <= index for at in range(16)] for index, name in enumerate(names)}
    model = TableModel(table | {"seed": [False] * 16})
    async with searching(table_task(16), model) as here:
        pool = here.pool(names)
        chosen = ApeSettings(subset=4, finalists=1)
        left = await narrow(here.search, pool, range(16), chosen, 0)
        stages = here.events(StageFinished)
        assert left is not None
        assert 0 in stages[0].dropped
        assert len(stages) > 1
        assert [stage.seed.n for stage in stages] == [stage.n for stage in stages]
        assert here.rows_of(0) == list(range(stages[-1].n))


# The threshold


async def survivors(threshold: float, finalists: int = 1) -> tuple[list[Candidate], list[int]]:
    """Who is left of rates 0, .25, .5, .75 and 1, and how many examples each was scored on."""
    rates = {
        f"Rate {rate}": [at % 4 < rate * 4 for at in range(16)] for rate in (0.25, 0.5, 0.75, 1)
    }
    model = TableModel(rates | {"seed": [False] * 16})
    chosen = ApeSettings(threshold=threshold, subset=4, finalists=finalists)
    async with searching(table_task(16), model) as here:
        pool = here.pool(list(rates))
        left = await narrow(here.search, pool, range(16), chosen, 0)
        return left, [len(here.rows_of(each.id)) for each in pool]


async def test_whoever_is_below_the_threshold_goes_after_the_first_subset() -> None:
    left, depths = await survivors(0.5)
    assert [each.text for each in left] == ["Rate 1"]
    # The seed prompt is scored along; the three that pass are told apart on all examples.
    assert depths == [16, 4, 16, 16, 16]


async def test_a_high_threshold_ends_it_early() -> None:
    left, depths = await survivors(1.0)
    assert [each.text for each in left] == ["Rate 1"]
    assert depths == [4] * 5


async def test_where_nobody_passes_the_best_go_on() -> None:
    rows = {"A": [False] * 8, "B": [True, False] * 4}
    model = TableModel(rows | {"seed": [False] * 8})
    async with searching(table_task(8), model) as here:
        pool = here.pool(["A", "B"])
        chosen = ApeSettings(threshold=0.9, subset=4, finalists=2)
        left = await narrow(here.search, pool, range(8), chosen, 0)
    assert [each.text for each in left] == ["B", "seed"]


def test_a_threshold_without_the_filter_is_refused() -> None:
    with pytest.raises(InputError, match='belongs to the adaptive filter, and selection is "race"'):
        config_from_dict(
            {"task": "x.csv", "method": {"threshold": 0.5, "selection": "race"}}, "run.toml"
        )


@pytest.mark.parametrize("selection", ["adaptive_filter", "successive_halving", "race"])
async def test_of_equal_candidates_the_oldest_goes_on(selection: Selection) -> None:
    model = TableModel({name: [True, False] * 4 for name in ("seed", "A", "B", "C")})
    async with searching(table_task(8), model) as here:
        pool = here.pool(["A", "B", "C"])
        chosen = ApeSettings(selection=selection, finalists=2, subset=2)
        left = await narrow(here.search, pool[::-1], range(8), chosen, 0)
    assert [each.text for each in left] == ["seed", "A"]
