"""What one cell of the score table takes: turns, log-probabilities, grades, objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from promptopt.evaluation.predictions import FINAL_TOKENS, continued
from promptopt.evaluation.score import Score, score_of, short
from promptopt.llm.errors import BudgetExhausted, SkippedError
from promptopt.llm.model import Request, Response
from promptopt.methods.ape_selection import narrow
from promptopt.methods.ape_settings import ApeSettings
from promptopt.runs.events import CandidateScored

from .searching import FINAL, TABLE, TableModel, TwoTurns, searching, table_task

# A second turn


async def test_the_reply_of_the_second_turn_is_the_prediction() -> None:
    model = TwoTurns(TABLE)
    async with searching(replace(table_task(6), final_turn=FINAL), model) as here:
        pool = here.pool(["better"])
        assert here.evaluator.missing(pool, range(6), "dev") == 24
        assert here.evaluator.calls_per_example("test") == 2
        await here.evaluator.score(pool, range(6))
        for candidate in pool:
            assert here.evaluator.score_on(candidate, range(6)) == score_of(
                map(float, TABLE[candidate.text])
            )
            assert {each.text for each in here.predictions(candidate.id)} == {"yes", "no"}
        second = [request for request in model.asked if request.history]
        assert len(second) == len(model.asked) - len(second) == 12
        assert {request.prompt for request in second} == {FINAL}
        assert {request.max_tokens for request in second} == {FINAL_TOKENS}
        # Both replies are kept, and what was sent for the second can be shown.
        rows = here.store._rows("SELECT count(*), count(request) FROM responses")
        assert rows == [(24, 12)]
        assert here.store.transcript(here.run_id, 1, "dev", 2) == (
            "[user]\nInstruction: better\n\nInput: dev 2\nOutput:\n\n"
            f"[assistant]\nI would say no\n\n[user]\n{FINAL}"
        )


async def test_without_a_second_turn_the_first_reply_is_scored() -> None:
    async with searching(table_task(6), TwoTurns(TABLE)) as here:
        pool = here.pool([])
        await here.evaluator.score(pool, range(6))
        assert here.evaluator.score_on(pool[0], range(6)) == Score(0.0, 0.0, 6)
        assert here.store.transcript(here.run_id, 0, "dev", 0) is None


@pytest.mark.parametrize("max_calls", range(0, 26, 3))
async def test_the_budget_reaches_for_whole_turns(max_calls: int) -> None:
    model = TwoTurns(TABLE)
    task = replace(table_task(6), final_turn=FINAL)
    async with searching(task, model, max_calls=max_calls) as here:
        pool = here.pool(["better"])
        reached = max_calls // 4
        if reached < 6:
            with pytest.raises(BudgetExhausted, match=f"reach for {reached} of 6 examples"):
                await here.evaluator.score(pool, range(6))
        else:
            await here.evaluator.score(pool, range(6))
        assert len(model.asked) == 4 * min(6, reached)
        for candidate in pool:
            assert here.rows_of(candidate.id) == list(range(min(6, reached)))


async def test_a_turn_that_fails_leaves_the_example_unscored() -> None:
    errors: dict[tuple[str, int], list[Exception]] = {
        ("seed", 0): [SkippedError("filtered first")],
        ("second", 4): [SkippedError("filtered then")],
    }
    model = TwoTurns(TABLE, errors=errors)
    async with searching(replace(table_task(6), final_turn=FINAL), model) as here:
        pool = here.pool([])
        await here.evaluator.score(pool, range(6))
        assert len(model.asked) == 11
        predictions = {each.example: each for each in here.predictions(0)}
        assert predictions[0].error == "filtered first"
        assert predictions[4].error == "filtered then"
        assert here.evaluator.score_on(pool[0], range(6)) == Score(0.0, 0.0, 4)
        assert here.events(CandidateScored)[-1].unscored == 2


# Log-probabilities


@dataclass
class Likely(TableModel):
    """Finds the answer to each example as likely as a table says, token by token."""

    likely: Mapping[str, Sequence[Sequence[float]]] = field(default_factory=dict)

    async def complete(self, request: Request) -> Response:
        if request.api != "likelihood":
            return await super().complete(request)
        self.asked.append(request)
        instruction = request.prompt.split("\n")[0].removeprefix("Instruction: ")
        row = int(request.prompt.split()[-2])
        return Response("", "echo", 5, 2, tuple(self.likely[instruction][row]))


LIKELY = {"seed": [[-1.0, -2.0], [-3.0]], "better": [[-0.5, -0.25, -0.75], [-1.0]]}


async def test_dev_is_scored_by_log_probability_and_test_by_the_metric() -> None:
    model = Likely(TABLE, likely=LIKELY)
    task = replace(table_task(2, test=2), final_turn=FINAL)
    async with searching(task, model, score="log_probability") as here:
        pool = here.pool(["better"])
        assert here.evaluator.missing(pool, [0, 1], "dev") == 4
        assert here.evaluator.missing(pool, [0, 1], "test") == 8
        await here.evaluator.score(pool, [0, 1])
        # A mean of tokens is the only value: there are no objectives beside it.
        assert here.events(CandidateScored)[-1].objectives == {}
        assert {request.answer for request in model.asked} == {" yes"}
        assert {request.api for request in model.asked} == {"likelihood"}
        assert here.evaluator.score_on(pool[0], [0, 1]) == score_of([-1.5, -3.0])
        assert here.evaluator.score_on(pool[1], [0, 1]) == score_of([-0.5, -1.0])
        assert here.evaluator.ranked(pool, [0, 1]) == pool[::-1]
        assert [each.score for each in here.predictions(1)] == [-0.5, -1.0]
        assert here.journal.state.candidates[1].dev == score_of([-0.5, -1.0])


async def test_log_probabilities_as_a_selection_policy_takes_them() -> None:
    """From 0 to 1, with means in the same order and to be turned back."""
    likely = {"seed": [[-1.0, -2.0], [-3.0], [-10.0], [-50.0], [0.0]]}
    model = Likely(likely=likely)
    async with searching(table_task(6), model, score="log_probability") as here:
        (seed,) = here.pool([])
        await here.evaluator.score([seed], range(5))
        units = [here.evaluator.unit_value(seed, row) for row in range(6)]
        assert units == [*map(pytest.approx, (0.985, 0.97, 0.9, 0.5, 1.0)), None]
        # Where bounds rest on the whole of the scale, it is shorter.
        units = [here.evaluator.unit_value(seed, row, -10.0) for row in range(6)]
        assert units == [pytest.approx(0.85), pytest.approx(0.7), 0.0, 0.0, 1.0, None]
    async with searching(table_task(6), TableModel(TABLE)) as here:
        (seed,) = here.pool([])
        await here.evaluator.score([seed], [0, 1])
        assert [here.evaluator.unit_value(seed, row) for row in range(3)] == [1.0, 0.0, None]
        assert here.evaluator.unit_value(seed, 0, -10.0) == 1.0


async def test_unit_values_keep_the_order_of_means() -> None:
    """One answer that is next to impossible counts for as much as it does in the score."""
    likely = {"seed": [[-20.0], [-1.0]], "better": [[-11.0], [-3.0]]}
    async with searching(table_task(2), Likely(likely=likely), score="log_probability") as here:
        pool = here.pool(["better"])
        await here.evaluator.score(pool, range(2))
        values = {
            each: [here.evaluator.unit_value(each, row) or 0.0 for row in range(2)] for each in pool
        }
        assert sum(values[pool[1]]) > sum(values[pool[0]])
        assert here.evaluator.ranked(pool, range(2)) == pool[::-1]


async def narrowed(likely: dict[str, list[list[float]]], **chosen: Any) -> tuple[list[str], int]:
    """Whom a search by log-probability keeps of the seed prompt and "better", after how many
    examples."""
    rows = len(likely["seed"])
    async with searching(table_task(rows), Likely(likely=likely), score="log_probability") as here:
        settings = ApeSettings(score="log_probability", **chosen)
        left = await narrow(here.search, here.pool(["better"]), range(rows), settings, 0)
        return [each.text for each in left or []], len(here.rows_of(1))


async def test_the_filter_goes_by_the_means_that_the_final_score_goes_by() -> None:
    """Half of the answers are so unlikely that they would count alike on a shorter scale."""
    likely = {"seed": [[-20.0], [-1.0]] * 4, "better": [[-11.0], [-3.0]] * 4}
    assert await narrowed(likely, subset=2, finalists=1) == (["better"], 2)


async def test_a_race_by_log_probability_comes_to_an_end() -> None:
    """Its bounds are as wide as its scale: they have to tell apart what differs by a little."""
    likely = {"seed": [[-9.0]] * 100, "better": [[-1.0]] * 100}
    kept, used = await narrowed(likely, selection="race", subset=10, finalists=4)
    assert kept == ["better"]
    assert used < 100


async def test_the_first_reference_is_what_is_asked_about() -> None:
    task = table_task(1)
    task = replace(task, dev=(replace(task.dev[0], references=("one", "two")),))
    model = Likely(likely={"seed": [[-1.0]]})
    async with searching(task, model, score="log_probability") as here:
        await here.evaluator.score(here.pool([]), [0])
    assert [request.answer for request in model.asked] == [" one"]


@pytest.mark.parametrize(
    ("prompt", "expected"), [("Output:", " a"), ("Output: ", "a"), ("Output:\n", "a"), ("", "a")]
)
def test_an_answer_goes_on_from_its_prompt(prompt: str, expected: str) -> None:
    assert continued(prompt, "a") == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-0.5, "-.500"),
        (-1.2345, "-1.234"),
        (-9.9994, "-9.999"),
        (-12.345, "-12.35"),
        (0.25, ".250"),
    ],
)
def test_log_probabilities_are_short(value: float, shown: str) -> None:
    assert short(value) == shown


async def test_objectives_and_a_log_probability_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="only objective"):
        async with searching(
            table_task(2), TableModel(), score="log_probability", objectives={"length": 1.0}
        ):
            pass


# Train


async def test_train_is_scored_by_the_metric_and_its_predictions_are_kept() -> None:
    @dataclass
    class Trained(Likely):
        async def complete(self, request: Request) -> Response:
            if "Input: train" not in request.prompt:
                return await super().complete(request)
            return Response("yes" if "train 1" in request.prompt else "perhaps")

    model = Trained(TABLE, likely=LIKELY)
    async with searching(table_task(2), model, score="log_probability") as here:
        pool = here.pool([])
        await here.evaluator.score(pool, [0, 1], split="train")
        assert here.evaluator.score_on(pool[0], [0, 1], "train") == score_of([0.0, 1.0])
        assert [here.evaluator.prediction(pool[0], row) for row in range(3)] == [
            "perhaps",
            "yes",
            None,
        ]
        # What is known of train says nothing about dev.
        assert here.evaluator.missing(pool, [0, 1], "dev") == 2
        assert here.evaluator.score_on(pool[0], [0, 1]) is None
        state = here.journal.state.candidates[0]
        assert (state.dev, state.test) == (None, None)
