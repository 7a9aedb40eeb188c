"""The meta-prompts of GPO as they are sent, pinned by files that a person can read."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from promptopt.llm.model import Request, Response
from promptopt.methods.gpo import gpo
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.position import placed
from promptopt.tasks.example import Example
from promptopt.tasks.template import Template

from ..evaluation.searching import searching
from ..llm.asking import small_task

GOLDEN = Path(__file__).parent / "golden"

FIRST = "Say the plural."
SECOND = "Write the plural {form} of the noun."
LAST = "Say it anew."
SUMMARY = "Say the plural of the noun."

RIGHT = {
    "Answer the question.": [False, False, True],
    FIRST: [True, False, True],
    SECOND: [False, False, True],
    LAST: [False, False, False],
    SUMMARY: [True, True, True],
}
NEXT = {"Answer the question.": FIRST, FIRST: SECOND}

PLAIN = {
    "steps": 3,
    "candidates": 1,
    "trajectory": 2,
    "excess": "observe",
    "position": "template",
}

SWITCHES: dict[str, dict[str, Any]] = {
    "gpo": {},
    "gpo_momentum_none": {"momentum": "none"},
    "gpo_momentum_summary": {"momentum": "summary"},
    "gpo_momentum_recency": {"momentum": "recency"},
    "gpo_momentum_importance": {"momentum": "importance"},
    "gpo_schedule_fixed": {"schedule": "fixed"},
    "gpo_schedule_none": {"schedule": "none"},
    "gpo_refinement_edit": {"refinement": "edit"},
    "gpo_position_end": {"position": "end"},
    "gpo_reflection": {"direction": "reflection"},
}


@dataclass
class Writer:
    """Writes a prompt, another and a last one, sums up, reflects, and answers by `RIGHT`."""

    asked: list[Request] = field(default_factory=list)
    seeded: bool = False
    identity: str = "writer"

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        prompt = request.prompt
        if prompt.startswith("Your task is to sum up"):
            return Response(f"<START>{SUMMARY}<END>")
        if prompt.startswith("A model is steered"):
            return Response("It does not say\nwhat to write.\n")
        if prompt.startswith("Your task is to write"):
            current = prompt.split("The current prompt is:\n")[1].split("\n")[0]
            return Response(f"<START>{NEXT.get(current, LAST)}<END>")
        row = re.search("Input: dev (.)", prompt)
        instruction = max((text for text in RIGHT if text in prompt), key=len)
        right = row is not None and RIGHT[instruction][int(row[1])]
        return Response("yes" if right else "I don't know")


def task(position: str | None) -> Any:
    return small_task(
        seed_prompt="Answer the question.",
        template=placed(Template(), position),
        train=(
            Example("box", ("boxes",)),
            Example("ox", ("oxen", "oxes")),
            Example("with {braces}", ("{output}",), ("{output}", "another")),
        ),
        dev=tuple(Example(f"dev {index}", ("yes",)) for index in range(3)),
    )


async def sent(**switches: Any) -> list[str]:
    """Every prompt that went to the optimizer model in three steps, in order."""
    settings = GpoSettings(**(PLAIN | switches))
    model = Writer()
    async with searching(task(settings.position), model, concurrency=1) as here:
        await gpo(here.search, settings)
    return [request.prompt for request in model.asked if not request.prompt.endswith("Output:")]


@pytest.mark.parametrize("name", SWITCHES)
async def test_each_switch(name: str) -> None:
    prompts = await sent(**SWITCHES[name])
    last = [prompt for prompt in prompts if prompt.startswith("Your task is to write")][-1]
    assert last == golden(name)


async def test_what_sums_up() -> None:
    prompts = await sent(momentum="summary")
    summaries = [prompt for prompt in prompts if prompt.startswith("Your task is to sum up")]
    assert len(summaries) == 2
    assert summaries[-1] == golden("gpo_summary")


async def test_what_asks_for_a_reflection() -> None:
    prompts = await sent(direction="reflection", steps=1)
    (asked,) = [prompt for prompt in prompts if prompt.startswith("A model is steered")]
    assert asked == golden("gpo_reflect")


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")


CHANGED: dict[str, list[str]] = {
    # The lines that a switch takes away and puts in, compared with the final GPO.
    "gpo_schedule_none": ["- You may change up to 10 words of the current prompt."],
    "gpo_schedule_fixed": [
        "- You may change up to 10 words of the current prompt.",
        "+ You may change up to 50 words of the current prompt.",
    ],
    "gpo_refinement_edit": [
        "- Look carefully at the prompts above and at what their scores say about them. Then write "
        "a new, better prompt to replace <Prompt>, before the input in the exemplars.",
        "+ Look carefully at the prompts above and at what their scores say about them. Then "
        "modify the current prompt into a better one to replace <Prompt>, before the input in the "
        "exemplars.",
    ],
    "gpo_reflection": [
        "+ These are problems of the current prompt:",
        "+ It does not say",
        "+ what to write.",
        "+ ",
    ],
    "gpo_momentum_none": ["- Prompt: Say the plural.", "- Score: 66.7", "- "],
    "gpo_momentum_summary": [
        "- Prompt: Say the plural.",
        "- Score: 66.7",
        "+ Prompt: Say the plural of the noun.",
        "+ Score: 100.0",
    ],
}


@pytest.mark.parametrize("name", CHANGED)
def test_each_switch_changes_what_it_names(name: str) -> None:
    plain, other = golden("gpo").splitlines(), golden(name).splitlines()
    changed = [line for line in difflib.ndiff(plain, other) if line[0] in "+-"]
    assert sorted(changed) == sorted(CHANGED[name])


def test_the_order_of_what_is_shown_is_all_that_retrieval_changes() -> None:
    plain = sorted(golden("gpo").splitlines())
    for name in ("gpo_momentum_recency", "gpo_momentum_importance"):
        assert len(golden(name).splitlines()) == len(plain)
