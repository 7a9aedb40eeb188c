"""Each switch of APE changes exactly what it names; and a server that refuses to fill gaps."""

from __future__ import annotations

from typing import Any

import pytest

from promptopt.methods.ape import ape
from promptopt.methods.ape_settings import ApeSettings
from promptopt.runs.events import CandidateAdded, SearchWarned

from ..evaluation.searching import searching, table_task
from ..llm.asking import endpoint_model
from ..llm.endpoint import Answer, Endpoint, Received, plural
from .test_ape import plural_task
from .test_ape_selection import Inventive

DEV = 24
BASE: dict[str, Any] = {"proposals": 8, "subset": 4, "finalists": 2}


async def asked(**changes: Any) -> tuple[list[str], list[str], list[str]]:
    """The prompts for proposals, for variations, and to the task model, in order."""
    model = Inventive(2, DEV)
    async with searching(table_task(DEV), model, concurrency=1) as here:
        await ape(here.search, ApeSettings(**{**BASE, **changes}))
    prompts = [f"{each.prompt}|{each.suffix}" for each in model.asked]
    scored = [each for each in prompts if each.startswith("Instruction: ")]
    varied = [each for each in prompts if each.startswith("Generate a variation")]
    return [each for each in prompts if each not in scored and each not in varied], varied, scored


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "reverse"},
        {"mode": "custom", "template": "{pairs}What was asked for:"},
        {"forward": "code"},
        {"demonstrations": 2},
    ],
    ids=str,
)
async def test_how_it_is_asked_changes_the_proposals_alone(change: dict[str, Any]) -> None:
    base, changed = await asked(), await asked(**change)
    assert not set(base[0]) & set(changed[0])
    assert changed[1:] == base[1:]


@pytest.mark.parametrize(
    "change",
    [
        {"selection": "race"},
        {"selection": "ucb-e"},
        {"subset": 6},
        {"keep": 0.8},
        {"threshold": 0.4},
        {"finalists": 5},
    ],
    ids=str,
)
async def test_how_it_selects_changes_what_is_scored_alone(change: dict[str, Any]) -> None:
    base, changed = await asked(), await asked(**change)
    assert changed[:2] == base[:2]
    assert changed[2] != base[2]


@pytest.mark.parametrize(
    "change", [{"selection_share": 0.8}, {"bandit_share": 0.5}, {"exploration": 2}]
)
async def test_settings_of_ucb(change: dict[str, Any]) -> None:
    base = await asked(selection="ucb1")
    assert await asked(selection="ucb1", **change) != base
    assert await asked(**change) == await asked()


async def test_rounds_come_on_top_of_what_was_there() -> None:
    base, changed = await asked(), await asked(resample_rounds=2, resample_parents=2, variations=3)
    assert changed[0] == base[0]
    assert base[1] == []
    assert len(changed[1]) == 2 * 2 * 3
    first_stage = 9 * 4
    assert changed[2][:first_stage] == base[2][:first_stage]


async def test_a_server_that_refuses_a_suffix_is_asked_in_words() -> None:
    def refuses(received: Received) -> Answer:
        if "suffix" in received.body:
            return Answer({"error": {"message": "suffix is not currently supported"}}, status=400)
        if "[INSERT]" in received.prompt:
            return Answer({"choices": [{"text": " write the plural form of the noun"}]})
        return plural(received)

    with Endpoint(refuses) as endpoint:
        model = endpoint_model(endpoint.url)
        await model.start()
        async with searching(plural_task(), model, proposer_api="completion") as here:
            settings = ApeSettings(mode="reverse", proposals=3, subset=4, finalists=1)
            winner = await ape(here.search, settings)
            (warning,) = here.events(SearchWarned)
            added = [event.operation for event in here.events(CandidateAdded)]
        await model.close()
    assert winner.text == "Write the plural form of the noun"
    assert added == ["seed", "reverse"]
    assert "does not fill gaps" in warning.message
    # One call was enough to find out.
    assert sum("suffix" in each.body for each in endpoint.requests) == 1
