"""Told of what calls have cost is what is known, and what those that were lost cost at the most.

The server knows: it counts what it bills for each request, whatever it sends back.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.llm.client import ModelClient
from promptopt.llm.limits import EndpointLimits
from promptopt.llm.prices import Price
from promptopt.llm.spend import Known, Spend
from promptopt.llm.tariff import Tariff
from promptopt.llm.token_counts import Estimate
from promptopt.results.summary import usage_object
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from .asking import Asking, ask_for, asking, endpoint_model
from .endpoint import Answer, Endpoint, Received, fails, reply, says

PRICE = Price(1_000_000.0, 2_000_000.0)
"""A dollar a token of a prompt, two a token of a reply: sums of them are exact."""

MOST = 16
"""Tokens of a reply, as `ask_for` allows."""

TOLD = ("told", "told more", "told and empty", "told and filtered", "told, no choice")
LOST = ("cut", "reset", "500", "filter", "nothing told and empty", "no JSON")
UNREAD = "429"
"""Refused before a model read it: costs nothing."""


class Billing:
    """Goes through a schedule of faults and replies; hangs on every prompt that asks for it.

    Attributes:
        seen: what was done, and how often.
        prompt, completion: tokens that were told.
        usd: what was billed, told or not.
        wrong: known, spent and billed, where what was on disk did not hold for what was billed.
    """

    def __init__(self, schedule: list[str], store: Path) -> None:
        self.seen: Counter[str] = Counter()
        self.prompt = self.completion = 0
        self.usd = 0.0
        self.wrong: list[tuple[float, float, float]] = []
        self._excess = 0.0  # by which what was not told counts more than it was billed with
        self._schedule = schedule
        self._store = store
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Answer:
        with self._lock:
            hangs = received.prompt.startswith("hang")
            what = "hang" if hangs else self._schedule.pop(0) if self._schedule else "told"
            self.seen[what] += 1
            before = self.usd + self._excess
            answer = self._answer(what, received)
            self._look(before)
            return answer

    def _look(self, before: float) -> None:
        """Whether what an engine leaves that is killed now holds for all that was sent."""
        with Store(self._store) as store:
            (run,) = store.runs()
            known, spent = store.known(run.id).spend.usd, store.spent(run.id).usd
        if known > before or spent < self.usd:
            self.wrong.append((known, spent, self.usd))

    def _answer(self, what: str, received: Received) -> Answer:
        if what == UNREAD:
            return fails(429, "slow down", retry_after="0")(received)
        if what == "500":
            return fails(500, "oh dear", retry_after="0")(received)
        # As it is estimated where it is not told: a token for every four letters.
        prompt, completion = -(-len(received.prompt) // 4), 1
        if what != "untold":
            completion += len(received.prompt) % MOST
        if what == "told more":
            prompt += 40  # a system prompt of its own
        self.usd += prompt + 2 * completion
        if what == "untold":
            most = len(received.prompt) + 64 + 2 * MOST
            self._excess += most - prompt - 2 * completion
        if what == "filter":
            return fails(400, "flagged", code="content_filter")(received)
        if what in TOLD:
            self.prompt += prompt
            self.completion += completion
        body = reply(received, "" if "empty" in what else "four")
        body["usage"] = {"prompt_tokens": prompt, "completion_tokens": completion}
        if what in ("untold", "nothing told and empty"):
            body.pop("usage")
        if what == "told and filtered":
            body["choices"][0]["finish_reason"] = "content_filter"
        if what == "told, no choice":
            body["choices"] = []
        if what == "no JSON":
            return Answer('{"choices": [')
        return Answer(body, cut=what == "cut", reset=what == "reset", hang=what == "hang")


def impatient(url: str, here: Asking, tariff: Tariff) -> ModelClient:
    """One more client of the run, that gives a call up soon."""
    return ModelClient(
        endpoint_model(url, timeout=0.05),
        "judge",
        budget=here.budget,
        replies=here.journal,
        observer=here.journal,
        gate=here.gate,
        places=asyncio.Semaphore(4),
        tariff=tariff,
        limits=EndpointLimits(patience=0.0, clock=lambda: 0.0, sleep=here.client._pause),
        pause=here.client._pause,
    )


async def engine(
    folder: Path, url: str, numbers: range, hanging: int, run_id: str | None
) -> tuple[str, RunState]:
    """What one engine does of a run, and where the run stands then."""
    # No answer takes as long as that, on however busy a machine.
    model = endpoint_model(url, timeout=120.0)
    tariffs = Tariff(Estimate(), PRICE), Tariff(Estimate(), PRICE)
    async with asking(folder, model, tariff=tariffs[0], run_id=run_id, concurrency=4) as here:
        here.journal.tariffs = tariffs
        other = impatient(url, here, tariffs[1])
        await other.model.start()
        asked = [here.client.ask(ask_for("x" * number)) for number in numbers]
        asked += [other.ask(ask_for(f"hang {numbers[0]} {number}")) for number in range(hanging)]
        await asyncio.gather(*asked, return_exceptions=True)
        await other.model.close()
        here.journal.tell_usage()
        here.journal.flush()
        assert here.store.spent(here.run_id) == here.budget.spent
        return here.run_id, here.store.state(here.run_id)


schedules = st.lists(st.sampled_from((*TOLD, *LOST, UNREAD, "untold")), max_size=24)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(schedule=schedules, hanging=st.sampled_from((0, 0, 1, 2)))
def test_what_is_told_holds_for_what_was_billed(schedule: list[str], hanging: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        billing = Billing(list(schedule), Path(name) / "promptopt.db")
        with Endpoint(billing) as endpoint:
            run_id: str | None = None
            for numbers in (range(1, 9), range(9, 17)):
                run_id, state = asyncio.run(
                    engine(Path(name), endpoint.url, numbers, hanging, run_id)
                )
                check(state, billing)
            assert billing.wrong == []


def check(state: RunState, billing: Billing) -> None:
    usage, seen = state.usage, billing.seen
    assert (usage.prompt_tokens, usage.completion_tokens) == (billing.prompt, billing.completion)
    answered = sum(seen[each] for each in TOLD) + seen["untold"]
    assert usage.lost == usage.calls - answered - seen[UNREAD]
    assert usage.lost >= sum(seen[each] for each in LOST)
    told: dict[str, Any] = usage_object(state)
    known = told["estimated"]["usd"] if usage.untold else told["usd"]
    assert known <= billing.usd <= known + usage.untold_excess + usage.lost_usd
    assert known + usage.untold_excess + usage.lost_usd == told["usd_at_most"]
    if not usage.lost:
        assert known == billing.usd
    if not usage.untold:
        assert usage.tokens == usage.prompt_tokens + usage.completion_tokens + usage.lost_tokens
    assert told["lost_calls"] == usage.lost
    assert told["tokens_at_most"] == usage.tokens


async def test_what_is_under_way_is_not_lost(tmp_path: Path) -> None:
    answers = threading.Event()

    def waits(received: Received) -> Answer:
        answers.wait(60)
        return says("fine")(received)

    with Endpoint(waits) as endpoint:
        tariff = Tariff(Estimate(), PRICE)
        async with asking(tmp_path, endpoint_model(endpoint.url), tariff=tariff) as here:
            asked = asyncio.create_task(here.client.ask(ask_for("x")))
            while not endpoint.requests:
                await asyncio.sleep(0.001)
            here.journal.tell_usage()
            usage = here.journal.state.usage
            assert (usage.calls, usage.in_flight, usage.lost, usage.lost_usd) == (1, 1, 0, 0)
            answers.set()
            await asked
            here.journal.tell_usage()
            usage = here.journal.state.usage
            assert (usage.in_flight, usage.lost, usage.prompt_tokens) == (0, 0, 1)


async def test_calls_of_a_killed_engine_are_lost(tmp_path: Path) -> None:
    tariff = Tariff(Estimate(), PRICE)
    with Endpoint(Billing(["told"], tmp_path / "promptopt.db")) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, tariff=tariff) as here:
            await here.client.ask(ask_for("x"))
            run_id = here.run_id
            # What an engine writes down before it sends three calls.
            here.store.count_sent(run_id, 3, 300, 600 * 10**12)
        known = Known(Spend(1, 3, 5 * 10**12), 1, 2)
        async with asking(tmp_path, endpoint_model(endpoint.url), run_id=run_id) as here:
            assert here.store.known(run_id) == known
            here.journal.tell_usage()
            usage = here.journal.state.usage
            assert (usage.calls, usage.lost, usage.lost_tokens, usage.lost_usd) == (4, 3, 300, 600)
            assert (usage.prompt_tokens, usage.completion_tokens, usage.usd) == (1, 2, 605)


@pytest.mark.parametrize("forgets", [False, True])
async def test_tokens_of_failures_that_are_asked_again_stay_told(
    tmp_path: Path, forgets: bool
) -> None:
    billing = Billing(["told and empty", "told"], tmp_path / "promptopt.db")
    with Endpoint(billing) as endpoint:
        run_id = None
        for _ in range(2):
            model, tariff = endpoint_model(endpoint.url), Tariff(Estimate(), PRICE)
            async with asking(tmp_path, model, tariff=tariff, run_id=run_id) as here:
                run_id = here.run_id
                if forgets:
                    here.store.forget_failures(run_id)
                await here.client.ask(ask_for("xx"))
                here.journal.tell_usage()
                usage = here.journal.state.usage
        assert len(endpoint.requests) == (2 if forgets else 1)
        assert (usage.prompt_tokens, usage.completion_tokens) == (
            billing.prompt,
            billing.completion,
        )
        assert usage.usd == billing.usd
        assert usage.lost == 0
