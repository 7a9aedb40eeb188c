from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.llm.client import ATTEMPTS, Reply
from promptopt.llm.errors import BudgetExhausted, FatalError, RetryableError, SkippedError
from promptopt.llm.failures import MAX_FAILURES, MAX_FAILURES_IN_A_ROW
from promptopt.llm.model import Request, Response
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.prices import Price
from promptopt.llm.spend import Known
from promptopt.llm.tariff import Tariff
from promptopt.llm.token_counts import Estimate
from promptopt.runs.events import CallFailed, CallRetried
from promptopt.runs.store import Store

from .asking import Asking, ask_for, asking, endpoint_model
from .endpoint import (
    Answer,
    Behaviour,
    Endpoint,
    Received,
    cut_short,
    fails,
    hangs,
    plural,
    reply,
    resets,
    says,
    sends,
)

slow_down = fails(429, "slow down", retry_after="0")
oh_dear = fails(500, "oh dear", retry_after="0")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Endpoint(says("fine")) as server:
        yield server


@pytest.fixture
def model(endpoint: Endpoint) -> OpenAICompatibleModel:
    return endpoint_model(endpoint.url)


class Plays:
    """A backend that goes through a list: errors are raised, texts are answered."""

    seeded = False
    identity = "plays"

    def __init__(self, *parts: Exception | str) -> None:
        self.parts = list(parts)
        self.asked: list[Request] = []

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def complete(self, request: Request) -> Response:
        self.asked.append(request)
        await asyncio.sleep(0)
        part = self.parts.pop(0) if self.parts else "fine"
        if isinstance(part, Exception):
            raise part
        return Response(part)


def sent_and_charged(here: Asking) -> tuple[int, int]:
    return here.store.calls_sent(here.run_id), here.budget.charged.calls


# Retries


async def test_passing_faults_are_tried_again(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.script.extend([slow_down, oh_dear, resets, cut_short])
    async with asking(tmp_path, model) as here:
        reply = await here.client.ask(ask_for())
        assert reply.response is not None
        assert (reply.response.text, reply.attempts, reply.error) == ("fine", 5, None)
        assert len(endpoint.requests) == 5
        assert sent_and_charged(here) == (5, 5)
        retried = here.events(CallRetried)
        assert [event.attempt for event in retried] == [1, 2, 3, 4]
        assert [round(event.delay, 3) for event in retried] == [
            round(pause, 3) for pause in here.pauses
        ]
        # What was asked for, then doubling pauses, each a little spread. A pause that the
        # endpoint asks for is no try.
        assert here.pauses[0] <= 0.25
        assert here.pauses[1] <= 0.25
        assert 0.75 <= here.pauses[2] <= 1.25
        assert 1.5 <= here.pauses[3] <= 2.5
        assert here.journal.retries == 4
        assert here.journal.in_flight == 0


async def test_nonsense_is_tried_again(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.script.extend(
        [
            sends('{"choices":'),
            sends("<html>", "text/html"),
            sends({"choices": []}),
            sends({"choices": [{"message": {"content": 1}}]}),
        ]
    )
    async with asking(tmp_path, model) as here:
        assert (await here.client.ask(ask_for())).attempts == 5


async def test_silence_is_tried_again(tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.script.append(hangs)
    # Long enough for the answer to the second, on a busy machine.
    async with asking(tmp_path, endpoint_model(endpoint.url, timeout=1.5)) as here:
        assert (await here.client.ask(ask_for())).attempts == 2


async def test_a_long_wait_that_is_asked_for_is_cut(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays(RetryableError("busy", float("inf")))) as here:
        await here.client.ask(ask_for())
        assert 60 <= here.pauses[0] <= 60.25


async def test_a_call_that_keeps_failing_is_given_up_and_is_no_answer(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    async with asking(tmp_path, model) as here:
        await here.client.ask(ask_for("first"))
        endpoint.behaviour = oh_dear
        reply = await here.client.ask(ask_for("second"))
        assert (reply.response, reply.attempts) == (None, ATTEMPTS)
        assert reply.error is not None
        assert "oh dear" in reply.error
        assert len(endpoint.requests) == 1 + ATTEMPTS
        told = f"HTTP 500: oh dear ({endpoint.url})"
        assert [event.reason for event in here.events(CallFailed)] == [told]
        # It is kept: a replay meets the same.
        stored = here.store.response(here.run_id, ask_for("second").key(), 0)
        assert stored is not None
        assert (stored.text, stored.error, stored.attempts) == (None, told, 5)


async def test_a_call_that_can_never_succeed_is_sent_once(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.script.append(fails(400, "flagged", code="content_filter"))
    async with asking(tmp_path, model) as here:
        reply = await here.client.ask(ask_for())
        assert (reply.response, reply.attempts) == (None, 1)
        assert (await here.client.ask(ask_for("other"))).response is not None
        assert len(endpoint.requests) == 2


# What ends a run


async def test_a_refused_key_stops_everything(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = fails(401, "Incorrect API key")
    async with asking(tmp_path, model, concurrency=1) as here:
        errors = await asyncio.gather(
            *(here.client.ask(ask_for(str(number))) for number in range(10)),
            return_exceptions=True,
        )
        assert {type(error) for error in errors} == {FatalError}
        assert len(endpoint.requests) == 1
        with pytest.raises(FatalError, match="401"):
            await here.client.ask(ask_for("later"))
        assert len(endpoint.requests) == 1
        assert here.events(CallRetried) == []


async def test_an_endpoint_that_never_answered_counts_as_dead(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays(*[RetryableError("cannot reach it")] * ATTEMPTS)) as here:
        with pytest.raises(FatalError, match=r"gave no answer in 5 tries: cannot reach it"):
            await here.client.ask(ask_for())
        assert here.store.response(here.run_id, ask_for().key(), 0) is None


async def test_one_refusal_at_first_is_not_the_end(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays(SkippedError("filtered"))) as here:
        assert (await here.client.ask(ask_for("first"))).error == "filtered"
        assert (await here.client.ask(ask_for("second"))).response is not None


async def test_many_failures_in_a_row_stop_the_run(tmp_path: Path) -> None:
    model = Plays("fine", *[RetryableError("odd")] * 50)
    async with asking(tmp_path, model) as here:
        await here.client.ask(ask_for("good"))
        for number in range(MAX_FAILURES_IN_A_ROW - 1):
            await here.client.ask(ask_for(str(number)), subject="one")
        with pytest.raises(FatalError, match=r"8 calls in a row were given up; 8 × odd$"):
            await here.client.ask(ask_for("the last"), subject="one")


async def test_who_refuses_a_question_is_there(tmp_path: Path) -> None:
    """A refusal between calls that were given up for a passing fault: they are no row."""
    row = [RetryableError("odd")] * ATTEMPTS * (MAX_FAILURES_IN_A_ROW - 1)
    model = Plays("fine", *row, SkippedError("filtered"), *row)
    async with asking(tmp_path, model) as here:
        for number in range(2 * MAX_FAILURES_IN_A_ROW):
            await here.client.ask(ask_for(str(number)))


async def test_who_refuses_the_first_question_is_no_dead_endpoint(tmp_path: Path) -> None:
    odd = [RetryableError("odd")] * ATTEMPTS
    async with asking(tmp_path, Plays(SkippedError("filtered"), *odd)) as here:
        assert (await here.client.ask(ask_for("first"))).error == "filtered"
        assert (await here.client.ask(ask_for("second"))).error == "odd"
        assert (await here.client.ask(ask_for("third"))).response is not None


async def test_the_reasons_of_failures_are_counted(tmp_path: Path) -> None:
    kinds = ["filtered", "filtered", "too long", "filtered", "empty", "too long", "odd", "rare"]
    model = Plays("fine", *map(SkippedError, (kinds * 3)[: MAX_FAILURES + 1]))
    async with asking(tmp_path, model) as here:
        for number in range(MAX_FAILURES + 1):
            await here.client.ask(ask_for(str(number)))
        with pytest.raises(FatalError) as caught:
            await here.client.ask(ask_for("the last"))
    assert str(caught.value) == (
        "21 calls were given up and 1 answered; 9 × filtered, 5 × too long, 3 × empty, "
        "4 for other reasons"
    )


async def test_subjects_that_are_refused_whatever_the_question_do_not_stop_the_run(
    tmp_path: Path,
) -> None:
    refused = [SkippedError("filtered")] * 40
    async with asking(tmp_path, Plays(*refused, "fine", *refused)) as here:
        for number in range(40):
            await here.client.ask(ask_for(str(number)), subject=f"bad {number // 20}")
        assert (await here.client.ask(ask_for("x"), subject="good")).response is not None
        for number in range(40, 80):
            await here.client.ask(ask_for(str(number)), subject=f"bad {number // 20}")
        assert here.journal.failures == 80


async def test_where_every_subject_is_refused_it_is_the_model(tmp_path: Path) -> None:
    said: list[Exception | str] = [SkippedError("empty"), SkippedError("empty"), "fine"]
    async with asking(tmp_path, Plays(*said * 50)) as here:

        async def ask_all() -> None:
            for number in range(150):
                await here.client.ask(ask_for(str(number)), subject=f"prompt {number // 12}")

        told = r"21 calls were given up and 10 answered, and none of 3 prompts on most of its"
        with pytest.raises(FatalError, match=told + r" examples; 21 × empty$"):
            await ask_all()


async def test_examples_that_are_refused_under_every_subject_stop_the_run(tmp_path: Path) -> None:
    """Two of five: each prompt is scored on the others, which say little of the task."""
    refused = SkippedError("filtered")
    said: list[Exception | str] = ["fine", refused, "fine", "fine", refused]
    async with asking(tmp_path, Plays(*said * 50)) as here:

        async def ask_all() -> None:
            for number in range(250):
                await here.client.ask(ask_for(str(number)), subject=f"prompt {number // 10}")

        with pytest.raises(FatalError, match="22 calls were given up and 33 answered; 22 × filt"):
            await ask_all()


async def test_a_large_share_of_failures_stops_the_run(tmp_path: Path) -> None:
    failed = []
    model = Plays(*(["fine", SkippedError("filtered")] * 100))
    async with asking(tmp_path, model) as here:

        async def ask_all() -> None:
            for number in range(200):
                reply = await here.client.ask(ask_for(str(number)))
                if reply.response is None:
                    failed.append(number)

        with pytest.raises(FatalError, match="21 calls were given up and 21 answered"):
            await ask_all()
        assert len(failed) == MAX_FAILURES


async def test_a_small_share_of_failures_does_not(tmp_path: Path) -> None:
    model = Plays(*(["fine"] * 9 + [SkippedError("filtered")]) * 30)
    async with asking(tmp_path, model) as here:
        for number in range(300):
            await here.client.ask(ask_for(str(number)))
        assert here.journal.failures == 30


async def test_what_was_fatal_stays_fatal(tmp_path: Path) -> None:
    """A call that is given up beside the fatal one does not make the endpoint good again."""
    fatal_first = asyncio.Event()

    class TwoAtOnce(Plays):
        async def complete(self, request: Request) -> Response:
            if request.prompt == "fatal":
                fatal_first.set()
                raise FatalError("the key is refused")
            if request.prompt == "slow":
                await fatal_first.wait()
                raise SkippedError("filtered")
            return await super().complete(request)

    async with asking(tmp_path, TwoAtOnce()) as here:
        slow = asyncio.create_task(here.client.ask(ask_for("slow")))
        await asyncio.sleep(0)
        with pytest.raises(FatalError):
            await here.client.ask(ask_for("fatal"))
        await asyncio.gather(slow, return_exceptions=True)
        with pytest.raises(FatalError, match="the key is refused"):
            await here.client.ask(ask_for("later"))


async def test_answers_before_a_resumption_count(tmp_path: Path) -> None:
    """An endpoint that answered earlier engines is not dead because one question fails."""
    async with asking(tmp_path, Plays("fine")) as here:
        await here.client.ask(ask_for("first"))
        run_id = here.run_id
    async with asking(tmp_path, Plays(*[RetryableError("odd")] * 5), run_id=run_id) as here:
        await here.client.ask(ask_for("first"))
        reply = await here.client.ask(ask_for("second"))
        assert reply.error == "odd"


# What is known is not asked again


async def test_a_stored_reply_is_not_asked_again(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    async with asking(tmp_path, model) as here:
        first = await here.client.ask(ask_for())
        again = await here.client.ask(ask_for())
        assert again == first
        assert here.journal.cached_calls == 1
        assert sent_and_charged(here) == (1, 1)
        await here.client.ask(ask_for(), sample=1)
        await here.client.ask(ask_for("other"))
        assert len(endpoint.requests) == 3
        run_id = here.run_id
    async with asking(tmp_path, endpoint_model(endpoint.url), run_id=run_id) as here:
        assert await here.client.ask(ask_for()) == first
        assert len(endpoint.requests) == 3
        # Of the run's life: three were sent. Of the search so far: one was used.
        assert sent_and_charged(here) == (3, 1)
        assert here.journal.cached_calls == 0


async def test_the_same_question_at_the_same_time_is_asked_once(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    async with asking(tmp_path, model) as here:
        replies = await asyncio.gather(*(here.client.ask(ask_for()) for _ in range(20)))
        assert len({reply.id for reply in replies}) == 1
        assert len(endpoint.requests) == 1
        assert sent_and_charged(here) == (1, 1)


async def test_a_reply_is_on_disk_before_it_is_used(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    async with asking(tmp_path, model) as here:
        await here.client.ask(ask_for())
        with Store(tmp_path / "promptopt.db") as other:
            found = other.response(here.run_id, ask_for().key(), 0)
        assert found is not None
        assert found.text == "fine"


async def test_calls_are_counted_on_disk_before_they_are_sent(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    counted: list[tuple[int, int]] = []
    async with asking(tmp_path, model) as here:

        def look(received: Received) -> object:
            arrived = len(endpoint.requests)
            with Store(tmp_path / "promptopt.db") as other:
                counted.append((arrived, other.calls_sent(here.run_id)))
            return plural(received)

        endpoint.behaviour = look  # type: ignore[assignment]
        for start in range(0, 24, 8):
            await asyncio.gather(
                *(here.client.ask(ask_for(str(start + number))) for number in range(8))
            )
    assert len(counted) == 24
    assert all(written >= arrived for arrived, written in counted)


# Concurrency and pausing


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_calls_at_once_than_allowed(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel, concurrency: int
) -> None:
    async with asking(tmp_path, model, concurrency=concurrency) as here:
        await asyncio.gather(*(here.client.ask(ask_for(str(number))) for number in range(12)))
    assert len(endpoint.requests) == 12
    assert endpoint.most_at_once <= concurrency


async def test_nothing_is_sent_while_the_gate_is_shut(tmp_path: Path) -> None:
    model = Plays()
    async with asking(tmp_path, model) as here:
        here.gate.clear()
        waiting = asyncio.create_task(here.client.ask(ask_for()))
        for _ in range(20):
            await asyncio.sleep(0)
        assert model.asked == []
        assert here.store.calls_sent(here.run_id) == 0
        here.gate.set()
        await waiting
        assert len(model.asked) == 1


async def test_no_retry_is_sent_while_the_gate_is_shut(tmp_path: Path) -> None:
    class ShutsTheGate(Plays):
        async def complete(self, request: Request) -> Response:
            here.gate.clear()
            return await super().complete(request)

    model = ShutsTheGate(RetryableError("busy", 0.0))
    async with asking(tmp_path, model) as here:
        waiting = asyncio.create_task(here.client.ask(ask_for()))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(model.asked) == 1
        here.gate.set()
        assert (await waiting).attempts == 2


# The budget


@pytest.mark.parametrize("concurrency", [1, 8, 64])
async def test_the_cap_holds_at_the_server(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel, concurrency: int
) -> None:
    """Every third request fails in passing; retries count like everything that is sent."""

    def sometimes(received: Received) -> object:
        return (slow_down if len(endpoint.requests) % 3 == 0 else says("fine"))(received)

    endpoint.behaviour = sometimes  # type: ignore[assignment]
    async with asking(tmp_path, model, max_calls=40, concurrency=concurrency) as here:
        results = await asyncio.gather(
            *(here.client.ask(ask_for(str(number))) for number in range(100)),
            return_exceptions=True,
        )
        assert here.store.calls_sent(here.run_id) == 40
        assert len(endpoint.requests) == 40
        replies = [result for result in results if isinstance(result, Reply)]
        assert {type(result) for result in results} == {Reply, BudgetExhausted}
        # Every call that was sent is charged to a question, answered or not.
        assert sum(reply.attempts for reply in replies) == here.budget.charged.calls == 40
        answered = [reply for reply in replies if reply.response is not None]
        assert len(answered) == sum(number % 3 != 0 for number in range(1, 41))


async def test_the_reserve_is_kept_until_it_is_released(tmp_path: Path) -> None:
    model = Plays()
    async with asking(tmp_path, model, max_calls=5, reserve=2) as here:
        assert here.client.affordable == 3
        for number in range(3):
            await here.client.ask(ask_for(str(number)))
        assert here.client.affordable == 0
        with pytest.raises(BudgetExhausted, match="3 of 5 calls are spent, and 2 are kept"):
            await here.client.ask(ask_for("4"))
        assert len(model.asked) == 3
        here.budget.release()
        assert here.client.affordable == 2
        for number in range(4, 6):
            await here.client.ask(ask_for(str(number)))
        with pytest.raises(BudgetExhausted):
            await here.client.ask(ask_for("6"))
        assert len(model.asked) == 5


async def test_a_resumed_run_spends_what_is_left_and_reads_the_rest(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays(), max_calls=4) as here:
        for number in range(3):
            await here.client.ask(ask_for(str(number)))
        run_id = here.run_id
    model = Plays()
    async with asking(tmp_path, model, max_calls=4, run_id=run_id) as here:
        # As in a run that was never interrupted, the search has used nothing yet.
        assert here.client.affordable == 4
        for number in range(4):
            await here.client.ask(ask_for(str(number)))
            assert here.client.affordable == 3 - number
        assert [request.prompt for request in model.asked] == ["3"]
        with pytest.raises(BudgetExhausted):
            await here.client.ask(ask_for("4"))


async def test_calls_lost_by_a_killed_engine_count(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays(), max_calls=3) as here:
        run_id = here.run_id
        # Sent, and the engine died before the replies came.
        here.store.count_sent(run_id, 2)
    model = Plays()
    async with asking(tmp_path, model, max_calls=3, run_id=run_id) as here:
        await here.client.ask(ask_for("1"))
        with pytest.raises(BudgetExhausted):
            await here.client.ask(ask_for("2"))
    assert len(model.asked) == 1


async def test_without_a_cap_there_is_no_limit(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays()) as here:
        assert here.client.affordable is None
        await here.client.ask(ask_for())
        assert here.client.affordable is None


async def test_tokens_are_counted(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = says("two words")
    async with asking(tmp_path, model) as here:
        await here.client.ask(ask_for("one two three"))
        await here.client.ask(ask_for("one"))
        here.journal.tell_usage()
        here.journal.flush()
        usage = here.store.state(here.run_id).usage
        assert (usage.calls, usage.prompt_tokens, usage.completion_tokens) == (2, 4, 4)
        known = here.store.known(here.run_id)
        assert known == Known(here.store.spent(here.run_id), 4, 4)


async def test_a_call_that_nobody_waits_for_any_more_is_stored_all_the_same(
    tmp_path: Path,
) -> None:
    answered = asyncio.Event()

    class Slow(Plays):
        async def complete(self, request: Request) -> Response:
            await answered.wait()
            return await super().complete(request)

    async with asking(tmp_path, Slow("paid for")) as here:
        asked = asyncio.ensure_future(here.client.ask(ask_for()))
        while not here.journal.in_flight:
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        answered.set()
        await here.client.drain(10)
        reply = await here.client.ask(ask_for())
        assert reply.response == Response("paid for")
        assert here.store.calls_sent(here.run_id) == 1


# Tokens and money


def tells(prompt: int | None, completion: int | None, text: str = "fine") -> Behaviour:
    """A reply with this usage, or with none."""

    def answer(received: Received) -> Answer:
        body = reply(received, text)
        usage = {"prompt_tokens": prompt, "completion_tokens": completion}
        body["usage"] = {name: count for name, count in usage.items() if count is not None}
        return Answer(body)

    return answer


DOLLAR_PRICE = Price(1.0, 10.0)


def most_of_a_call() -> int:
    return sum(Tariff(Estimate()).most(ask_for("00")))


@pytest.mark.parametrize("concurrency", [1, 8, 256])
async def test_an_endpoint_that_always_counts_more_passes_no_cap(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel, concurrency: int
) -> None:
    """A system prompt of its own, three times as long as all that is sent."""
    told: list[int] = []
    more = 3 * most_of_a_call()

    def answer(received: Received) -> Answer:
        told.append(most_of_a_call() + more)
        return tells(most_of_a_call() + more - 16, 16)(received)

    endpoint.behaviour = answer
    cap = 20 * (most_of_a_call() + more) + 5
    async with asking(tmp_path, model, max_tokens=cap, concurrency=concurrency) as here:
        results = await asyncio.gather(
            *(here.client.ask(ask_for(f"{number:02}")) for number in range(400)),
            return_exceptions=True,
        )
        assert {type(result) for result in results} == {Reply, BudgetExhausted}
        assert len(told) == 20
        assert here.store.spent(here.run_id).tokens == sum(told) == cap - 5


@pytest.mark.parametrize("growth", [3, 10])
@pytest.mark.parametrize("cap", [6_000, 20_000])
async def test_an_endpoint_that_counts_ever_more_passes_a_cap_by_one_call_at_most(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel, cap: int, growth: int
) -> None:
    """Hidden reasoning of a length that no one can know before."""
    told: list[int] = []

    def answer(received: Received) -> Answer:
        completion = 16 + growth * len(told)
        told.append(20 + completion)
        return tells(20, completion)(received)

    endpoint.behaviour = answer
    async with asking(tmp_path, model, max_tokens=cap, concurrency=64) as here:
        results = await asyncio.gather(
            *(here.client.ask(ask_for(f"{number:02}")) for number in range(400)),
            return_exceptions=True,
        )
        assert {type(result) for result in results} == {Reply, BudgetExhausted}
        assert sum(told) <= cap + max(told)
        assert sum(told) > cap - 2 * max(told) - most_of_a_call()


async def test_where_nothing_is_limited_by_tokens_nothing_goes_alone(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    both = threading.Barrier(2)

    def answer(received: Received) -> Answer:
        both.wait(20)
        return says("fine")(received)

    endpoint.behaviour = answer
    async with asking(tmp_path, model, max_calls=10) as here:
        await asyncio.gather(*(here.client.ask(ask_for(name)) for name in "ab"))


@pytest.mark.parametrize("concurrency", [1, 8, 256])
async def test_tokens_never_pass_their_cap(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel, concurrency: int
) -> None:
    """Counted where they are told of, by a server that tells of a different number each time."""
    told: list[int] = []

    def answer(received: Received) -> Answer:
        prompt, completion = 1 + int(received.prompt) % 37, 1 + int(received.prompt) % 16
        told.append(prompt + completion)
        return tells(prompt, completion)(received)

    endpoint.behaviour = answer
    async with asking(tmp_path, model, max_tokens=1_500, concurrency=concurrency) as here:
        results = await asyncio.gather(
            *(here.client.ask(ask_for(f"{number:02}")) for number in range(400)),
            return_exceptions=True,
        )
        assert {type(result) for result in results} == {Reply, BudgetExhausted}
        assert sum(told) <= 1_500
        # No call was refused while its worst would have fitted.
        assert sum(told) > 1_500 - most_of_a_call() - 1
        spent = here.store.spent(here.run_id)
        assert spent.tokens == sum(told) == here.budget.charged.tokens
        assert spent.calls == len(endpoint.requests)
        assert here.client.limit == "max_tokens"


@pytest.mark.parametrize("concurrency", [1, 8, 256])
async def test_money_never_passes_its_cap(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel, concurrency: int
) -> None:
    endpoint.behaviour = tells(60, 10)
    tariff = Tariff(Estimate(), Price(1_000.0, 2_000.0))  # $0.08 a call
    async with asking(tmp_path, model, max_usd=2.0, tariff=tariff, concurrency=concurrency) as here:
        await asyncio.gather(
            *(here.client.ask(ask_for(f"{number:02}")) for number in range(40)),
            return_exceptions=True,
        )
        spent = here.store.spent(here.run_id)
        # At its worst a call costs less than ten cents.
        assert 1.9 < spent.usd <= 2.0
        assert spent.usd == pytest.approx(0.08 * len(endpoint.requests))
        here.journal.tell_usage()
        here.journal.flush()
        assert here.store.state(here.run_id).usage.usd == spent.usd


async def test_where_no_usage_is_told_calls_count_at_their_worst(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = tells(None, None)
    most = most_of_a_call()
    async with asking(tmp_path, model, max_tokens=4 * most + 1) as here:
        results = [
            await asyncio.gather(here.client.ask(ask_for(f"{number:02}")), return_exceptions=True)
            for number in range(6)
        ]
        assert len(endpoint.requests) == 4
        assert [type(result) for (result,) in results] == 4 * [Reply] + 2 * [BudgetExhausted]
        assert here.store.spent(here.run_id).tokens == 4 * most
        # What was told stays as it was told: nothing.
        known = here.store.known(here.run_id)
        assert known == Known(here.store.spent(here.run_id), 0, 0)


@pytest.mark.parametrize(
    ("behaviour", "billed"),
    [
        (slow_down, False),
        (fails(503, "busy", retry_after="0"), False),
        (fails(400, "flagged", code="content_filter"), True),
        (oh_dear, True),
        (resets, True),
        (cut_short, True),
    ],
)
async def test_what_was_refused_unread_costs_no_tokens(
    tmp_path: Path,
    endpoint: Endpoint,
    model: OpenAICompatibleModel,
    behaviour: Behaviour,
    billed: bool,
) -> None:
    endpoint.script.append(behaviour)
    endpoint.behaviour = tells(5, 2)
    async with asking(tmp_path, model) as here:
        first = await here.client.ask(ask_for("00"))
        if first.response is None:
            await here.client.ask(ask_for("01"))
        spent = here.store.spent(here.run_id)
        assert spent.calls == len(endpoint.requests) == 2
        assert spent.tokens == 7 + (most_of_a_call() if billed else 0)
        assert here.budget.charged == spent
        # The reply's cost is stored with it, for a run that is resumed.
        stored = here.store.response(here.run_id, ask_for("00").key(), 0)
        assert stored is not None
        assert stored.tokens == first.tokens


async def test_tokens_are_on_disk_at_their_worst_before_a_call_is_sent(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    most, counted = most_of_a_call(), []

    def look(received: Received) -> Answer:
        with Store(tmp_path / "promptopt.db") as other:
            counted.append((len(endpoint.requests), other.spent(here.run_id)))
        return tells(3, 1)(received)

    endpoint.behaviour = look
    async with asking(tmp_path, model) as here:
        await asyncio.gather(*(here.client.ask(ask_for(f"{number:02}")) for number in range(8)))
        assert all(spent.calls >= arrived for arrived, spent in counted)
        # Of those that came in before, what was told; of the others the most.
        assert all(spent.tokens >= 4 * spent.calls for _, spent in counted)
        assert counted[0][1].tokens == 8 * most
        assert here.store.spent(here.run_id).tokens == 8 * 4


async def test_tokens_of_a_killed_engine_count_at_their_worst(tmp_path: Path) -> None:
    async with asking(tmp_path, Plays(), max_tokens=10_000) as here:
        run_id = here.run_id
        here.store.count_sent(run_id, 3, 9_950)
    model = Plays()
    async with asking(tmp_path, model, max_tokens=10_000, run_id=run_id) as here:
        with pytest.raises(BudgetExhausted, match="9,950 of 10,000 tokens are spent"):
            await here.client.ask(ask_for("1"))
    assert model.asked == []


async def test_a_resumed_run_charges_what_the_stored_replies_cost(
    tmp_path: Path, endpoint: Endpoint, model: OpenAICompatibleModel
) -> None:
    endpoint.behaviour = tells(40, 2)
    endpoint.script.append(oh_dear)
    async with asking(tmp_path, model, tariff=Tariff(Estimate(), DOLLAR_PRICE)) as here:
        for number in range(3):
            await here.client.ask(ask_for(f"{number:02}"))
        charged, run_id = here.budget.charged, here.run_id
    dearer = Tariff(Estimate(), Price(7.0, 7.0))
    async with asking(tmp_path, Plays(), tariff=dearer, run_id=run_id) as here:
        for number in range(3):
            await here.client.ask(ask_for(f"{number:02}"))
        # A price that has changed since changes nothing of what was paid.
        assert here.budget.charged == charged
        assert charged.calls == 4
