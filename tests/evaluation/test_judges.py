"""Judges, and several objectives at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from promptopt.errors import InputError
from promptopt.evaluation.judge import FIRST, Judge
from promptopt.evaluation.objectives import LONGEST, Objectives, length_utility
from promptopt.evaluation.score import Score, score_of
from promptopt.llm.errors import BudgetExhausted, FatalError, SkippedError
from promptopt.llm.model import Request, Response
from promptopt.llm.sampling import Sampling
from promptopt.llm.scripted import ScriptedModel
from promptopt.llm.settings import ModelSettings
from promptopt.metrics.judged import question_of
from promptopt.runs.events import CandidateScored

from .searching import FINAL, TABLE, TableModel, TwoTurns, searching, table_task


def scripted(name: str) -> ScriptedModel:
    return ScriptedModel(ModelSettings(f"scripted:{name}"))


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
        assert here.budget.spent.calls == 12 + questions * (12 - same)
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
        assert here.budget.spent.calls == len(model.asked) + len(judge.asked) <= max_calls
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
        assert here.events(CandidateScored)[-1].objectives == parts
        assert here.journal.state.candidates[1].objectives == {"dev": parts}
        # The sealed split is scored by the same: it measures what was chosen for.
        here.evaluator.unseal()
        await here.evaluator.score(pool, range(4), split="test")
        assert [each.score for each in here.predictions(1, "test")] == pytest.approx(expected[:4])
        assert here.journal.state.candidates[1].objectives == {
            "dev": parts,
            "test": {
                "exact_match": score_of(map(float, TABLE["better"][:4])),
                "length": score_of([0.99] * 4),
            },
        }


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


@pytest.mark.parametrize("objectives", [None, {"exact_match": 2.0}])
async def test_one_objective_is_the_score(objectives: dict[str, float] | None) -> None:
    async with searching(table_task(6), TableModel(TABLE), objectives=objectives) as here:
        pool = here.pool([])
        await here.evaluator.score(pool, range(6))
        (scored,) = here.events(CandidateScored)
        assert (scored.score, scored.objectives) == (score_of(map(float, TABLE["seed"])), {})
        assert here.journal.state.candidates[0].objectives == {}


async def test_an_objective_without_a_grade_counts_in_none() -> None:
    """The scores by each objective are of the same examples."""
    objectives = {"truthful": 1.0, "exact_match": 1.0}
    task = judged("exact_match")
    async with searching(task, TableModel(TABLE), judge=Mumbles(), objectives=objectives) as here:
        pool = here.pool(["better"])
        await here.evaluator.score(pool, range(6))
        scored = here.events(CandidateScored)[-1]
        assert (scored.score.n, scored.unscored) == (3, 3)
        assert scored.objectives == dict.fromkeys(objectives, Score(1.0, 0.0, 3))


async def test_train_is_scored_by_the_metric_whatever_the_objectives() -> None:
    objectives = {"truthful": 1.0, "length": 1.0}

    @dataclass
    class Trained(TableModel):
        async def complete(self, request: Request) -> Response:
            return Response("yes" if "train 1" in request.prompt else "no")

    judge = Mumbles()
    async with searching(table_task(2), Trained(), judge=judge, objectives=objectives) as here:
        pool = here.pool([])
        assert here.evaluator.calls_per_example("train") == 1
        assert here.evaluator.calls_per_example("test") == 2
        await here.evaluator.score(pool, [0, 1], split="train")
        assert here.evaluator.score_on(pool[0], [0, 1], "train") == score_of([0.0, 1.0])
        assert here.events(CandidateScored)[-1].objectives == {}
    assert judge.asked == []


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


# Judges that think aloud, and such as cannot be read


@dataclass
class Says(TableModel):
    """A judge that says one thing after the other, and the last one for ever."""

    replies: Sequence[str] = ("yes",)
    said: list[str] = field(default_factory=list)

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        self.said.append(self.replies[min(len(self.said), len(self.replies) - 1)])
        return Response(self.said[-1])


async def test_a_judge_may_think_before_it_grades() -> None:
    judge = Says(replies=["<think>is it yes or no?</think> Yes", "Hm, yes… no!</think>\n\nno"])
    async with searching(judged("truthful"), TableModel(TABLE), judge=judge) as here:
        pool = here.pool([])
        await here.evaluator.score(pool, range(3))
        assert [each.score for each in here.predictions(0)] == [1.0, 0.0, 0.0]


async def test_what_a_task_model_thinks_is_no_part_of_its_prediction() -> None:
    @dataclass
    class Thinks(TableModel):
        async def complete(self, request: Request) -> Response:
            reply = await super().complete(request)
            return Response(f"<think>yes, or rather no?</think>\n{reply.text}")

    judge = Mumbles()
    objectives = {"exact_match": 1.0, "truthful": 1.0}
    async with searching(table_task(6), Thinks(TABLE), judge=judge, objectives=objectives) as here:
        pool = here.pool([])
        await here.evaluator.score(pool, [0, 4])
        assert here.evaluator.score_on(pool[0], [0, 4]) == Score(1.0, 0.0, 2)
    assert judge.asked
    assert not [request for request in judge.asked if "rather" in request.prompt]


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_a_judge_that_cannot_be_read_stops_the_run(concurrency: int) -> None:
    judge = Says(replies=["It  depends,\nI'd say."])
    table = {"seed": [True] * 40}
    async with searching(
        judged("truthful", dev=table_task(40).dev),
        TableModel(table),
        judge=judge,
        concurrency=concurrency,
    ) as here:
        pool = here.pool([])
        with pytest.raises(FatalError) as caught:
            await here.evaluator.score(pool, range(40))
    assert FIRST <= len(judge.asked) <= FIRST + 4 * concurrency
    told = str(caught.value)
    assert told.startswith(f"the judge's first {FIRST} replies cannot be read as yes or no")
    assert "'truthful'" in told
    assert "It depends, I'd say." in told
    assert "--judge-model" in told


async def test_one_reply_that_can_be_read_is_a_sign_of_life() -> None:
    judge = Says(replies=["hm"] * (FIRST - 1) + ["yes"] + ["hm"] * 13)
    async with searching(
        judged("truthful", dev=table_task(21).dev), TableModel({"seed": [True] * 21}), judge=judge
    ) as here:
        pool = here.pool([])
        await here.evaluator.score(pool, range(20))
        assert here.events(CandidateScored)[-1].unscored == 19
        # As with calls that fail, what is too much is more than 20, and a quarter.
        await here.evaluator.score(pool, [20])


@pytest.mark.parametrize(
    ("read", "unread", "stops"), [(40, 20, False), (40, 21, True), (100, 21, False)]
)
async def test_too_many_replies_that_cannot_be_read_stop_the_run(
    read: int, unread: int, stops: bool
) -> None:
    rows = read + unread
    judge = Says(replies=["yes"] * read + ["hm"])
    async with searching(
        judged("truthful", dev=table_task(rows).dev),
        TableModel({"seed": [True] * rows}),
        judge=judge,
        concurrency=1,
    ) as here:
        pool = here.pool([])
        if stops:
            with pytest.raises(FatalError, match=f"{unread} of the judge's {rows} replies cannot"):
                await here.evaluator.score(pool, range(rows))
        else:
            await here.evaluator.score(pool, range(rows))
            assert here.events(CandidateScored)[-1].unscored == unread


async def test_the_same_reply_counts_once() -> None:
    judge = Says(replies=["hm"])
    async with searching(judged("truthful"), TableModel(), judge=judge) as here:
        asked = here.evaluator._predictions._judge
        assert asked is not None
        for _ in range(2 * FIRST):
            grade = await asked.grade(question_of("truthful"), here.search.task.dev[0], "perhaps")
            assert grade is None
    assert len(judge.asked) == 1


async def test_a_judge_is_asked_as_it_is_set() -> None:
    judge = Says()
    async with searching(judged("truthful"), TableModel(), judge=judge) as here:
        client = here.evaluator._predictions._judge
        assert client is not None
        asked = Judge(client._client, Sampling("completion", 0.25, 0.75, 5, ("\n",)))
        await asked.grade(question_of("truthful"), here.search.task.dev[0], "perhaps")
    (request,) = judge.asked
    assert (request.api, request.temperature, request.top_p) == ("completion", 0.25, 0.75)
    assert (request.max_tokens, request.stop, request.seed) == (5, ("\n",), None)
