from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from promptopt.evaluation.candidate import Candidate
from promptopt.llm.errors import SkippedError
from promptopt.llm.model import Request, Response
from promptopt.methods.gpo import gpo
from promptopt.methods.gpo_reflection import train_batches
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.search import named_rng
from promptopt.runs.events import (
    CandidateAdded,
    SearchEvent,
    StageFinished,
    StageStarted,
    StepPlanned,
)

from ..evaluation.searching import Searching, TableModel, searching, table_task
from .landscapes import Landscape, Unruly


def rate(right: int, of: int = 10) -> list[bool]:
    return [index < right for index in range(of)]


def small(**settings: Any) -> GpoSettings:
    return GpoSettings(**({"steps": 3, "candidates": 2, "excess": "observe"} | settings))


async def searched(
    model: TableModel, settings: GpoSettings, **options: Any
) -> tuple[Candidate, Searching]:
    dev = len(next(iter(model.table.values()))) if model.table else 10
    async with searching(table_task(dev), model, concurrency=1, **options) as here:
        winner = await gpo(here.search, settings)
        told = here.events(SearchEvent)
    here.events = lambda *kinds: [event for event in told if isinstance(event, kinds)]  # type: ignore[method-assign]
    return winner, here


def texts(here: Searching) -> dict[int, str]:
    return {event.candidate: event.text for event in here.events(CandidateAdded)}


def meta_prompts(model: TableModel) -> list[str]:
    return [
        request.prompt
        for request in model.asked
        if request.prompt.startswith("Your task is to write")
    ]


# The way


async def test_it_goes_on_to_the_best_prompt_that_was_never_current_even_if_it_is_worse() -> None:
    table = {"seed": rate(4), "A": rate(8), "B": rate(6), "C": rate(1), "D": rate(1)}
    # A wins the first step. In the second it is proposed again, and B, which is known, is next.
    # In the third all were current before but C and D, which are equal.
    model = TableModel(table, proposals=["A", "B", "a.", "B", "D", "C", "B", "A"])
    winner, here = await searched(model, small(steps=4))
    assert texts(here) == {0: "seed", 1: "A", 2: "B", 3: "D", 4: "C"}
    steps = here.events(StepPlanned)
    assert [event.current for event in steps] == [0, 1, 2, 3]
    # The best of the way wins, not the last.
    assert winner.text == "A"
    # What is known is never asked again: five prompts on ten examples, eight proposals.
    assert len(model.asked) == 5 * 10 + 8


async def test_where_all_proposals_were_current_before_it_stays() -> None:
    table = {"seed": rate(4), "A": rate(2)}
    model = TableModel(table, proposals=["A", "seed"])
    winner, here = await searched(model, small(steps=4, candidates=2))
    assert [event.current for event in here.events(StepPlanned)] == [0, 1, 1, 1]
    assert winner.text == "seed"


async def test_a_prompt_without_any_score_never_becomes_the_current_one() -> None:
    errors: dict[tuple[str, int], list[Exception]] = {
        ("A", row): [SkippedError("filtered")] for row in range(3)
    }
    model = TableModel({"seed": [True, False, False]}, proposals=["A"], errors=errors)
    winner, here = await searched(model, small(steps=2, candidates=1))
    assert texts(here) == {0: "seed", 1: "A"}
    assert [event.current for event in here.events(StepPlanned)] == [0, 0]
    assert winner.text == "seed"


async def test_a_budget_may_be_a_share_of_the_current_prompt() -> None:
    table = {"seed": rate(4), "Alpha beta gamma delta": rate(8)}
    model = TableModel(table, proposals=["Alpha beta gamma delta"])
    settings = small(steps=2, candidates=1, schedule="fixed", max_edit_share=0.5)
    _, here = await searched(model, settings)
    assert [event.edit_budget for event in here.events(StepPlanned)] == [1, 2]
    assert "change up to 2 words of the current prompt" in meta_prompts(model)[1]


async def test_among_equals_the_older_wins() -> None:
    table = {"seed": rate(5), "A": rate(5), "B": rate(5)}
    winner, here = await searched(TableModel(table, proposals=["B", "A"]), small())
    assert winner.text == "seed"
    assert [event.current for event in here.events(StepPlanned)] == [0, 1, 2]


async def test_what_the_stages_tell() -> None:
    table = {"seed": rate(4), "A": rate(8), "B": rate(6), "C": rate(1)}
    _, here = await searched(TableModel(table, proposals=["A", "B", "C", "C"]), small(steps=2))
    begun, ended = here.events(StageStarted), here.events(StageFinished)
    assert [event.stage for event in begun] == ["seed", "step 1", "step 2"]
    assert [event.stage for event in ended] == ["seed", "step 1", "step 2"]
    assert [event.leader for event in ended] == [0, 1, 1]
    assert [event.best.mean for event in ended] == [0.4, 0.8, 0.8]
    assert [event.mean for event in ended] == [0.4, pytest.approx(0.7), 0.1]
    assert {(event.n, event.seed.mean) for event in ended} == {(10, 0.4)}
    # B was neither current nor best.
    assert [event.dropped for event in ended] == [(), (2,), ()]
    assert [event.survivors for event in ended] == [(0,), (1,), (1, 3)]


async def test_the_search_ends_on_a_plateau() -> None:
    names = ["A", "B", "C", "D", "E", "F"]
    table = {"seed": rate(4), **{name: rate(1) for name in names}, "A": rate(5), "B": rate(6)}
    for patience, steps in ((0, 6), (1, 3), (2, 4), (9, 6)):
        model = TableModel(table, proposals=names)
        winner, here = await searched(model, small(steps=6, candidates=1, patience=patience))
        assert len(here.events(StepPlanned)) == steps
        assert winner.text == "B"


@pytest.mark.parametrize(
    ("train", "settings", "steps"),
    [(48, {}, 18), (20, {}, 9), (100, {}, 39), (50, {}, 18), (3, {}, 3), (48, {"steps": 2}, 2)],
)
async def test_how_many_steps_there_are(train: int, settings: dict[str, Any], steps: int) -> None:
    table = defaultdict(lambda: [True])
    async with searching(table_task(1, train=train), TableModel(table, proposals=["A"])) as here:
        await gpo(here.search, GpoSettings(candidates=1, **settings))
        assert len(here.events(StepPlanned)) == steps


async def test_proposals_that_failed_are_left_out() -> None:
    class Filters(TableModel):
        async def complete(self, request: Request) -> Response:
            if request.prompt.startswith("Your task") and self.proposed % 2:
                self.proposed += 1
                raise SkippedError("filtered")
            return await super().complete(request)

    table = {"seed": rate(4), "A": rate(8), "B": rate(9)}
    winner, here = await searched(Filters(table, proposals=["A", "A", "B"]), small())
    assert winner.text == "B"
    assert here.journal.failures == 3


# What it is shown


async def test_what_is_on_record_of_a_step() -> None:
    names = ["alpha", "alpha beta", "gamma", "alpha beta gamma", "delta"]
    table = {"seed": rate(4), **{name: rate(at) for at, name in enumerate(names)}}
    model = TableModel(table, proposals=[f"<START>{name}<END>" for name in names])
    settings = small(steps=5, candidates=1, trajectory=3, max_edit=10)
    _, here = await searched(model, settings)
    steps = here.events(StepPlanned)
    assert [event.edit_budget for event in steps] == [9, 7, 4, 2, 2]
    # From "alpha beta gamma": what is like it most stands nearest to it, and of what is as much
    # like it, like "alpha" and "gamma", the later.
    assert steps[4].trajectory == (3, 2, 4)
    prompt = meta_prompts(model)[4]
    places = [prompt.index(f"Prompt: {names[at - 1]}\n") for at in steps[4].trajectory]
    assert places == sorted(places)
    assert "Prompt: gamma\nScore: 20.0\n" in prompt
    assert "Prompt: alpha beta gamma\nScore: 30.0\n" in prompt
    assert "delta" not in prompt


async def test_a_summary_is_scored_as_what_it_is() -> None:
    class Sums(TableModel):
        async def complete(self, request: Request) -> Response:
            if request.prompt.startswith("Your task is to sum up"):
                self.asked.append(request)
                number = sum(each.prompt.startswith("Your task is to sum") for each in self.asked)
                return Response(f"<START>sum {number}<END>")
            return await super().complete(request)

    table = {"seed": rate(4), "A": rate(5), "B": rate(6), "C": rate(7)}
    table |= {"sum 1": rate(9), "sum 2": rate(2)}
    model = Sums(table, proposals=["A", "B", "C"])
    winner, here = await searched(model, small(candidates=1, momentum="summary"))
    sums = [event for event in here.events(CandidateAdded) if event.operation == "summary"]
    assert [(event.text, event.step, event.parents) for event in sums] == [
        ("sum 1", 2, (0, 1)),
        ("sum 2", 3, (2, 3)),
    ]
    assert "Prompt: sum 1\nScore: 90.0\n\nPrompt: A\nScore: 50.0" in meta_prompts(model)[1]
    assert "Prompt: sum 2\nScore: 20.0\n\nPrompt: B\nScore: 60.0" in meta_prompts(model)[2]
    # It is a candidate like any other, though never the current prompt.
    assert winner.text == "sum 1"
    assert [event.current for event in here.events(StepPlanned)] == [0, 1, 3]


async def test_a_summary_that_cannot_be_had_leaves_the_prompt_before() -> None:
    class Silent(TableModel):
        async def complete(self, request: Request) -> Response:
            if request.prompt.startswith("Your task is to sum up"):
                raise SkippedError("filtered")
            return await super().complete(request)

    table = {"seed": rate(4), "A": rate(5), "B": rate(6)}
    model = Silent(table, proposals=["A", "B"])
    _, here = await searched(model, small(steps=2, candidates=1, momentum="summary"))
    assert [event.trajectory for event in here.events(StepPlanned)] == [(0,), (0, 1)]


class Reflects(TableModel):
    """Right on the train examples of `known`; says why it was wrong on the others."""

    known: Sequence[int] = ()

    async def complete(self, request: Request) -> Response:
        prompt = request.prompt
        if prompt.startswith("A model is steered"):
            self.asked.append(request)
            return Response("Because.")
        if prompt.startswith("Instruction: ") and "Input: train " in prompt:
            self.asked.append(request)
            row = int(prompt.split("Input: train ")[1].split("\n")[0])
            return Response("yes" if row in self.known else "no idea")
        return await super().complete(request)


async def test_a_reflection_is_about_the_wrong_answers_of_a_batch_of_train() -> None:
    model = Reflects({"seed": rate(4), "A": rate(5)}, proposals=["A"])
    model.known = (0, 1, 2, 3)
    settings = small(steps=1, candidates=1, direction="reflection", batch=6)
    await searched(model, settings)
    (asked,) = [each for each in model.asked if each.prompt.startswith("A model is steered")]
    batch = next(train_batches(8, 6, named_rng(0, "train batches")))
    for row in range(8):
        wrong = row in batch and row not in model.known
        assert (f"Question: train {row}\n" in asked.prompt) == wrong
    assert "Wrong prediction: no idea\nRight answer: yes" in asked.prompt
    assert asked.temperature == 0.0
    assert len([each for each in model.asked if "Input: train" in each.prompt[:40]]) == 6
    assert "problems of the current prompt:\nBecause.\n" in meta_prompts(model)[0]


async def test_an_answer_that_is_half_right_is_not_wrong() -> None:
    class Half(Reflects):
        async def complete(self, request: Request) -> Response:
            said = await super().complete(request)
            # Of "yes", F1 is .67, and .33.
            return Response(
                {"yes": "yes sir", "no idea": "yes sir of ours now"}.get(said.text, said.text)
            )

    model = Half({"seed": rate(4), "A": rate(5)}, proposals=["A"])
    model.known = range(4)
    task = msgspec.structs.replace(table_task(10), metric="token_f1")
    async with searching(task, model, concurrency=1) as here:
        await gpo(here.search, small(steps=1, candidates=1, direction="reflection", batch=8))
    (asked,) = [each for each in model.asked if each.prompt.startswith("A model is steered")]
    assert asked.prompt.count("Wrong prediction: yes sir of ours now\n") == 4
    assert asked.prompt.count("Wrong prediction: ") == 4


async def test_where_nothing_is_wrong_there_is_nothing_to_reflect_on() -> None:
    model = Reflects({"seed": rate(4), "A": rate(5)}, proposals=["A"])
    model.known = range(8)
    await searched(model, small(steps=1, direction="reflection"))
    assert not [each for each in model.asked if each.prompt.startswith("A model is steered")]
    assert "problems" not in meta_prompts(model)[0]


async def test_train_is_never_scored_without_a_reflection() -> None:
    model = Reflects({"seed": rate(4), "A": rate(5)}, proposals=["A"])
    await searched(model, small())
    assert not any(each.prompt.startswith("Instruction: seed\n\nInput: tr") for each in model.asked)


@pytest.mark.parametrize(
    ("examples", "batch", "sizes"),
    [(48, 8, [8] * 6), (20, 8, [8, 8, 4]), (10, 8, [8]), (12, 8, [8, 4]), (3, 8, [3]), (4, 8, [4])],
)
def test_batches_of_train(examples: int, batch: int, sizes: list[int]) -> None:
    batches = train_batches(examples, batch, named_rng(1, "batches"))
    first = [next(batches) for _ in sizes]
    assert [len(each) for each in first] == sizes
    rows = [row for each in first for row in each]
    assert len(set(rows)) == len(rows)
    # The next pass is in another order.
    second = [row for _ in sizes for row in next(batches)]
    assert examples < 10 or second != rows


# The story


@pytest.mark.parametrize("momentum", ["summary", "relevance"])
async def test_the_same_seed_tells_the_same_story(momentum: Any) -> None:
    async def story(seed: int, concurrency: int) -> list[Any]:
        land = Landscape("noisy", dev=8)
        async with searching(land.task(), land, seed=seed, concurrency=concurrency) as here:
            await gpo(
                here.search, GpoSettings(steps=5, candidates=3, max_edit=4, momentum=momentum)
            )
            return here.events(SearchEvent)

    first = await story(3, 4)
    assert await story(3, 1) == first
    assert await story(3, 16) == first
    assert await story(4, 4) != first


async def test_a_resumed_search_spends_nothing_and_tells_nothing_new() -> None:
    land = Landscape("smooth", dev=8)
    settings = GpoSettings(steps=4, candidates=3, max_edit=4)
    async with searching(land.task(), Unruly(land)) as here:
        winner = await gpo(here.search, settings)
        told, calls = here.events(SearchEvent), len(land.asked)
        async with searching(land.task(), Unruly(land), resumed=here) as again:
            assert await gpo(again.search, settings) == winner
            assert again.events(SearchEvent) == told
    assert len(land.asked) == calls


# Log-probabilities


async def test_log_probabilities_are_shown_as_shares_of_a_hundred() -> None:
    likely = {"seed": 0.25, "A": 0.5, "B": 0.125}

    class Likely(TableModel):
        async def complete(self, request: Request) -> Response:
            if request.api == "likelihood":
                self.asked.append(request)
                instruction = request.prompt.removeprefix("Instruction: ").split("\n")[0]
                return Response("", numbers=(math.log(likely[instruction]),) * 2)
            return await super().complete(request)

    model = Likely({"seed": rate(0)}, proposals=["A", "B"])
    settings = small(steps=2, candidates=2, score="log_probability", momentum="importance")
    winner, here = await searched(model, settings, score="log_probability")
    assert winner.text == "A"
    assert "Prompt: seed\nScore: 25.0\n\nPrompt: A\nScore: 50.0\n" in meta_prompts(model)[-1]
    assert here.events(StageFinished)[-1].best.mean == pytest.approx(math.log(0.5))
