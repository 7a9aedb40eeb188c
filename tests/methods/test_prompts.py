"""The meta-prompts as they are sent, pinned by files that a person can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from promptopt.llm.model import Request
from promptopt.methods.ape import ape, propose
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.ape_template import find_template
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
    (request,) = await proposed(ApeSettings(proposals=1), task)
    assert request.prompt == golden("ape_forward_one.txt")


async def proposed(settings: ApeSettings, task: object = TASK, **options: Any) -> list[Request]:
    """What the optimizer model was asked for proposals."""
    model = TableModel({}, proposals=["Say it"])
    async with searching(task, model, concurrency=1, **options) as here:  # type: ignore[arg-type]
        await propose(here.search, settings, here.search.task.train)
    return model.asked


PAIRS = small_task(
    seed_prompt="Answer the question.",
    train=(Example("cat", ("cats",)), Example("{output} box", ("boxes",))),
)


async def test_reverse_on_a_chat_model() -> None:
    (request,) = await proposed(ApeSettings(proposals=1, mode="reverse"), PAIRS)
    assert (request.prompt, request.suffix) == (golden("ape_reverse_chat.txt"), "")


async def test_reverse_on_a_model_that_fills_gaps() -> None:
    settings = ApeSettings(proposals=1, mode="reverse")
    probe, request = await proposed(settings, PAIRS, proposer_api="completion")
    both = f"{request.prompt}[gap]{request.suffix}"
    assert both == golden("ape_reverse_infill.txt")
    assert probe.suffix


async def test_a_custom_template_that_is_shipped() -> None:
    template = find_template("truthfulqa", Path())
    settings = ApeSettings(proposals=1, mode="custom", template=template)
    layout = Template(
        layout="{instruction}\n\n{demonstrations}Q: {input}\nA:",
        demonstration="Q: {input}\nA: {output}\n\n",
    )
    task = msgspec.structs.replace(PAIRS, template=layout)
    _, request = await proposed(settings, task, proposer_api="completion")
    assert f"{request.prompt}[gap]{request.suffix}" == golden("ape_truthfulqa.txt")


async def test_a_custom_template_with_its_gap_at_the_end() -> None:
    text = "{pairs}Of these {inputs} someone said:\n{instruction}\n"
    settings = ApeSettings(proposals=1, mode="custom", template=text)
    for api in ("chat", "completion"):
        (request,) = await proposed(settings, PAIRS, proposer_api=api)
        assert request.prompt == golden("ape_custom_end.txt")
        assert request.suffix == ""


async def test_the_code_s_forward_prompt() -> None:
    (request,) = await proposed(ApeSettings(proposals=1, forward="code"), PAIRS)
    assert request.prompt == golden("ape_forward_code.txt")


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
