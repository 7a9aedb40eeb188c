"""What a reply costs that holds no answer: what its endpoint tells, and not what was feared."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from promptopt.llm.client import Reply
from promptopt.llm.errors import BudgetExhausted, FatalError
from promptopt.llm.tariff import Tariff
from promptopt.llm.token_counts import Estimate

from .asking import ask_for, asking, endpoint_model
from .endpoint import Answer, Behaviour, Endpoint, Received, reply


def most_of_a_call(**changes: Any) -> int:
    return sum(Tariff(Estimate()).most(ask_for("00", **changes)))


def tells(prompt: int, completion: int, **fields: Any) -> Behaviour:
    """A reply without a text and with this usage."""

    def answer(received: Received) -> Answer:
        body = reply(received, None, finish_reason="length")
        usage = {"prompt_tokens": prompt, "completion_tokens": completion}
        return Answer(body | {"usage": usage} | fields)

    return answer


NONE: dict[str, tuple[Behaviour, str]] = {
    "empty": (tells(700, 300), "chat"),
    "without choices": (tells(700, 300, choices=[]), "chat"),
    "of a wrong type": (tells(700, 300, choices=[{"message": {"content": 7}}]), "chat"),
    "refused": (
        tells(700, 300, choices=[{"message": {"content": "No.", "refusal": "I won't"}}]),
        "chat",
    ),
    "filtered": (
        tells(700, 300, choices=[{"text": "cut", "finish_reason": "content_filter"}]),
        "completion",
    ),
    "without text": (tells(700, 300, choices=[{"text": None}]), "completion"),
}


@pytest.mark.parametrize(("behaviour", "api"), NONE.values(), ids=NONE.keys())
async def test_a_reply_without_an_answer_costs_what_it_tells(
    tmp_path: Path, behaviour: Behaviour, api: str
) -> None:
    with Endpoint(behaviour) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            with contextlib.suppress(FatalError):  # where it is tried again, and never answered
                told = await here.client.ask(ask_for("00", api=api))
                assert told.response is None
            spent = here.store.spent(here.run_id)
            assert spent.calls == len(endpoint.requests)
            assert spent.tokens == 1_000 * spent.calls == here.budget.spent.tokens


async def test_a_reply_that_tells_nothing_counts_at_its_worst(tmp_path: Path) -> None:
    with Endpoint(tells(0, 0)) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            await here.client.ask(ask_for("00"))
            assert here.store.spent(here.run_id).tokens == most_of_a_call()


@pytest.mark.parametrize("concurrency", [1, 8, 256])
async def test_empty_replies_that_count_more_than_was_feared_pass_no_cap(
    tmp_path: Path, concurrency: int
) -> None:
    """A model that thinks until there is no room left for an answer."""
    each = 5 * most_of_a_call()
    with Endpoint(tells(each - 16, 16)) as endpoint:
        model = endpoint_model(endpoint.url)
        cap = 7 * each + 5
        async with asking(tmp_path, model, max_tokens=cap, concurrency=concurrency) as here:
            results = await asyncio.gather(
                *(here.client.ask(ask_for(f"{number:02}")) for number in range(40)),
                return_exceptions=True,
            )
            assert {type(result) for result in results} == {Reply, BudgetExhausted}
            assert len(endpoint.requests) == 7
            assert here.store.spent(here.run_id).tokens == 7 * each
