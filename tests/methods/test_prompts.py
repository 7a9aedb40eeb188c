"""The meta-prompts as they are sent, pinned by files that a person can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.methods.ape import ape, propose_forward
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.prompts import fill
from promptopt.tasks.example import Example
from promptopt.tasks.template import Template

from ..evaluation.searching import TableModel, searching
from ..llm.asking import small_task

GOLDEN = Path(__file__).parent / "golden"

TASK = small_task(
    seed_prompt="Answer the question.",
    train=(
        Example("cat", ("cats",)),
        Example("box", ("boxes", "boxen")),
        Example("Which is larger?", ("a whale",), ("a mouse", "a whale")),
        Example("with {braces}\nand a second line", ("{output}",)),
    ),
    dev=(Example("dev 0", ("yes",)),),
)


async def sent(settings: ApeSettings, task: object = TASK) -> list[str]:
    """Every meta-prompt of a search, in order."""
    right = {
        text: [True]
        for text in ("Answer the question.", "Write the plural {instruction}", "Say it")
    }
    model = TableModel(right, proposals=["to write the plural {instruction}", "Say it"])
    async with searching(task, model, concurrency=1) as here:  # type: ignore[arg-type]
        await ape(here.search, settings)
    return [request.prompt for request in model.asked if "dev 0" not in request.prompt]


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8").removesuffix("\n")


async def test_forward() -> None:
    (prompt,) = await sent(ApeSettings(proposals=1, demonstrations=4))
    assert prompt == golden("ape_forward.txt")


async def test_forward_with_one_demonstration_in_a_layout_of_ones_own() -> None:
    template = Template(
        layout="{instruction}\nQ: {input}\nA:", demonstration="Q: {input}\nA: {output}\n"
    )
    task = small_task(train=TASK.train[:1], template=template, seed_prompt="Answer the question.")
    prompts = await sent_alone(task)
    assert prompts == [golden("ape_forward_one.txt")]


async def sent_alone(task: object) -> list[str]:
    model = TableModel({}, proposals=["Say it"])
    async with searching(task, model, concurrency=1) as here:  # type: ignore[arg-type]
        await propose_forward(here.search, ApeSettings(proposals=1))
    return [request.prompt for request in model.asked]


async def test_resample() -> None:
    settings = ApeSettings(
        proposals=1, demonstrations=1, resample_rounds=1, resample_parents=2, variations=1
    )
    _, first, second = await sent(settings)
    # Braces of an instruction are its own.
    assert {first, second} == {golden("ape_resample.txt"), golden("ape_resample_seed.txt")}


def test_a_placeholder_that_is_not_given() -> None:
    with pytest.raises(KeyError, match="instruction"):
        fill("ape_resample")


def test_what_is_filled_in_is_not_searched() -> None:
    assert "{pairs}" in fill("ape_forward", inputs="{pairs}", pairs="x\n")
