"""What one cell of the score table takes: turns, log-probabilities, grades, objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from promptopt.errors import InputError
from promptopt.evaluation.objectives import LONGEST, Objectives, length_utility
from promptopt.evaluation.predictions import FINAL_TOKENS, continued
from promptopt.evaluation.score import Score, score_of, short
from promptopt.llm.errors import BudgetExhausted, SkippedError
from promptopt.llm.model import Request, Response
from promptopt.llm.scripted import ScriptedModel
from promptopt.llm.settings import ModelSettings
from promptopt.runs.events import CandidateScored

from .searching import TableModel, searching, table_task

TABLE = {
    "seed": [True, False, False, False, True, False],
    "better": [True, True, False, True, True, False],
}
FINAL = "Therefore, say yes or no and nothing else."


def scripted(name: str) -> ScriptedModel:
    return ScriptedModel(ModelSettings(f"scripted:{name}"))


@dataclass
class TwoTurns(TableModel):
    """Talks around its answer, and gives it in a second turn."""

    async def complete(self, request: Request) -> Response:
        if request.history:
            self.asked.append(request)
            errors = self.errors.get(("second", int(request.history[0][0].split()[-2])))
            if errors:
                raise errors.pop(0)
            return Response(request.history[-1][1].removeprefix("I would say "))
        reply = await super().complete(request)
        return Response(f"I would say {reply.text}")


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
        assert {request.answer for request in model.asked} == {" yes"}
        assert {request.api for request in model.asked} == {"likelihood"}
        assert here.evaluator.score_on(pool[0], [0, 1]) == score_of([-1.5, -3.0])
        assert here.evaluator.score_on(pool[1], [0, 1]) == score_of([-0.5, -1.0])
        assert here.evaluator.ranked(pool, [0, 1]) == pool[::-1]
        assert [each.score for each in here.predictions(1)] == [-0.5, -1.0]
        assert here.journal.state.candidates[1].dev == score_of([-0.5, -1.0])
        assert here.evaluator.objectives_of(pool[1], [0, 1]) == {
            "log_probability": score_of([-0.5, -1.0])
        }


async def test_log_probabilities_as_a_selection_policy_takes_them() -> None:
    """From 0 to 1, with means in the same order and to be turned back."""
    likely = {"seed": [[-1.0, -2.0], [-3.0], [-10.0], [-50.0], [0.0]]}
    model = Likely(likely=likely)
    async with searching(table_task(6), model, score="log_probability") as here:
        (seed,) = here.pool([])
        await here.evaluator.score([seed], range(5))
        units = [here.evaluator.unit_value(seed, row) for row in range(6)]
        assert units == [pytest.approx(0.85), pytest.approx(0.7), 0.0, 0.0, 1.0, None]
        assert here.evaluator.from_unit((0.85 + 0.7) / 2) == pytest.approx((-1.5 - 3) / 2)
    async with searching(table_task(6), TableModel(TABLE)) as here:
        (seed,) = here.pool([])
        await here.evaluator.score([seed], [0, 1])
        assert [here.evaluator.unit_value(seed, row) for row in range(3)] == [1.0, 0.0, None]
        assert here.evaluator.from_unit(0.25) == 0.25


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


# Judges


@dataclass
class Mumbles(TableModel):
    """A judge whose replies about "no" cannot be read, and who fails on what is said thrice."""

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        if "<answer>\nno\n" in request.prompt:
            return Response("It depends.")
        if "dev 3" in request.prompt:
            raise SkippedError("filtered")
        return Response("Yes.")


def judged(metric: str, **changes: Any) -> Any:
    return replace(table_task(6), metric=metric, **changes)


@pytest.mark.parametrize(("metric", "questions"), [("truthful", 1), ("truthful_informative", 2)])
async def test_a_judge_grades(metric: str, questions: int) -> None:
    model = TableModel(TABLE)
    async with searching(judged(metric), model, judge=scripted("judge")) as here:
        pool = here.pool(["better"])
        assert here.evaluator.missing(pool, range(6), "dev") == 12 * (1 + questions)
        await here.evaluator.score(pool, range(6))
        for candidate in pool:
            assert here.evaluator.score_on(candidate, range(6)) == score_of(
                map(float, TABLE[candidate.text])
            )
        roles = dict(here.store._rows("SELECT role, count(*) FROM responses GROUP BY role"))
        # Where both said the same of an example, the judge was asked once.
        same = sum(one == two for one, two in zip(*TABLE.values(), strict=True))
        assert roles == {"task": 12, "judge": questions * (12 - same)}
        assert here.budget.sent == 12 + questions * (12 - same)
        shown = here.store._rows("SELECT request FROM responses WHERE role = 'judge' LIMIT 1")
        assert "Input" not in shown[0][0]
        assert "Question: dev" in shown[0][0]


async def test_a_judged_metric_is_the_product_of_its_parts() -> None:
    """Saying that one does not know is true, and tells nothing."""

    @dataclass
    class Modest(TableModel):
        async def complete(self, request: Request) -> Response:
            row = int(request.prompt.split()[-2])
            return Response(["yes", "wrong", "I don't know"][row])

    task = judged("truthful_informative")
    task = replace(
        task, dev=tuple(replace(each, references=("yes", "I don't know")) for each in task.dev[:3])
    )
    objectives = {"truthful": 1.0, "informative": 1.0, "truthful_informative": 0.0}
    async with searching(task, Modest(), judge=scripted("judge"), objectives=objectives) as here:
        pool = here.pool([])
        assert here.evaluator.calls_per_example() == 3
        await here.evaluator.score(pool, range(3))
        parts = [here.evaluator.objectives_of(pool[0], [row]) for row in range(3)]
    # "informative" is asked without the list of answers.
    assert [[part[name].mean for name in objectives] for part in parts] == [
        [1.0, 1.0, 1.0],
        [0.0, 1.0, 0.0],
        [1.0, 0.0, 0.0],
    ]


async def test_a_grade_that_cannot_be_read_is_no_zero() -> None:
    async with searching(judged("truthful"), TableModel(TABLE), judge=Mumbles()) as here:
        pool = here.pool(["better"])
        await here.evaluator.score(pool, range(6))
        # Right on 0, 1, 3 and 4; the judge fails on 3 and mumbles about 2 and 5.
        assert here.evaluator.score_on(pool[1], range(6)) == Score(1.0, 0.0, 3)
        assert here.events(CandidateScored)[-1].unscored == 3
        predictions = {each.example: each for each in here.predictions(1)}
        assert predictions[2].score is None
        assert predictions[2].text == "no"
        assert predictions[2].error is None


async def test_a_judged_metric_needs_a_judge() -> None:
    with pytest.raises(ValueError, match="needs a judge"):
        async with searching(judged("truthful"), TableModel(TABLE)):
            pass


@pytest.mark.parametrize("max_calls", range(0, 40, 5))
async def test_turns_and_grades_stay_within_the_budget(max_calls: int) -> None:
    model, judge = TwoTurns(TABLE), Mumbles()
    task = judged("truthful", final_turn=FINAL)
    async with searching(task, model, max_calls=max_calls, judge=judge) as here:
        pool = here.pool(["better"])
        reached = min(6, max_calls // 6)
        if reached < 6:
            with pytest.raises(BudgetExhausted, match=f"reach for {reached} of 6"):
                await here.evaluator.score(pool, range(6))
        else:
            await here.evaluator.score(pool, range(6))
        assert here.budget.sent == len(model.asked) + len(judge.asked) <= max_calls
        for candidate in pool:
            assert here.rows_of(candidate.id) == list(range(reached))


# Several objectives


async def test_the_main_value_is_the_mean_by_weight() -> None:
    objectives = {"exact_match": 3.0, "length": 1.0}
    async with searching(table_task(6), TableModel(TABLE), objectives=objectives) as here:
        pool = here.pool(["better"])
        await here.evaluator.score(pool, range(6))
        assert here.evaluator.missing(pool, range(6), "dev") == 0
        expected = [0.75 * float(right) + 0.25 * 0.99 for right in TABLE["better"]]
        assert [each.score for each in here.predictions(1)] == pytest.approx(expected)
        parts = here.evaluator.objectives_of(pool[1], range(6))
        assert parts["exact_match"] == score_of(map(float, TABLE["better"]))
        assert parts["length"].mean == pytest.approx(0.99)
        assert here.evaluator.objectives_of(pool[1], [2, 5])["exact_match"].mean == 0.0
        # The sealed split is scored by the metric alone.
        await here.evaluator.score(pool, range(4), split="test")
        assert {each.score for each in here.predictions(1, "test")} == {0.0, 1.0}


async def test_a_longer_prompt_is_worth_less() -> None:
    assert length_utility("") == 1.0
    assert length_utility("one two") == pytest.approx(1 - 2 / LONGEST)
    assert length_utility("word " * 500) == 0.0
    table = {"seed": [True], "the very same but longer": [True]}
    objectives = {"exact_match": 1.0, "length": 1.0}
    async with searching(table_task(1), TableModel(table), objectives=objectives) as here:
        pool = here.pool(["the very same but longer"])
        await here.evaluator.score(pool, [0])
        assert here.evaluator.ranked(pool[::-1], [0]) == pool


async def test_one_objective_is_the_metric() -> None:
    async with searching(table_task(6), TableModel(TABLE)) as here:
        pool = here.pool([])
        assert here.evaluator.objectives_of(pool[0], range(6)) == {}
        await here.evaluator.score(pool, range(6))
        assert here.evaluator.objectives_of(pool[0], range(6)) == {
            "exact_match": score_of(map(float, TABLE["seed"]))
        }


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"exact_match": 0.0, "length": 0.0}, "not all 0"),
        ({"length": 1.0}, "the empty prompt would win"),
        ({"exact_mach": 1.0}, "did you mean exact_match"),
        ({"choice": 1.0}, "needs choices"),
    ],
)
def test_objectives_that_say_nothing(weights: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Objectives(table_task(2), "dev", weights)


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
