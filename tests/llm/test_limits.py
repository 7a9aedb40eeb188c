"""How fast an endpoint is asked, in a time that passes only where something waits for it."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.llm.errors import FatalError, RetryableError
from promptopt.llm.limits import EndpointLimits, limits_of
from promptopt.llm.rates import Bucket
from promptopt.llm.settings import ModelSettings
from promptopt.runs.config import config_from_dict
from promptopt.runs.events import CallRetried, Warned

from .asking import ask_for, asking, endpoint_model
from .endpoint import Answer, Endpoint, Received, fails, says


class Clock:
    """Time that only passes in `sleep`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


def limited(clock: Clock, *numbers: int | None, told: list[str] | None = None) -> EndpointLimits:
    tell = (lambda message: None) if told is None else told.append
    return EndpointLimits("here", *numbers, tell=tell, clock=clock, sleep=clock.sleep)


def too_many(wait: float | None = None) -> RetryableError:
    return RetryableError("HTTP 429: slow down", wait, overload=True, throttled=True)


late = RetryableError("no answer within 60 s", overload=True)


def most_in_a_minute(sent: list[tuple[float, float]]) -> float:
    """The largest sum of the amounts of (second, amount) within any minute."""
    return max(
        sum(amount for second, amount in sent if start <= second < start + 60 - 1e-6)
        for start, _ in sent
    )


# Requests and tokens a minute


@settings(deadline=None)
@given(st.integers(1, 300), st.lists(st.floats(0, 40), min_size=50, max_size=150))
def test_no_minute_has_more_than_its_requests(per_minute: int, idle: list[float]) -> None:
    bucket, now, sent = Bucket(per_minute, 0.0), 0.0, []
    for number, pause in enumerate(idle):
        now += pause if number % 7 == 0 else 0.0
        while wait := bucket.wait(1, now):
            now += wait
        bucket.take(1)
        sent.append((now, 1))
    assert most_in_a_minute(sent) <= per_minute


@settings(deadline=None)
@given(st.integers(100, 10_000), st.lists(st.floats(0.001, 0.1), min_size=50, max_size=100))
def test_no_minute_has_more_than_its_tokens(per_minute: int, shares: list[float]) -> None:
    bucket, now, sent = Bucket(per_minute, 0.0), 0.0, []
    for share in shares:
        amount = int(share * per_minute)
        while wait := bucket.wait(amount, now):
            now += wait
        bucket.take(amount)
        sent.append((now, amount))
    assert most_in_a_minute(sent) <= per_minute + 1


async def test_nine_tenths_of_what_is_allowed_are_used() -> None:
    clock = Clock()
    limits = limited(clock, 60)
    for _ in range(600):
        limits.came_back(await limits.admit(1), 1, None)
    assert 540 <= clock.now <= 600 / 0.9


async def test_without_limits_nothing_waits() -> None:
    clock = Clock()
    limits = limited(clock)
    for _ in range(1_000):
        await limits.admit(10**9)
    assert clock.slept == []


async def test_tokens_that_were_not_used_are_given_back() -> None:
    clock = Clock()
    limits = limited(clock, None, 1_000)
    for _ in range(100):
        limits.came_back(await limits.admit(100), 10, None)
    # 1,000 tokens were used, a minute's worth, of which a tenth was there at the start.
    assert 50 <= clock.now <= 70


async def test_more_than_was_thought_is_made_up_for() -> None:
    clock = Clock()
    limits = limited(clock, None, 1_000)
    for _ in range(10):
        limits.came_back(await limits.admit(10), 500, None)
    assert 280 <= clock.now <= 320


async def test_a_call_longer_than_the_bucket_goes_out_when_it_is_full() -> None:
    clock = Clock()
    limits = limited(clock, None, 100)
    for _ in range(3):
        limits.came_back(await limits.admit(5_000), 5_000, None)
    assert clock.now == pytest.approx(2 * 5_000 / (91 / 60))


async def test_what_was_not_sent_is_not_counted() -> None:
    clock = Clock()
    limits = limited(clock, 1, 100)
    for _ in range(5):
        limits.not_sent(await limits.admit(50))
    assert clock.slept == []


async def test_first_come_first_served() -> None:
    clock = Clock()
    limits = limited(clock, 10)
    order: list[int] = []

    async def call(number: int) -> None:
        limits.came_back(await limits.admit(1), 1, None)
        order.append(number)

    await asyncio.gather(*(call(number) for number in range(20)))
    assert order == list(range(20))


async def test_who_gives_up_waiting_holds_nobody_back() -> None:
    clock = Clock()
    limits = limited(clock)
    first = await limits.admit(1)
    limits.came_back(first, 1, late)
    ticket = await limits.admit(1)
    waiting = [asyncio.create_task(limits.admit(1)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    await asyncio.sleep(0)
    limits.came_back(ticket, 1, None)
    await asyncio.wait_for(waiting[2], 5)
    assert waiting[0].cancelled()


# Pauses


@pytest.mark.parametrize("seconds", [0.0, 7.0, 900.0])
async def test_a_pause_that_is_asked_for_holds_for_all_calls(seconds: float) -> None:
    clock = Clock()
    limits = limited(clock)
    tickets = [await limits.admit(1) for _ in range(3)]
    limits.came_back(tickets[0], 0, too_many(seconds))
    assert seconds <= limits.pause <= seconds + 0.25
    limits.came_back(tickets[1], 1, None)
    limits.came_back(tickets[2], 1, None)
    await limits.admit(1)
    assert seconds <= clock.now <= seconds + 0.25


async def test_pauses_double_while_they_are_in_vain_and_begin_anew_after_an_answer() -> None:
    clock = Clock()
    limits = limited(clock)
    pauses = []
    for _ in range(9):
        ticket = await limits.admit(1)
        limits.came_back(ticket, 0, too_many())
        pauses.append(limits.pause)
    for pause, middle in zip(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert 0.75 * middle - 1e-9 <= pause <= 1.25 * middle + 1e-9
    assert len(set(pauses)) == len(pauses)
    limits.came_back(await limits.admit(1), 1, None)
    limits.came_back(await limits.admit(1), 0, too_many())
    assert limits.pause <= 1.25


async def test_pauses_grow_where_the_ones_asked_for_do_not_help() -> None:
    clock = Clock()
    limits = limited(clock)
    for _ in range(12):
        limits.came_back(await limits.admit(1), 0, too_many(1.0))
    assert limits.pause >= 40


async def test_the_last_to_return_does_not_prolong_a_pause() -> None:
    clock = Clock()
    limits = limited(clock)
    tickets = [await limits.admit(1) for _ in range(8)]
    for ticket in tickets:
        limits.came_back(ticket, 0, too_many())
        clock.now += 0.01
    assert clock.now + limits.pause <= 1.25 + 0.1


# What an endpoint bears


async def test_calls_of_one_burst_halve_the_pace_once() -> None:
    clock = Clock()
    limits = limited(clock)
    tickets = [await limits.admit(1) for _ in range(64)]
    for ticket in tickets:
        limits.came_back(ticket, 0, late)
    assert limits.most == 32


async def test_the_pace_falls_to_one_call_at_once_and_no_further() -> None:
    clock = Clock()
    limits = limited(clock)
    for _ in range(10):
        limits.came_back(await limits.admit(1), 0, late)
    assert limits.most == 1


async def test_the_pace_grows_by_one_a_round_up_to_what_it_was() -> None:
    clock = Clock()
    limits = limited(clock)
    tickets = [await limits.admit(1) for _ in range(8)]
    for ticket in tickets:
        limits.came_back(ticket, 0, late)
    seen = []
    while limits.most is not None:
        seen.append(limits.most)
        batch = [await limits.admit(1) for _ in range(limits.most)]
        for ticket in batch:
            limits.came_back(ticket, 1, None)
    assert seen[0] == 4
    assert all(after - before in (0, 1) for before, after in pairwise(seen))
    assert 5 <= len(seen) <= 8


async def test_no_more_are_under_way_than_the_pace_allows() -> None:
    clock = Clock()
    limits = limited(clock)
    tickets = [await limits.admit(1) for _ in range(8)]
    limits.came_back(tickets.pop(), 0, late)
    assert limits.most == 4
    waiting = asyncio.create_task(limits.admit(1))
    for left in (6, 5, 4):
        limits.came_back(tickets.pop(), 1, None)
        await asyncio.sleep(0)
        assert len(tickets) == left
        assert not waiting.done()
    limits.came_back(tickets.pop(), 1, None)
    await asyncio.wait_for(waiting, 5)


async def test_a_slower_pace_is_told_sparingly() -> None:
    clock = Clock()
    told: list[str] = []
    limits = limited(clock, told=told)
    for _ in range(5):
        tickets = [await limits.admit(1) for _ in range(limits.most or 16)]
        for ticket in tickets:
            limits.came_back(ticket, 0, late)
    assert told == ["here is asked more slowly: 8 at once, after no answer within 60 s"]
    while limits.most is not None:
        limits.came_back(await limits.admit(1), 1, None)
    assert told[1:] == ["here bears 16 calls at once again"]
    clock.now += 61
    limits.came_back(await limits.admit(1), 0, too_many(120.0))
    assert told[2:] == [
        "here is asked more slowly: nothing for 120 s, then 1 at once, after HTTP 429: slow down"
    ]


# Whose limits they are


def test_roles_with_the_same_endpoint_share_the_lowest_limits() -> None:
    one = {"base_url": "http://127.0.0.1:9/v1"}
    found = limits_of(
        {
            "task": ModelSettings("openai:a", requests_per_minute=90, **one),  # type: ignore[arg-type]
            "optimizer": ModelSettings(
                "openai:b",
                base_url="http://127.0.0.1:9/v1/",
                requests_per_minute=60,
                tokens_per_minute=500,
            ),
            "judge": ModelSettings("openai:a", base_url="http://127.0.0.1:8/v1"),
            "embedder": ModelSettings("local"),
        },
        lambda told: None,
    )
    assert found["task"] is found["optimizer"]
    assert len({id(each) for each in found.values()}) == 3
    assert found["task"]._requests is not None
    assert found["task"]._requests._size == 6
    assert found["task"]._tokens is not None
    assert found["judge"]._requests is None


@pytest.mark.parametrize("name", ["requests_per_minute", "tokens_per_minute"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "many"])
def test_limits_that_are_none_are_refused(name: str, value: Any) -> None:
    tables = {"task": "x.csv", "task_model": {"spec": "openai:m", name: value}}
    with pytest.raises(InputError, match=rf"task_model\.{name}"):
        config_from_dict(tables, "the test")


# With an endpoint


async def test_a_429_holds_all_calls_back_and_not_only_its_own(tmp_path: Path) -> None:
    """The first of 16 calls is told to wait; the server sees nothing until that is over."""
    arrived: list[float] = []

    def behaviour(received: Received) -> Answer:
        arrived.append(sum(here.pauses))
        if len(arrived) == 1:
            return fails(429, "slow down", retry_after="30")(received)
        return says("fine")(received)

    with Endpoint(behaviour) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), concurrency=1) as here:
            replies = await asyncio.gather(
                *(here.client.ask(ask_for(str(number))) for number in range(16))
            )
    assert all(each.response is not None for each in replies)
    assert arrived[0] == 0
    assert all(each >= 30 for each in arrived[1:])
    assert len(arrived) == 17


async def test_requests_a_minute_hold_at_the_server(tmp_path: Path) -> None:
    arrived: list[tuple[float, float]] = []

    def behaviour(received: Received) -> Answer:
        arrived.append((sum(here.pauses), 1))
        return says("fine")(received)

    with Endpoint(behaviour) as endpoint:
        model = endpoint_model(endpoint.url)
        async with asking(tmp_path, model, requests_per_minute=30, concurrency=1) as here:
            await asyncio.gather(*(here.client.ask(ask_for(str(each))) for each in range(120)))
    assert len(arrived) == 120
    assert most_in_a_minute(arrived) <= 30
    assert arrived[-1][0] >= 180


async def test_an_endpoint_that_bears_four_calls_is_soon_asked_so_many(tmp_path: Path) -> None:
    """All are answered, and few are turned away once the pace is found."""
    lock = threading.Lock()
    refused: list[int] = []
    slots = threading.Semaphore(4)

    def behaviour(received: Received) -> Answer:
        if not slots.acquire(blocking=False):
            with lock:
                refused.append(len(endpoint.requests))
            return fails(429, "slow down")(received)
        try:
            threading.Event().wait(0.002)
            return says("fine")(received)
        finally:
            slots.release()

    with Endpoint(behaviour) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), concurrency=32) as here:
            replies = await asyncio.gather(
                *(here.client.ask(ask_for(str(number))) for number in range(400))
            )
            warned = here.events(Warned)
    assert all(each.response is not None for each in replies)
    assert len(refused) < 100
    assert 1 <= len(warned) < 10


async def test_an_hour_of_429s_loses_nothing(tmp_path: Path) -> None:
    def behaviour(received: Received) -> Answer:
        if sum(here.pauses) < 3_600:
            return fails(429, "slow down", retry_after="1")(received)
        return says("fine")(received)

    with Endpoint(behaviour) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), concurrency=4) as here:
            replies = await asyncio.gather(
                *(here.client.ask(ask_for(str(number))) for number in range(8))
            )
            sent = here.store.calls_sent(here.run_id)
    assert all(each.response is not None for each in replies)
    assert sent == len(endpoint.requests) < 150


async def test_a_pause_of_hours_is_left_to_the_person(tmp_path: Path) -> None:
    with Endpoint(fails(429, "come back later", retry_after="18000")) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url)) as here:
            with pytest.raises(FatalError) as caught:
                await here.client.ask(ask_for())
            assert here.events(CallRetried) == []
    assert "asks to wait 5.0 hours" in str(caught.value)
    assert "promptopt resume" in str(caught.value)
    assert here.pauses == []


async def test_nothing_that_waited_for_its_turn_is_sent_through_a_shut_gate(tmp_path: Path) -> None:
    clock, waits, minute_over = Clock(), asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.set()
        await minute_over.wait()
        clock.now += seconds

    limits = EndpointLimits(requests_per_minute=1, clock=clock, sleep=sleep)
    with Endpoint(says("fine")) as endpoint:
        async with asking(tmp_path, endpoint_model(endpoint.url), limits=limits) as here:
            calls = [
                asyncio.create_task(here.client.ask(ask_for(str(number)))) for number in range(3)
            ]
            await calls[0]
            await waits.wait()
            here.gate.clear()
            minute_over.set()
            for _ in range(200):
                await asyncio.sleep(0)
            assert len(endpoint.requests) == 1
            assert here.store.calls_sent(here.run_id) == 1
            here.gate.set()
            await asyncio.gather(*calls)
    assert len(endpoint.requests) == 3
