"""A server that misbehaves in every way it can, on a schedule, for an hour's worth of calls.

No time passes: the pauses before retries are told and not waited for, and the server's hour is
made of them and of four seconds a request.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path

import pytest

from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.model import Request

from .asking import Asking, ask_for, asking, endpoint_model
from .endpoint import (
    Answer,
    Behaviour,
    Endpoint,
    Received,
    cut_short,
    fails,
    hangs,
    resets,
    says,
    sends,
)

TIMEOUT = 2.0
SECONDS_A_REQUEST = 4

# Each for some seconds of every minute that it is on.
FAULTS: list[tuple[str, Behaviour]] = [
    ("500", fails(500, "oh dear")),
    ("429", fails(429, "slow down")),
    ("429 with seconds", fails(429, "slow down", retry_after="3")),
    ("429 with a date", fails(429, "slow down", retry_after="Wed, 21 Oct 2015 07:28:00 GMT")),
    ("503", fails(503, "busy", retry_after="2")),
    ("502 as HTML", sends("<h1>Bad gateway</h1>", "text/html", 502)),
    ("reset", resets),
    ("cut short", cut_short),
    ("malformed", sends('{"choices": [')),
    ("no JSON", sends("<html>Welcome</html>", "text/html")),
    ("empty choices", sends({"choices": []})),
    ("wrong types", sends({"choices": {"message": 5}})),
    ("content is a number", sends({"choices": [{"message": {"content": 5}}]})),
    ("a list", sends([1, 2])),
    ("null", sends("null")),
]

# A prompt is met by no more passing faults than a call has retries.
MOST_FAULTS = 3


class Misbehaving:
    """What the server does, minute by minute.

    Attributes:
        seen: fault to how often it was sent.
        answered: prompt to how often it was answered.
    """

    def __init__(self) -> None:
        self.here: Asking | None = None
        self.seen: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self._requests = 0
        self._faults: Counter[str] = Counter()
        self._hung = 0
        self._lock = threading.Lock()

    @property
    def second(self) -> float:
        return sum(self.here.pauses if self.here else ()) + SECONDS_A_REQUEST * self._requests

    def __call__(self, received: Received) -> Answer:
        with self._lock:
            self._requests += 1
            name, behaviour = self._now(received.prompt)
            self.seen[name] += 1
            if name == "fine":
                self.answered[received.prompt] += 1
        return behaviour(received)

    def _now(self, prompt: str) -> tuple[str, Behaviour]:
        if prompt.startswith("filtered"):
            return "filter", fails(400, "flagged", code="content_filter")
        if prompt.startswith("long"):
            return "overflow", fails(400, "too much", code="context_length_exceeded")
        minute, second = divmod(self.second, 60)
        if self._faults[prompt] < MOST_FAULTS and (second < 20 or self._requests % 7 == 0):
            self._faults[prompt] += 1
            if self._requests % 50 == 0 and self._hung < 4:
                self._hung += 1
                return "hang", hangs
            return FAULTS[(int(minute) + self._requests // 11) % len(FAULTS)]
        return "fine", says(f"an answer to {prompt}")


def questions(count: int) -> list[Request]:
    """Most can be answered, and some never will be."""
    kinds = ["filtered", "long", *["good"] * 18]
    return [ask_for(f"{kinds[number % len(kinds)]} {number}") for number in range(count)]


@pytest.mark.parametrize("concurrency", [1, 8, 256])
async def test_an_hour_of_faults_loses_nothing(tmp_path: Path, concurrency: int) -> None:
    server = Misbehaving()
    asked = questions(800)
    with Endpoint(server) as endpoint:
        model = endpoint_model(endpoint.url, timeout=TIMEOUT if concurrency < 256 else 8.0)
        async with asking(tmp_path, model, concurrency=concurrency) as here:
            server.here = here
            replies = await asyncio.gather(*(here.client.ask(request) for request in asked))
            hour = server.second
            for request, reply in zip(asked, replies, strict=True):
                if request.prompt.startswith("good"):
                    assert reply.response is not None, reply.error
                    assert reply.response.text == f"an answer to {request.prompt}"
                else:
                    assert reply.response is None
                    assert reply.error
            # Nothing is asked twice that was answered, and nothing is sent that is not counted.
            assert set(server.answered.values()) == {1}
            assert len(endpoint.requests) == here.store.calls_sent(here.run_id)
            assert sum(reply.attempts for reply in replies) == len(endpoint.requests)
            assert here.journal.in_flight == 0
            stored = here.store._rows("SELECT count(*) FROM responses")[0][0]
            assert stored == len(asked)
    assert server.seen.keys() >= {"fine", "filter", "overflow", *(name for name, _ in FAULTS)}
    assert hour > 3_600


@pytest.mark.parametrize("concurrency", [1, 8, 256])
@pytest.mark.parametrize("cap", [1, 100, 500])
async def test_the_cap_on_calls_holds_under_faults(
    tmp_path: Path, concurrency: int, cap: int
) -> None:
    server = Misbehaving()
    with Endpoint(server) as endpoint:
        model = endpoint_model(endpoint.url, timeout=8.0)
        async with asking(tmp_path, model, concurrency=concurrency, max_calls=cap) as here:
            server.here = here
            server._hung = 4  # none hangs here
            ends = await asyncio.gather(
                *(here.client.ask(request) for request in questions(600)), return_exceptions=True
            )
            sent = here.store.calls_sent(here.run_id)
    kinds = {type(each) for each in ends if isinstance(each, BaseException)}
    assert kinds <= {BudgetExhausted} or cap == 1
    assert sent == len(endpoint.requests) == cap
