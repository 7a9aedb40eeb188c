from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from promptopt._core import Selection
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.policies import POLICIES, Policy, Race, SuccessiveHalving, Ucb1
from promptopt.evaluation.select import select, stage_name
from promptopt.llm.errors import BudgetExhausted, FatalError, SkippedError
from promptopt.llm.model import Request, Response
from promptopt.runs.events import SearchEvent, StageFinished, StageStarted

from .searching import Searching, TableModel, searching, table_task

DEV = 40


def table_of(candidates: int = 11, best: str = "t7") -> dict[str, list[bool]]:
    """The seed prompt and others, all of them right on about a third, the best nearly always."""
    rng = random.Random(5)
    texts = ["seed", *(f"t{index}" for index in range(candidates))]
    table = {text: [rng.random() < 0.35 for _ in range(DEV)] for text in texts}
    table[best] = [True] * (DEV - 1) + [False]
    return table


TABLE = table_of()


async def selected(here: Searching, policy: Policy, **options: Any) -> list[Candidate]:
    """The pool of the table, narrowed down by the policy on a fixed order of the examples."""
    rows = list(range(DEV))
    random.Random(1).shuffle(rows)
    names = {each.text for each in here.search.candidates}
    pool = here.pool([text for text in TABLE if text not in names])
    values = {"name": "select", "step": 0, "reference": here.search.seed_prompt} | options
    return await select(
        here.evaluator,
        here.journal,
        policy.start(len(pool), DEV),
        pool,
        rows,
        **values,
    )


@pytest.mark.parametrize("name", POLICIES)
async def test_every_policy_finds_the_best_with_a_part_of_the_calls(name: str) -> None:
    model = TableModel(TABLE)
    async with searching(table_task(DEV), model) as here:
        left = await selected(here, POLICIES[name]())
        assert left[0].text == "t7"
        finished = here.events(StageFinished)
        assert [event.stage for event in finished] == [
            stage_name("select", 0, number + 1) for number in range(len(finished))
        ]
        assert sum(event.calls for event in here.events(StageStarted)) == len(model.asked)
        last = finished[-1]
        assert last.leader == left[0].id
        assert last.survivors == tuple(each.id for each in left)
        # Whoever is left is not dropped, and nobody is dropped twice.
        gone = Counter(each for event in finished for each in event.dropped)
        assert not gone.keys() & set(last.survivors)
        assert all(count == 1 for count in gone.values())
        assert len(gone) + len(last.survivors) == len(TABLE)
        for event in finished:
            # The best and the seed prompt stand on the same examples.
            assert event.best.n == event.seed.n == event.n
            assert 0 <= event.mean <= 1
    # So few examples make no race sure of anything.
    assert name == "race" or len(model.asked) < 0.7 * len(TABLE) * DEV


@pytest.mark.parametrize("name", POLICIES)
async def test_it_asks_for_the_same_however_the_replies_come_in(name: str) -> None:
    told = []
    for concurrency, seed in ((1, 0), (7, 1)):
        rng = random.Random(seed)
        model = TableModel(TABLE, order=lambda text, row, rng=rng: rng.randrange(6))  # type: ignore[misc]
        async with searching(table_task(DEV), model, concurrency=concurrency) as here:
            await selected(here, POLICIES[name]())
            told.append(here.events(SearchEvent))
    assert told[0] == told[1]


class Dies(TableModel):
    """Stops to answer for good after so many calls."""

    left = 0

    async def complete(self, request: Request) -> Response:
        if self.left == 0:
            raise FatalError("gone")
        self.left -= 1
        return await super().complete(request)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("part", [0.03, 0.5, 0.9])
async def test_a_resumed_selection_goes_on_to_the_same_end(name: str, part: float) -> None:
    policy = POLICIES[name]()
    undisturbed = TableModel(TABLE)
    async with searching(table_task(DEV), undisturbed) as here:
        expected = await selected(here, policy), here.events(SearchEvent)
    first, second = Dies(TABLE), TableModel(TABLE)
    first.left = int(part * len(undisturbed.asked))
    async with searching(table_task(DEV), first) as broken:
        with pytest.raises(FatalError):
            await selected(broken, policy)
        while broken.journal.in_flight:
            await asyncio.sleep(0)
        async with searching(table_task(DEV), second, resumed=broken) as here:
            assert (await selected(here, policy), here.events(SearchEvent)) == expected
        # What was answered was not asked again, and nothing else was.
        answered = Counter(request.prompt for request in first.asked + second.asked)
        assert answered == Counter(request.prompt for request in undisturbed.asked)


@pytest.mark.parametrize("name", POLICIES)
async def test_a_failed_call_is_no_score(name: str) -> None:
    """Those of the best fail on every fifth example; those of another one all but once."""
    errors: dict[tuple[str, int], list[Exception]] = {
        ("t7", row): [SkippedError("filtered")] for row in range(0, DEV, 5)
    }
    errors |= {("t2", row): [SkippedError("filtered")] for row in range(8)}
    async with searching(table_task(DEV), TableModel(TABLE, errors=errors)) as here:
        left = await selected(here, POLICIES[name]())
        assert left[0].text == "t7"
        for event in here.events(StageFinished):
            # As a zero each would take a fifth away.
            if event.leader == left[0].id:
                assert event.best.mean > 0.9
                assert event.best.n <= event.n
            assert event.best is not None


async def test_a_candidate_that_never_answers_comes_last_and_costs_little() -> None:
    class Filters(TableModel):
        async def complete(self, request: Request) -> Response:
            if "Instruction: t1\n" in request.prompt:
                self.refused += 1
                raise SkippedError("filtered")
            return await super().complete(request)

        refused = 0

    model = Filters(TABLE)
    policy = SuccessiveHalving(budget=240)
    async with searching(table_task(DEV), model, concurrency=1) as here:
        left = await selected(here, policy)
        assert left[0].text == "t7"
        dropped = [each for event in here.events(StageFinished) for each in event.dropped]
        assert here.search.candidates[dropped[5]].text == "t1"
    assert model.refused == 240 // 12 // 4


async def test_the_reference_is_scored_along_but_stays_only_if_it_is_good() -> None:
    async with searching(table_task(DEV), TableModel(TABLE)) as here:
        left = await selected(here, Race(bound="hoeffding"))
        last = here.events(StageFinished)[-1]
        assert here.search.seed_prompt not in left
        assert len(here.rows_of(0)) == last.n
    async with searching(table_task(DEV), TableModel(TABLE)) as here:
        await selected(here, Ucb1(), reference=None)
        assert {event.seed for event in here.events(StageFinished)} == {None}


async def test_candidates_may_join_where_the_policy_takes_them() -> None:
    async with searching(table_task(DEV), TableModel(TABLE)) as here:
        first = here.pool(["t1", "t2", "t3"])
        selection = Selection.race(4, DEV, shuffle=False)
        rows = range(DEV)
        await select(here.evaluator, here.journal, selection, first, rows, name="race", step=0)
        selection.add_candidates(1)
        pool = [*first, here.pool(["t7"])[-1]]
        left = await select(
            here.evaluator, here.journal, selection, pool, rows, name="race", step=1
        )
        assert left[0] == pool[-1]
        assert here.events(StageFinished)[-1].stage.startswith("race 1.")


async def test_the_calls_run_out() -> None:
    model = TableModel(TABLE)
    async with searching(table_task(DEV), model, max_calls=100) as here:
        with pytest.raises(BudgetExhausted, match=r"the calls left reach for \d of \d+ examples"):
            await selected(here, Ucb1())
    assert len(model.asked) <= 100


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_made_from_its_name(name: str) -> None:
    policy = msgspec.convert({"name": name}, Policy)
    assert policy == POLICIES[name]()
    for candidates, examples in ((1, 1), (2, 3), (9, 1), (50, 100)):
        selection = policy.start(candidates, examples)
        assert selection.order.tolist() == list(range(examples))
        selection.replay([[0.5] * examples] * candidates)
        assert selection.done
        assert selection.used <= candidates * examples


@pytest.mark.parametrize("name", ["ucb1", "ucb-e", "successive_halving", "successive_rejects"])
def test_a_budget_is_kept_and_raised_only_to_what_is_needed(name: str) -> None:
    table = [[0.5] * 50] * 8
    for budget, most in ((1, 8 * 3), (100, 100), (None, 100)):
        selection = msgspec.convert({"name": name, "budget": budget}, Policy).start(8, 50)
        selection.replay(table)
        assert 8 <= selection.used <= most
