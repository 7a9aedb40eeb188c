"""The search for a reasoning prefix: what it learns from, asks for, and takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from promptopt.errors import InputError
from promptopt.llm.errors import SkippedError
from promptopt.llm.model import Request, Response
from promptopt.methods.ape import ape
from promptopt.methods.ape_plan import plan
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.plan import Sizes
from promptopt.runs.events import CandidateAdded, ProposalRejected, SearchWarned, StageStarted
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template

from ..evaluation.searching import searching
from ..llm.asking import small_task

GOLDEN = Path(__file__).parent / "golden"
SEED = "Let's think step by step."
BEST = "Let's work this out in a step by step way to be sure we have the right answer."


def sums(first: int, count: int) -> tuple[Example, ...]:
    return tuple(Example(f"{n} + 1", (str(n + 1),)) for n in range(first, first + count))


def sums_task(seed_prompt: str = SEED) -> Task:
    return small_task(
        seed_prompt=seed_prompt,
        template=Template(layout="Q: {input}\nA: {instruction}"),
        metric="contains",
        train=sums(0, 4),
        dev=sums(10, 6),
        test=sums(20, 2),
    )


@dataclass
class Adder:
    """Adds right under the seed prefix where the number is even, and always under the best one.

    Attributes:
        fills: whether it takes a text with a gap.
    """

    proposals: list[str] = field(default_factory=lambda: [BEST])
    fills: bool = True
    able: bool = True
    asked: list[Request] = field(default_factory=list)
    given: int = 0
    seeded: bool = False
    identity: str = "adder"

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        if request.suffix and not self.fills:
            raise SkippedError("no suffix here")
        if request.api == "likelihood":
            # As if the best prefix made every step a little less surprising.
            return Response("", numbers=(-0.1 if BEST in request.prompt else -0.2,) * 3)
        if request.history:
            return Response(request.history[0][1].split()[-1])
        if request.suffix or "[INSERT]" in request.prompt or "variation" in request.prompt:
            self.given += 1
            return Response(self.proposals[(self.given - 1) % len(self.proposals)])
        found = re.fullmatch(r"Q: (\d+) \+ 1\nA: (.*)", request.prompt)
        assert found
        number = int(found[1])
        right = self.able and (number % 2 == 0 or found[2] == BEST)
        return Response(f" I add them, so it is {number + 1 if right else 'much'}.")

    def proposing(self) -> list[Request]:
        return [each for each in self.asked if each.suffix or "[INSERT]" in each.prompt]


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8").removesuffix("\n")


def settings(**changes: object) -> ApeSettings:
    values = {"target": "reasoning_prefix", "proposals": 1, "subset": 4, "finalists": 1} | changes
    return ApeSettings(**values)  # type: ignore[arg-type]


async def test_a_chat_model_is_shown_right_answers_alone() -> None:
    model = Adder()
    async with searching(sums_task(), model, concurrency=1) as here:
        winner = await ape(here.search, settings())
    assert winner.text == BEST
    (request,) = model.proposing()
    assert (request.prompt, request.suffix) == (golden("ape_reasoning_chat.txt"), "")


@pytest.mark.parametrize("api", ["chat", "completion"])
async def test_the_options_of_a_question_are_shown_with_the_reasoning(api: Any) -> None:
    class Chooser(Adder):
        async def complete(self, request: Request) -> Response:
            if request.suffix or "[INSERT]" in request.prompt:
                return await super().complete(request)
            return Response(" Of red and blue I take the first, so it is red.")

    red = tuple(Example(f"Colour {n}?", ("red",), ("red", "blue")) for n in range(2))
    model = Chooser()
    task = msgspec.structs.replace(sums_task(), train=red, dev=red)
    async with searching(task, model, concurrency=1, proposer_api=api) as here:
        await ape(here.search, settings())
    *_, request = model.proposing()  # a model that completes text is probed first
    question = r"Q: Colour \d\?\nOptions:\n\(A\) red\n\(B\) blue\nA: Let's"
    assert len(re.findall(question, request.prompt)) == (1 if request.suffix else 2)
    assert request.prompt.count("Options:") == request.prompt.count("Q: Colour")


async def test_a_model_that_fills_gaps_gets_one_answer() -> None:
    model = Adder(proposals=[" " + BEST.removeprefix("Let's ").removesuffix(".")])
    async with searching(sums_task(), model, proposer_api="completion") as here:
        winner = await ape(here.search, settings())
    assert winner.text == BEST
    shown = {f"{each.prompt}[gap]{each.suffix}" for each in model.proposing()}
    assert golden("ape_reasoning_infill.txt") in shown


async def test_a_model_that_refuses_a_suffix_is_shown_the_gap() -> None:
    model = Adder(fills=False)
    async with searching(sums_task(), model, concurrency=1, proposer_api="completion") as here:
        winner = await ape(here.search, settings())
        (warning,) = here.events(SearchWarned)
    assert winner.text == BEST
    assert "does not fill gaps" in warning.message
    refused, asked = model.proposing()
    assert refused.suffix
    assert (asked.prompt, asked.suffix) == (golden("ape_reasoning_chat.txt"), "")


async def test_what_does_not_begin_with_let_s_is_refused() -> None:
    replies = [
        "Think about it.",
        '"Let’s take it slowly"',
        "let's be careful. First, add 2 and 1.",
        "Sure! Here is the sentence:\n\nLet's see:",
        "Lets go.",
    ]
    model = Adder(proposals=replies)
    async with searching(sums_task(), model, concurrency=1) as here:
        await ape(here.search, settings(proposals=5))
        added = [event.text for event in here.events(CandidateAdded)]
        refused = [(event.text, event.reason) for event in here.events(ProposalRejected)]
    assert added == [SEED, "Let's take it slowly.", "Let's be careful.", "Let's see:"]
    reason = 'does not begin with "Let\'s"'
    assert refused == [("Think about it.", reason), ("Lets go.", reason)]


async def test_variations_are_held_to_it_too() -> None:
    model = Adder(proposals=["Let's go on.", "Go on.", "Let's go on and on."])
    async with searching(sums_task(), model, concurrency=1) as here:
        await ape(here.search, settings(resample_rounds=1, resample_parents=1, variations=2))
        made = [(each.operation, each.text) for each in here.events(CandidateAdded)]
        (refused,) = here.events(ProposalRejected)
    assert made[1:] == [("prefix", "Let's go on."), ("resample", "Let's go on and on.")]
    assert refused.reason == 'does not begin with "Let\'s"'


async def test_no_right_answer_leaves_the_seed_prompt_alone() -> None:
    model = Adder(able=False)
    async with searching(sums_task(), model) as here:
        winner = await ape(here.search, settings())
        (warning,) = here.events(SearchWarned)
    assert winner == here.search.seed_prompt
    assert warning.message.startswith("none of the 4 train questions was answered right")


async def test_candidates_can_be_scored_by_the_likelihood_of_the_reasoning() -> None:
    model = Adder()
    chosen = settings(score="log_probability")
    async with searching(sums_task(), model, concurrency=1, score="log_probability") as here:
        winner = await ape(here.search, chosen)
        announced = sum(event.calls for event in here.events(StageStarted))
    assert winner.text == BEST
    likelihoods = [each for each in model.asked if each.api == "likelihood"]
    # Of the dev questions those that the seed prefix answers right, with the way it went.
    assert {(each.prompt.partition("\n")[0], each.answer) for each in likelihoods} == {
        (f"Q: {n} + 1", f" I add them, so it is {n + 1}.") for n in (10, 12, 14)
    }
    assert {each.prompt.partition("A: ")[2] for each in likelihoods} == {SEED, BEST}
    assert announced == len(model.asked) <= sum(each.calls for each in plan(chosen, Sizes(4, 6)))


async def test_no_reasoning_on_dev_leaves_the_seed_prompt_alone() -> None:
    task = msgspec.structs.replace(sums_task(), dev=sums(11, 1))
    model = Adder()
    async with searching(task, model, score="log_probability") as here:
        winner = await ape(here.search, settings(score="log_probability"))
        (warning,) = here.events(SearchWarned)
    assert winner == here.search.seed_prompt
    assert warning.message.startswith("none of the 1 dev questions was answered right")


async def test_reasoning_is_what_was_said_before_the_final_answer() -> None:
    task = msgspec.structs.replace(sums_task(), final_turn="So the number is")
    model = Adder()
    async with searching(task, model, concurrency=1) as here:
        winner = await ape(here.search, settings())
    assert winner.text == BEST
    assert model.proposing()[0].prompt == golden("ape_reasoning_chat.txt")


async def test_another_seed_prompt_is_refused_before_anything_is_asked() -> None:
    model = Adder()
    async with searching(sums_task("Think."), model) as here:
        with pytest.raises(InputError, match="a reasoning prefix begins with"):
            await ape(here.search, settings())
    assert model.asked == []


async def test_it_calls_what_it_says() -> None:
    model = Adder(proposals=["Let's go.", "Let's see.", BEST])
    chosen = settings(proposals=3, resample_rounds=1)
    async with searching(sums_task(), model, proposer_api="completion") as here:
        await ape(here.search, chosen)
        announced = sum(event.calls for event in here.events(StageStarted))
    planned = sum(stage.calls for stage in plan(chosen, Sizes(4, 6)))
    assert announced == len(model.asked) <= planned
