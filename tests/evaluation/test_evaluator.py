from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from promptopt.evaluation.evaluator import BLOCK, SealedError
from promptopt.evaluation.score import Score, score_of
from promptopt.llm.errors import BudgetExhausted, FatalError, RetryableError, SkippedError
from promptopt.runs.events import CandidateScored, SearchEvent

from .searching import TableModel, searching, table_task

TABLE = {
    "seed": [True, False, False, False, True, False],
    "better": [True, True, False, True, True, False],
    "best": [True, True, True, True, True, True],
}


async def test_scores_are_those_of_the_table() -> None:
    model = TableModel(TABLE)
    async with searching(table_task(6), model) as here:
        pool = here.pool(["better", "best"])
        rows = [5, 3, 1, 0, 2, 4]
        await here.evaluator.score(pool, rows)
        for candidate in pool:
            expected = score_of(map(float, TABLE[candidate.text]))
            assert here.evaluator.score_on(candidate, rows) == expected
            assert here.journal.state.candidates[candidate.id].dev == expected
            values = {each.example: each.score for each in here.predictions(candidate.id)}
            assert values == {row: float(TABLE[candidate.text][row]) for row in rows}
        assert here.evaluator.ranked(pool, rows) == [pool[2], pool[1], pool[0]]
        assert here.evaluator.score_on(pool[1], [2, 5]) == Score(0.0, 0.0, 2)
        assert here.evaluator.score_on(pool[1], [0, 2]).mean == 0.5


async def test_nothing_is_asked_twice() -> None:
    model = TableModel(TABLE)
    async with searching(table_task(6), model) as here:
        pool = here.pool(["better", "best"])
        assert here.evaluator.missing(pool, [0, 1], "dev") == 6
        await here.evaluator.score(pool[:2], [0, 1])
        assert here.evaluator.missing(pool, [0, 1], "dev") == 2
        await here.evaluator.score(pool, [1, 0, 2])
        await here.evaluator.score(pool, [0, 1, 2])
        assert len(model.asked) == len({request.prompt for request in model.asked}) == 9
        assert here.journal.cached_calls == 0


async def test_ties_go_to_the_older_candidate() -> None:
    model = TableModel({"seed": [False] * 2, "a": [True, False], "b": [False, True]})
    async with searching(table_task(2), model) as here:
        seed, a, b = here.pool(["a", "b"])
        await here.evaluator.score([seed, a, b], [0, 1])
        assert here.evaluator.ranked([b, seed, a], [0, 1]) == [a, b, seed]


async def test_what_was_never_scored_ranks_last() -> None:
    async with searching(table_task(2), TableModel({"seed": [False] * 2})) as here:
        seed, other = here.pool(["other"])
        await here.evaluator.score([seed], [0, 1])
        assert here.evaluator.score_on(other, [0, 1]) is None
        assert here.evaluator.ranked([other, seed], [0, 1]) == [seed, other]


@pytest.mark.parametrize("max_calls", range(19))
async def test_where_the_budget_does_not_reach_all_are_scored_on_the_same(max_calls: int) -> None:
    model = TableModel(TABLE)
    async with searching(table_task(6), model, max_calls=max_calls) as here:
        pool = here.pool(["better", "best"])
        rows = [5, 3, 1, 0, 2, 4]
        if max_calls < 18:
            with pytest.raises(BudgetExhausted, match=f"reach for {max_calls // 3} of 6 examples"):
                await here.evaluator.score(pool, rows)
        else:
            await here.evaluator.score(pool, rows)
        for candidate in pool:
            assert here.rows_of(candidate.id) == sorted(rows[: max_calls // 3])
        assert len(model.asked) == 3 * (max_calls // 3)


async def test_what_is_known_needs_no_budget() -> None:
    async with searching(table_task(6), TableModel(TABLE), max_calls=9) as here:
        pool = here.pool(["better", "best"])
        await here.evaluator.score(pool[:1], [0, 1, 2])
        # Six calls are left: three rows for the two others, the seed prompt has them.
        await here.evaluator.score(pool, [0, 1, 2])
        await here.evaluator.score(pool, [2, 1])


async def test_a_failed_call_is_unscored_and_never_a_zero() -> None:
    errors: dict[tuple[str, int], list[Exception]] = {
        ("best", 1): [SkippedError("filtered")],
        ("best", 3): [RetryableError("odd") for _ in range(5)],
        ("better", 0): [RetryableError("odd")],
    }
    model = TableModel(TABLE, errors=errors)
    async with searching(table_task(6), model, concurrency=1) as here:
        pool = here.pool(["better", "best"])
        await here.evaluator.score(pool, range(6))
        scored = {event.candidate: event for event in here.events(CandidateScored)}
        assert scored[2].score == Score(1.0, 0.0, 4)
        assert scored[2].unscored == 2
        assert scored[1].score is not None
        assert (scored[1].score.n, scored[1].unscored) == (6, 0)
        failed = {each.example: each for each in here.predictions(2) if each.score is None}
        assert failed.keys() == {1, 3}
        assert failed[1].error == "filtered"
        assert failed[1].text is None
        assert here.journal.state.is_complete(here.journal.state.candidates[2])
        # It failed for good; asking for it again is free and changes nothing.
        asked = len(model.asked)
        await here.evaluator.score(pool, range(6))
        assert len(model.asked) == asked


async def test_a_candidate_whose_calls_all_failed_has_no_score() -> None:
    errors = {("better", row): [SkippedError("filtered")] for row in range(3)}
    async with searching(table_task(3), TableModel(TABLE, errors=errors)) as here:
        pool = here.pool(["better"])
        await here.evaluator.score(pool, range(3))
        last = here.events(CandidateScored)[-1]
        assert (last.candidate, last.score, last.unscored) == (1, None, 3)
        assert here.evaluator.ranked(pool[::-1], range(3)) == pool


async def test_a_candidate_most_of_whose_calls_failed_ranks_behind() -> None:
    errors = {("best", row): [SkippedError("filtered")] for row in range(4)}
    async with searching(table_task(6), TableModel(TABLE, errors=errors)) as here:
        _, better, best = here.pool(["better", "best"])
        await here.evaluator.score([better, best], range(6))
        few, many = (here.evaluator.score_on(each, range(6)) for each in (best, better))
        assert few is not None
        assert many is not None
        assert few.mean > many.mean
        assert here.evaluator.ranked([best, better], range(6)) == [better, best]
        # Half of them is enough.
        assert here.evaluator.ranked([best, better], range(2, 6)) == [best, better]


async def test_retries_that_eat_the_budget_leave_what_was_answered() -> None:
    errors: dict[tuple[str, int], list[Exception]] = {
        ("better", 1): [RetryableError("odd") for _ in range(4)]
    }
    model = TableModel(TABLE, errors=errors)
    async with searching(table_task(3), model, max_calls=6, concurrency=1) as here:
        pool = here.pool(["better"])
        with pytest.raises(BudgetExhausted):
            await here.evaluator.score(pool, range(3))
        assert len(model.asked) == 6
        assert here.rows_of(0) == [0, 1, 2]
        # Two attempts on the second example were all that was left: it is settled as failed.
        assert here.rows_of(1) == [0, 1]
        assert here.journal.state.candidates[1].dev == Score(1.0, None, 1)
        assert here.journal.state.candidates[1].unscored == 1


async def test_where_retries_eat_the_budget_all_have_met_the_same_examples() -> None:
    """What is cut off is the end, for all candidates alike, and what was answered counts."""
    rows = 4 * BLOCK
    table = {"seed": [True] * rows, "better": [True] * rows}
    errors: dict[tuple[str, int], list[Exception]] = {
        ("seed", row): [RetryableError("odd")] for row in range(5)
    }
    model = TableModel(table, errors=errors)
    async with searching(table_task(rows), model, max_calls=2 * rows, concurrency=3) as here:
        pool = here.pool(["better"])
        with pytest.raises(BudgetExhausted):
            await here.evaluator.score(pool, range(rows))
        seed, other = (set(here.rows_of(each.id)) for each in pool)
        assert len(model.asked) == 2 * rows
        assert len(seed) + len(other) == 2 * rows - 5
        assert len(seed ^ other) <= BLOCK


async def test_after_a_fatal_error_only_whole_candidates_were_told() -> None:
    errors: dict[tuple[str, int], list[Exception]] = {("better", 2): [FatalError("no key")]}
    async with searching(table_task(6), TableModel(TABLE, errors=errors), concurrency=1) as here:
        pool = here.pool(["better", "best"])
        with pytest.raises(FatalError, match="no key"):
            await here.evaluator.score(pool, range(6))
        assert [event.candidate for event in here.events(CandidateScored)] == [0]
        assert here.rows_of(1) == []


async def test_test_and_dev_are_kept_apart() -> None:
    async with searching(table_task(6, test=6), TableModel(TABLE)) as here:
        pool = here.pool(["better"])
        await here.evaluator.score(pool, [0, 1])
        here.evaluator.unseal()
        await here.evaluator.score(pool, [3, 4], split="test")
        state = here.journal.state.candidates[1]
        assert (state.dev, state.test) == (Score(1.0, 0.0, 2), Score(1.0, 0.0, 2))
        assert here.rows_of(1, "test") == [3, 4]
        assert here.rows_of(1) == [0, 1]


@pytest.mark.parametrize("split", ["test", "test-other"])
async def test_the_test_split_is_sealed_until_it_is_unsealed(split: str) -> None:
    model = TableModel(TABLE)
    task = replace(table_task(6), other_demonstrations=())
    async with searching(task, model) as here:
        pool = here.pool([])
        for _ in range(2):
            with pytest.raises(SealedError, match="sealed until the winner is chosen"):
                await here.evaluator.score(pool, [0], split=split)
            with pytest.raises(SealedError):
                await here.evaluator.score_each([(pool[0], [0])], split=split)
        assert model.asked == []
        here.evaluator.unseal()
        await here.evaluator.score(pool, [0], split=split)
        assert here.evaluator.score_on(pool[0], [0], split) == Score(1.0, None, 1)


async def test_what_is_told_does_not_depend_on_who_answers_first() -> None:
    told = []
    for concurrency, seed in ((1, 0), (4, 1), (8, 2)):
        rng = random.Random(seed)
        model = TableModel(TABLE, order=lambda text, row, rng=rng: rng.randrange(6))  # type: ignore[misc]
        async with searching(table_task(6), model, concurrency=concurrency) as here:
            await here.evaluator.score(here.pool(["better", "best"]), range(6))
            told.append(here.events(SearchEvent))
    assert told[0] == told[1] == told[2]


async def test_one_draw_an_example_for_every_candidate() -> None:
    model = TableModel(TABLE, seeded=True)
    async with searching(table_task(6), model, temperature=0.7) as here:
        await here.evaluator.score(here.pool(["better"]), [4, 2])
    assert sorted((request.seed, request.temperature) for request in model.asked) == [
        (2, 0.7),
        (2, 0.7),
        (4, 0.7),
        (4, 0.7),
    ]


async def test_a_greedy_model_gets_no_seed() -> None:
    model = TableModel(TABLE, seeded=True)
    async with searching(table_task(6), model) as here:
        await here.evaluator.score(here.pool([]), [0])
    assert [request.seed for request in model.asked] == [None]
    assert model.asked[0].prompt == "Instruction: seed\n\nInput: dev 0\nOutput:"
