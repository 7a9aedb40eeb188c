from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt import _core
from promptopt.evaluation.candidate import Candidate
from promptopt.llm.errors import BudgetExhausted, SkippedError
from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel, plural_skill, pluralise
from promptopt.llm.settings import ModelSettings
from promptopt.llm.spend import Spend
from promptopt.methods.ape import ape, choose, propose
from promptopt.methods.ape_fitting import Fitting
from promptopt.methods.ape_plan import fit_dev, fit_proposals, plan, scoring_stages
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.plan import Sizes
from promptopt.runs.events import (
    CandidateAdded,
    LimitReached,
    ProposalRejected,
    SearchEvent,
    StageFinished,
    StageStarted,
)
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

from ..evaluation.searching import TableModel, searching, table_task
from ..llm.asking import small_task
from ..workspace import NOUNS


def plural_task(dev: int = 20, train: int = 10) -> Task:
    examples = [Example(noun, (pluralise(noun),)) for noun in NOUNS]
    return small_task(
        seed_prompt="Answer the question.",
        train=tuple(examples[:train]),
        dev=tuple(examples[train : train + dev]),
        test=tuple(examples[train + dev :]),
    )


def scripted(name: str = "plural") -> ScriptedModel:
    return ScriptedModel(ModelSettings(f"scripted:{name}"))


async def searched(seed: int, config: ApeSettings, **options: Any) -> tuple[Candidate, list[Any]]:
    """The winner on the plurals, and everything that the search told."""
    async with searching(plural_task(), scripted(), seed=seed, **options) as here:
        winner = await ape(here.search, config)
        return winner, here.events(SearchEvent)


# End to end


@pytest.mark.parametrize("seed", range(6))
async def test_it_finds_an_instruction_of_the_highest_skill(seed: int) -> None:
    winner, told = await searched(seed, ApeSettings())
    skills = [plural_skill(event.text) for event in told if isinstance(event, CandidateAdded)]
    assert plural_skill(winner.text) >= max(skills) - 0.1
    assert plural_skill(winner.text) > plural_skill("Answer the question.") + 0.3


async def test_the_winner_is_the_best_on_all_of_dev_and_never_worse_than_the_seed_prompt() -> None:
    async with searching(plural_task(), scripted()) as here:
        winner = await ape(here.search, ApeSettings(proposals=12, finalists=3))
        final = here.events(StageFinished)[-1]
        rows = range(20)
        finalists = [here.search.candidates[each] for each in final.survivors]
        assert here.search.seed_prompt in finalists
        assert len(finalists) in (3, 4)
        assert {len(here.rows_of(each.id)) for each in finalists} == {20}
        means = [here.evaluator.score_on(each, rows).mean for each in finalists]
        assert means == sorted(means, reverse=True)
        assert winner == finalists[0]
        assert final.leader == winner.id
        assert final.n == 20
        # The sealed split stays sealed.
        assert all(not here.predictions(each.id, "test") for each in here.search.candidates)


async def test_a_seed_prompt_that_is_best_wins() -> None:
    table = {"seed": [True] * 6, "Worse": [False] * 6, "Bad": [True, False] * 3}
    model = TableModel(table, proposals=["worse", "bad"])
    async with searching(table_task(6), model) as here:
        winner = await ape(here.search, ApeSettings(proposals=4, subset=2, finalists=1))
        assert winner == here.search.seed_prompt


@pytest.mark.parametrize("rounds", [0, 2])
async def test_the_same_seed_tells_the_same_story(rounds: int) -> None:
    config = ApeSettings(proposals=10, resample_rounds=rounds)
    first = await searched(3, config)
    assert await searched(3, config, concurrency=1) == first
    assert await searched(3, config, concurrency=16) == first
    assert await searched(4, config) != first


# Proposing


async def test_every_proposal_shows_demonstrations_of_its_own_from_train() -> None:
    model = TableModel({}, proposals=["say it"])
    task = table_task(4, train=9)
    async with searching(task, model, concurrency=1) as here:
        await propose(here.search, ApeSettings(proposals=20, demonstrations=3), task.train)
    shown = [
        tuple(line for line in request.prompt.splitlines() if line.startswith("Input: "))
        for request in model.asked
    ]
    assert len(shown) == 20
    assert {len(set(lines)) for lines in shown} == {3}
    assert len(set(shown)) > 15
    assert {line for lines in shown for line in lines} == {f"Input: train {n}" for n in range(9)}


async def test_more_demonstrations_than_train_has() -> None:
    model = TableModel({"seed": [True], "Say it": [True]}, proposals=["say it"])
    async with searching(table_task(1, train=2), model) as here:
        await ape(here.search, ApeSettings(proposals=1, demonstrations=50))
    assert "two inputs" in model.asked[0].prompt


async def test_proposals_that_will_not_do_are_turned_away() -> None:
    proposals = ["say it", "Say it.", "", "seed", "one two three four five", "to  SAY  IT", "other"]
    table = {text: [True, False] for text in ("seed", "Say it", "Other")}
    model = TableModel(table, proposals=proposals)
    async with searching(table_task(2), model, concurrency=1) as here:
        await ape(here.search, ApeSettings(proposals=7, max_words=4))
        added = [(event.candidate, event.text) for event in here.events(CandidateAdded)]
        assert added == [(0, "seed"), (1, "Say it"), (2, "Other")]
        rejected = [event.reason for event in here.events(ProposalRejected)]
        assert rejected == [
            "same as c001",
            "empty",
            "same as c000",
            "5 words, at most 4",
            "same as c001",
        ]


async def test_a_proposal_that_failed_is_left_out() -> None:
    class Filters(TableModel):
        async def complete(self, request: Request) -> Response:
            if "Input: train 0\n" in request.prompt:
                raise SkippedError("filtered")
            return await super().complete(request)

    table = {text: [True, False] for text in ("seed", "A", "B", "C")}
    model = Filters(table, proposals=["a", "b", "c"])
    async with searching(table_task(2, train=4), model, concurrency=1) as here:
        await ape(here.search, ApeSettings(proposals=8, demonstrations=1))
        assert 0 < here.journal.failures < 8
        assert model.proposed == 8 - here.journal.failures
        assert here.journal.state.candidates.keys() == {0, 1, 2, 3}


# Resampling


async def test_variations_know_their_parents_and_their_distance() -> None:
    config = ApeSettings(
        proposals=10, finalists=3, resample_rounds=2, resample_parents=2, variations=5
    )
    _, told = await searched(1, config)
    texts = {event.candidate: event.text for event in told if isinstance(event, CandidateAdded)}
    varied = [event for event in told if getattr(event, "operation", "") == "resample"]
    added = [event for event in varied if isinstance(event, CandidateAdded)]
    assert added
    assert len(varied) == 2 * 2 * 5
    for event in added:
        (parent,) = event.parents
        assert parent < event.candidate
        assert event.distance == _core.levenshtein(texts[parent], event.text)
        assert event.distance > 0
        assert event.step in (1, 2)
    # The parents of a round are the best of the round before, in order.
    best = next(event for event in told if isinstance(event, StageFinished) and event.survivors)
    for event in told:
        if isinstance(event, StageFinished) and event.step == 0 and event.survivors:
            best = event
    parents = {event.parents[0] for event in varied if event.step == 1}
    assert parents == set(best.survivors[:2])


async def test_variations_are_scored_with_those_they_came_from() -> None:
    table: dict[str, list[bool]] = defaultdict(lambda: [True, False] * 4)
    model = TableModel(table, proposals=["one", "two", "three", "four", "five", "six"])
    async with searching(table_task(8), model, concurrency=1) as here:
        config = ApeSettings(
            proposals=2, subset=4, finalists=2, resample_rounds=1, resample_parents=2, variations=2
        )
        await ape(here.search, config)
        filters = [event for event in here.events(StageFinished) if event.n and event.step == 1]
        compared = set(filters[0].survivors) | set(filters[0].dropped)
        rows = [set(here.rows_of(each)) for each in compared]
        assert all(rows[0] & each for each in rows)


# The plan


class Inventive(TableModel):
    """Makes instructions up, new ones with probability `new`, each with a rate of its own."""

    def __init__(self, seed: int, dev: int, new: float) -> None:
        rng = random.Random(seed)

        def rated() -> list[bool]:
            rate = rng.random()
            return [rng.random() < rate for _ in range(dev)]

        proposals = [f"Text {index if rng.random() < new else 0}" for index in range(200)]
        super().__init__(defaultdict(rated), proposals)


configurations = st.builds(
    ApeSettings,
    proposals=st.integers(1, 14),
    demonstrations=st.just(1),
    subset=st.integers(1, 7),
    keep=st.floats(0.1, 0.9),
    finalists=st.integers(1, 5),
    resample_rounds=st.integers(0, 3),
    resample_parents=st.integers(1, 4),
    variations=st.integers(1, 4),
)


@settings(max_examples=120, deadline=None)
@given(
    config=configurations,
    dev=st.integers(1, 16),
    seed=st.integers(0, 10_000),
    new=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_a_search_never_calls_more_than_planned(
    config: ApeSettings, dev: int, seed: int, new: float
) -> None:
    asyncio.run(_within_the_plan(config, dev, seed, new))


async def _within_the_plan(config: ApeSettings, dev: int, seed: int, new: float) -> None:
    model = Inventive(seed, dev, new)
    async with searching(table_task(dev), model, seed=seed) as here:
        await ape(here.search, config)
        announced = here.events(StageStarted)
    stages = plan(config, Sizes(8, dev))
    planned = sum(stage.calls for stage in stages)
    assert len(model.asked) <= planned
    assert sum(event.calls for event in announced) == len(model.asked)
    assert all(stage.calls >= 0 for stage in stages)


async def test_the_plan_is_exact_where_every_proposal_is_new() -> None:
    config = ApeSettings(proposals=15, subset=5, keep=0.5, finalists=2)
    table: dict[str, list[bool]] = defaultdict(lambda: [False] * 20)
    table["seed"] = [True] * 20  # stays to the end, so nothing is scored beside the pool
    model = TableModel(table, proposals=[f"text {number}" for number in range(15)])
    async with searching(table_task(20), model) as here:
        await ape(here.search, config)
    planned = sum(stage.calls for stage in plan(config, Sizes(8, 20)))
    assert planned - len(model.asked) <= 20


# The budget


@pytest.mark.parametrize("max_calls", [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144])
async def test_the_cap_ends_the_search_in_order(max_calls: int) -> None:
    async with searching(plural_task(dev=12), scripted(), max_calls=max_calls) as here:
        # One proposal and the seed prompt on half a subset is the least that is a search.
        if max_calls < 1 + 2 * 2:
            with pytest.raises(BudgetExhausted):
                await ape(here.search, ApeSettings(proposals=10, subset=4, finalists=2))
        else:
            await ape(here.search, ApeSettings(proposals=10, subset=4, finalists=2))
        assert here.store.calls_sent(here.run_id) <= max_calls
        scored = [each for each in here.journal.state.candidates.values() if each.dev]
        if max_calls > 2:
            assert scored
        # Whoever was compared was compared on the same examples.
        if len({each.dev.n for each in scored if each.dev}) == 1:
            rows = {tuple(here.rows_of(each.id)) for each in scored}
            assert len(rows) <= 1


async def test_a_search_is_made_to_fit_what_the_calls_reach_for() -> None:
    async with searching(plural_task(dev=40), scripted(), max_calls=200) as here:
        winner = await ape(here.search, ApeSettings(proposals=50, subset=5, finalists=3))
        (limit,) = here.events(LimitReached)
        assert limit.limit == "max_calls"
        told = re.fullmatch(
            r"the calls reach for (\d+) of 50 proposals and (\d+) of 40 dev examples",
            limit.detail,
        )
        assert told
        proposals, examples = int(told[1]), int(told[2])
        assert 10 <= proposals < 50
        assert examples >= 10
        # It went on to its end: the finalists were scored on all of these examples.
        final = here.events(StageFinished)[-1]
        assert (final.stage, final.n, final.leader) == ("final", examples, winner.id)
        finalists = {tuple(here.rows_of(each)) for each in final.survivors}
        assert len(finalists) == 1
        assert len(finalists.pop()) == examples
        assert here.store.calls_sent(here.run_id) <= 200


@pytest.mark.parametrize(
    ("affordable", "rounds"), [(60, 0), (120, 1), (200, 1), (270, 1), (10_000, 3)]
)
def test_whoever_asks_for_rounds_gets_one_where_it_fits(affordable: int, rounds: int) -> None:
    settings, sizes = ApeSettings(proposals=50, resample_rounds=3), Sizes(10, 61)
    fitted = fit_proposals(settings, sizes, affordable)
    assert fitted.resample_rounds == rounds
    if not rounds:
        return
    assert fitted.proposals >= 4
    least = msgspec.structs.replace(sizes, dev=fitted.examples_per_stage(sizes.dev))
    calls = sum(stage.calls for stage in scoring_stages(fitted, fitted.proposals + 1, least))
    assert fitted.proposals + calls <= affordable


@given(
    proposals=st.integers(1, 60),
    subset=st.integers(1, 15),
    keep=st.floats(0.1, 0.9),
    finalists=st.integers(1, 6),
    rounds=st.integers(0, 2),
    dev=st.integers(1, 60),
    affordable=st.integers(0, 3000),
)
def test_what_fits_is_affordable_or_the_least(
    proposals: int,
    subset: int,
    keep: float,
    finalists: int,
    rounds: int,
    dev: int,
    affordable: int,
) -> None:
    settings = ApeSettings(
        proposals=proposals,
        subset=subset,
        keep=keep,
        finalists=finalists,
        resample_rounds=rounds,
    )
    sizes = Sizes(8, dev)
    fitted = fit_proposals(settings, sizes, affordable)
    assert 1 <= fitted.proposals <= proposals
    assert 1 <= fitted.subset <= subset
    assert fit_proposals(settings, sizes, None) == settings
    if sum(stage.calls for stage in plan(settings, sizes)) <= affordable:
        assert fitted == settings
    left = max(0, affordable - fitted.proposals)
    examples = fit_dev(fitted, fitted.proposals + 1, sizes, left)
    assert 1 <= examples <= dev
    _, *rest = plan(fitted, Sizes(8, examples))
    assert sum(stage.calls for stage in rest) <= left or examples == min(dev, fitted.subset)


async def test_no_calls_at_all() -> None:
    async with searching(plural_task(), scripted(), max_calls=1) as here:
        here.budget.charge("task", Spend(1))
        with pytest.raises(BudgetExhausted, match="no calls are left for proposals"):
            await ape(here.search, ApeSettings())


async def test_where_the_calls_do_not_reach_the_weakest_finalists_stay_behind() -> None:
    table = {name: [True] * 6 for name in ("seed", "first", "second", "third")}
    async with searching(table_task(6), TableModel(table), max_calls=14) as here:
        seed, first, second, third = here.pool(["first", "second", "third"])
        fitting = Fitting(here.search, ApeSettings())
        fitting.take_in([], step=0)  # all of dev was affordable then
        winner = await choose(here.search, [first, second, third], fitting, step=0)
        assert winner == seed  # a tie goes to the oldest
        assert [len(here.rows_of(each.id)) for each in (seed, first, second, third)] == [6, 6, 0, 0]
        assert here.store.calls_sent(here.run_id) == 12
