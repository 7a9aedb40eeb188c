from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.llm.errors import RetryableError
from promptopt.llm.scripted import ScriptedModel, plural_skill, pluralise
from promptopt.llm.settings import ModelSettings

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
