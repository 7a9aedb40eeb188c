from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.llm.embedder import cosine
from promptopt.llm.errors import RetryableError
from promptopt.llm.scripted import ScriptedModel, plural_skill, pluralise
from promptopt.llm.settings import ModelSettings
from promptopt.metrics.judged import question_of
from promptopt.tasks.example import Example

from .asking import ask_for


def scripted(name: str) -> ScriptedModel:
    return ScriptedModel(ModelSettings(f"scripted:{name}"))


def question(noun: str, instruction: str = "Write the plural.") -> str:
    return f"Instruction: {instruction}\n\nInput: cat\nOutput: cats\n\nInput: {noun}\nOutput:"


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        *(("cat", "cats"), ("bus", "buses"), ("box", "boxes"), ("church", "churches")),
        *(("baby", "babies"), ("boy", "boys"), ("dish", "dishes"), ("buzz", "buzzes")),
    ],
)
def test_pluralise(noun: str, plural: str) -> None:
    assert pluralise(noun) == plural


async def test_how_often_it_is_right_follows_the_instruction() -> None:
    model = scripted("plural")
    nouns = [f"noun{number}" for number in range(400)]
    for instruction in (
        "Say something.",
        "Write the plural.",
        "Form the plural form of each noun.",
    ):
        right = 0
        for noun in nouns:
            reply = await model.complete(ask_for(question(noun, instruction)))
            right += reply.text.strip() == pluralise(noun)
        assert right / len(nouns) == pytest.approx(plural_skill(instruction), abs=0.07)


@given(st.text())
def test_skill_has_bounds(instruction: str) -> None:
    assert 0.25 <= plural_skill(instruction) <= 0.95


async def test_the_same_question_has_the_same_answer() -> None:
    first = await scripted("plural").complete(ask_for("The instruction was", seed=1))
    again = await scripted("plural").complete(ask_for("The instruction was", seed=1))
    other = {
        (await scripted("plural").complete(ask_for("The instruction was", seed=seed))).text
        for seed in range(20)
    }
    assert first == again
    assert len(other) > 5


async def test_echo() -> None:
    reply = await scripted("echo").complete(ask_for(question("fox")))
    assert reply.text == " fox"
    assert (await scripted("echo").complete(ask_for("nothing"))).text == " "


async def test_down() -> None:
    for _ in range(3):
        with pytest.raises(RetryableError):
            await scripted("down").complete(ask_for())


async def test_a_share_fails_in_passing() -> None:
    model = scripted("echo?fail=0.3")
    failed = []
    for number in range(300):
        try:
            await model.complete(ask_for(question(str(number))))
        except RetryableError:
            failed.append(number)
            await model.complete(ask_for(question(str(number))))
    assert 60 <= len(failed) <= 120


async def test_delay() -> None:
    started = time.monotonic()
    await scripted("echo?delay=0.05").complete(ask_for())
    assert time.monotonic() - started >= 0.05


async def test_a_better_instruction_makes_a_right_answer_likelier() -> None:
    model = scripted("plural")
    means = []
    for instruction in (
        "Say something.",
        "Write the plural.",
        "Form the plural form of each noun.",
    ):
        right, wrong = [
            (
                await model.complete(
                    ask_for(question("fox", instruction), api="likelihood", answer=text)
                )
            ).numbers
            for text in (" foxes", " fox")
        ]
        assert len(right) == 2
        assert max(right + wrong) < 0
        means.append(sum(right) / len(right))
        skill = plural_skill(instruction)
        assert math.log(skill) - 0.2 <= means[-1] <= math.log(skill)
        assert (skill > 0.5) == (right[0] > wrong[0])
    assert means == sorted(means)


async def test_vectors_are_of_words() -> None:
    model = scripted("echo")
    vectors = [
        np.array((await model.complete(ask_for(text, api="embedding"))).numbers)
        for text in ("Write the plural.", "write the PLURAL", "Count backwards.")
    ]
    assert cosine(vectors[0], vectors[1]) == pytest.approx(1.0)
    assert cosine(vectors[0], vectors[2]) < 0.5


async def test_in_a_second_turn_it_stays_with_its_first_reply() -> None:
    for name in ("plural", "echo"):
        reply = await scripted(name).complete(
            ask_for("Only the word.", history=((question("fox"), " x"),))
        )
        assert reply.text == " x"
        assert reply.prompt_tokens == len(question("fox").split()) + 1 + 3


async def test_it_fills_a_gap() -> None:
    reply = await scripted("plural").complete(
        ask_for("I instructed my friend to", api="completion", suffix=". They wrote:", seed=3)
    )
    assert reply.text.startswith(" ")
    assert not reply.text.endswith(".")


@pytest.mark.parametrize(
    ("name", "said", "grade"),
    [("truthful", "Foxes", 1.0), ("truthful", "wolf", 0.0), ("informative", "wolf", 1.0)],
)
async def test_a_scripted_judge_can_be_read(name: str, said: str, grade: float) -> None:
    asked = question_of(name)
    prompt = asked.prompt(Example("the plural of fox", ("foxes",)), said)
    reply = await scripted("judge").complete(ask_for(prompt))
    assert asked.grade(reply.text) == grade
