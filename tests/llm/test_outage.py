"""An endpoint that has answered and does so no more: it is waited for, by few calls, and in vain
for no longer than was set. Time passes only where something waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from promptopt.llm.client import ATTEMPTS
from promptopt.llm.errors import FatalError, RetryableError
from promptopt.llm.limits import OUTAGE_MINUTES, limits_of
from promptopt.llm.outage import Outage
from promptopt.llm.settings import ModelSettings
from promptopt.runs.events import CallFailed, Warned

from .asking import Asking, ask_for, asking, endpoint_model
from .endpoint import Answer, Behaviour, Endpoint, Received, fails, hangs, resets, says, sends

TEN_MINUTES = 600.0

fine = says("fine")


class Out:
    """Answers, but for the seconds from `since` to `until`.

    Args:
        how: what it does then.
    """

    def __init__(self, how: Behaviour, until: float) -> None:
        self.here: Asking | None = None
        self._how = how
        self._until = until

    def __call__(self, received: Received) -> Answer:
        assert self.here is not None
        out = received.prompt != "first" and sum(self.here.pauses) < self._until
        return (self._how if out else fine)(received)


def oh_dear() -> Behaviour:
    return fails(500, "oh dear")


@pytest.mark.parametrize("concurrency", [1, 8, 64])
@pytest.mark.parametrize(
    "how", [oh_dear(), resets, fails(503, "busy"), fails(504, "late"), sends("<h1>", status=502)]
)
async def test_an_outage_is_waited_for_by_few_calls_and_loses_none(
    tmp_path: Path, how: Behaviour, concurrency: int
) -> None:
    # One question alone could be the reason of its errors: at one at a time, it is given up.
    lasts = 500.0 if concurrency > 1 else 55.0
    server = Out(how, lasts)
    with Endpoint(server) as endpoint:
        async with asking(
            tmp_path,
            endpoint_model(endpoint.url),
            concurrency=concurrency,
            patience=TEN_MINUTES,
        ) as here:
            server.here = here
            await here.client.ask(ask_for("first"))
            replies = await asyncio.gather(
                *(here.client.ask(ask_for(str(number))) for number in range(100))
            )
            assert all(reply.response is not None for reply in replies)
            # Those that were under way when it began, and then one at a time.
            assert len(endpoint.requests) - 101 <= 2 * concurrency + 20
            assert lasts <= sum(here.pauses) <= lasts + 120 + 8 * concurrency
            told = [event.message for event in here.events(Warned)]
            assert "does not answer any more" in told[0] or "more slowly" in told[0]
            assert any("answers again, after" in each for each in told)
            assert len(told) <= 40
            assert here.journal.in_flight == 0
            assert here.store.calls_sent(here.run_id) == len(endpoint.requests)


async def test_an_endpoint_that_is_gone_is_waited_for_and_costs_no_tokens(tmp_path: Path) -> None:
    def fine_and_closes(received: Received) -> Answer:
        return Answer(fine(received).body, headers={"connection": "close"})

    with Endpoint(fine_and_closes) as endpoint:
        model = endpoint_model(endpoint.url)
    limits = {"concurrency": 1, "patience": TEN_MINUTES}
    async with asking(tmp_path, model, **limits) as here:  # type: ignore[arg-type]
        with Endpoint(fine_and_closes, endpoint.port):
            await here.client.ask(ask_for("first"))
        before = here.budget.settled
        asked = asyncio.create_task(here.client.ask(ask_for("second")))
        # A question alone, but there is no doubt about whose fault it is.
        while sum(here.pauses) < 400:
            await asyncio.sleep(0)
        with Endpoint(fine_and_closes, endpoint.port) as back:
            reply = await asked
            assert reply.response is not None
            assert len(back.requests) == 1
        cost = here.budget.settled - before
        assert cost.calls == reply.attempts > ATTEMPTS
        assert cost.tokens == 2  # of the one that was answered


async def test_an_outage_that_lasts_too_long_ends_the_run_to_be_taken_up(tmp_path: Path) -> None:
    with Endpoint(fine) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, patience=TEN_MINUTES) as here:
            await here.client.ask(ask_for("first"))
            endpoint.behaviour = oh_dear()
            ends = await asyncio.gather(
                *(here.client.ask(ask_for(str(number))) for number in range(50)),
                return_exceptions=True,
            )
            assert {type(end) for end in ends} == {FatalError}
            assert "has not answered for 10 min: HTTP 500: oh dear" in str(ends[0])
            assert 600 <= sum(here.pauses) <= 640
            assert len(endpoint.requests) <= 40
            run_id = here.run_id
        endpoint.behaviour = fine
        async with asking(tmp_path, model, patience=TEN_MINUTES, run_id=run_id) as here:
            assert (await here.client.ask(ask_for("1"))).response is not None


async def test_an_endpoint_that_was_never_there_is_not_waited_for(tmp_path: Path) -> None:
    with Endpoint(resets) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), patience=TEN_MINUTES) as here:
            with pytest.raises(FatalError, match="gave no answer in 5 tries"):
                await here.client.ask(ask_for())
            assert sum(here.pauses) < 12


async def test_without_patience_nothing_is_waited_for(tmp_path: Path) -> None:
    with Endpoint(fine) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), concurrency=1) as here:
            await here.client.ask(ask_for("first"))
            endpoint.behaviour = oh_dear()
            replies = [await here.client.ask(ask_for(str(number))) for number in range(2)]
            assert [reply.attempts for reply in replies] == [ATTEMPTS, ATTEMPTS]


async def test_a_question_that_is_the_reason_of_its_errors_is_given_up(tmp_path: Path) -> None:
    def poisoned(received: Received) -> Answer:
        return (oh_dear() if "poison" in received.prompt else fine)(received)

    with Endpoint(poisoned) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, concurrency=1, patience=TEN_MINUTES) as here:
            await here.client.ask(ask_for("first"))
            reply = await here.client.ask(ask_for("poison"))
            assert reply.response is None
            assert 60 <= sum(here.pauses) <= 80
            assert (await here.client.ask(ask_for("next"))).response is not None
            assert not here.client._limits.outage.on
            # Beside others that are answered there is no outage, and it is tried as ever.
            before = sum(here.pauses)
            asked = ["poison 2", *(f"fine {number}" for number in range(200))]
            replies = await asyncio.gather(*(here.client.ask(ask_for(each)) for each in asked))
            assert [reply.response is None for reply in replies[1:]] == [False] * 200
            assert len(here.events(CallFailed)) == 2
            assert sum(here.pauses) - before <= 100


async def test_a_second_question_that_fails_clears_the_first(tmp_path: Path) -> None:
    """One at a time, an outage costs one question at the most, and then is seen for what it is."""
    server = Out(oh_dear(), 400)
    with Endpoint(server) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, concurrency=1, patience=TEN_MINUTES) as here:
            server.here = here
            await here.client.ask(ask_for("first"))
            replies = [await here.client.ask(ask_for(str(number))) for number in range(20)]
            assert [reply.response is None for reply in replies] == [True, *[False] * 19]


async def test_silence_is_an_outage_too(tmp_path: Path) -> None:
    with Endpoint(fine) as endpoint:
        model = endpoint_model(endpoint.url, timeout=1.0)
        async with asking(tmp_path, model, concurrency=16, patience=TEN_MINUTES) as here:
            await here.client.ask(ask_for("first"))
            endpoint.script.extend([hangs] * 19)
            replies = await asyncio.gather(
                *(here.client.ask(ask_for(str(number))) for number in range(40))
            )
            assert all(reply.response is not None for reply in replies)
            assert any("does not answer any more" in each.message for each in here.events(Warned))


async def test_a_pause_of_the_run_holds_calls_to_an_endpoint_that_is_out(tmp_path: Path) -> None:
    with Endpoint(fine) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, concurrency=2, patience=TEN_MINUTES) as here:
            await here.client.ask(ask_for("first"))
            endpoint.behaviour = oh_dear()
            asked = [asyncio.create_task(here.client.ask(ask_for(name))) for name in "ab"]
            while not here.client._limits.outage.on:
                await asyncio.sleep(0)
            here.gate.clear()
            while here.journal.in_flight:
                await asyncio.sleep(0)
            sent = len(endpoint.requests)
            for _ in range(200):
                await asyncio.sleep(0)
            assert len(endpoint.requests) == sent
            endpoint.behaviour = fine
            here.gate.set()
            assert all(reply.response is not None for reply in await asyncio.gather(*asked))


def test_the_longest_patience_of_an_endpoint_s_roles_holds() -> None:
    def patience(*minutes: float | None) -> float:
        roles = zip(("task", "optimizer", "judge"), minutes, strict=False)
        named = {
            role: ModelSettings("openai:m", base_url="http://h/v1", outage_minutes=each)
            for role, each in roles
        }
        return limits_of(named, print)["task"].outage._patience  # type: ignore[arg-type]

    assert patience(None) == patience(None, None) == 60 * OUTAGE_MINUTES
    assert patience(0, None) == 0
    assert patience(5, 30, None) == 60 * 30


def test_an_outage_lasts_from_the_first_failure_to_the_first_answer() -> None:
    outage = Outage("it", TEN_MINUTES)
    gone = RetryableError("refused", outage=True)

    def told(error: RetryableError | None, now: float, *, asks: bool = False) -> str:
        return outage.came_back(error, b"", sent=now, asks=asks, now=now)

    told(None, 3.0)
    assert [told(gone, now) for now in (10.0, 11.0, 12.0, 13.0)] == [""] * 4
    assert "does not answer any more" in told(gone, 14.0)
    assert outage.seconds == 4.0
    # Whoever pauses the run waits for nothing, but the endpoint is out all the same.
    assert "it has not answered for 30 s" in told(gone, 40.0, asks=True)
    assert not outage.given_up
    assert told(None, 70.0, asks=True) == "it answers again, after 60 s"
    assert told(None, 71.0) == ""
