"""ModelClient: asks a model under a run's rules.

Looks a question up in the run's stored replies first; else counts it against the budget,
waits for a free place and for an open gate, sends it, tries again where that helps, and
stores the reply before anyone sees it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from promptopt.llm.budget import Budget
from promptopt.llm.errors import (
    BudgetExhausted,
    FatalError,
    ModelError,
    RetryableError,
    SkippedError,
)
from promptopt.llm.model import Model, Request, Response, Role

ATTEMPTS = 5
"""How often a call is sent at the most."""

MAX_FAILURES_IN_A_ROW = 8
"""After this many calls in a row that were given up, the endpoint counts as unusable."""

MAX_FAILURES = 20
MAX_FAILURE_SHARE = 0.25
"""More calls given up than both allow, and the scores would say little: the run stops."""


class Reply(msgspec.Struct, frozen=True):
    """A stored reply: `response`, or `error` where the call was given up.

    Attributes:
        id: of the row in the store.
        attempts: calls that it cost.
    """

    id: int
    response: Response | None
    error: str | None
    attempts: int


class ReplyStore(Protocol):
    """Where replies are kept."""

    def find(self, key: bytes, sample: int) -> Reply | None: ...

    async def save(
        self, key: bytes, sample: int, role: Role, request: Request, reply: Reply, seconds: float
    ) -> Reply:
        """Store a reply and return it with its id once it is safely on disk."""
        ...


class Observer(Protocol):
    """Who is told about calls as they happen."""

    def call_started(self) -> None: ...

    def call_finished(self, response: Response | None) -> None: ...

    def reply_reused(self) -> None: ...

    def call_retried(self, role: Role, reason: str, attempt: int, delay: float) -> None: ...

    def call_failed(self, role: Role, reason: str) -> None: ...


class ModelClient:
    """One model in one role of one run.

    Args:
        model: the backend.
        role: which of the run's models it is.
        budget: shared by all clients of the run.
        replies: the run's stored replies.
        observer: is told about every call.
        gate: while it is not set, nothing new is sent.
        places: how many calls may be under way at once; shared by clients of one backend.
        pause: waits some seconds before a call is sent again.
    """

    def __init__(
        self,
        model: Model,
        role: Role,
        *,
        budget: Budget,
        replies: ReplyStore,
        observer: Observer,
        gate: asyncio.Event,
        places: asyncio.Semaphore,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.model = model
        self.role: Role = role
        self._budget = budget
        self._replies = replies
        self._observer = observer
        self._gate = gate
        self._places = places
        self._pause = pause
        self._under_way: dict[bytes, asyncio.Event] = {}
        self._charged: set[bytes] = set()
        self._out: set[asyncio.Task[Reply | float]] = set()
        self._answers = 0
        self._failures = 0
        self._fatal: FatalError | None = None
        self._failures_in_a_row = 0
        # Only spreads retries in time; no result depends on it.
        self._jitter = random.Random()

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap."""
        return self._budget.affordable

    async def ask(self, request: Request, sample: int = 0) -> Reply:
        """The reply to a request; `sample` tells repeated draws of the same request apart.

        Raises:
            FatalError: the endpoint will not answer until a person mends something.
            BudgetExhausted: the call was not sent, the cap would have been exceeded.
        """
        key = request.key()
        question = key + sample.to_bytes(4, "big")
        # The same question while it is under way waits for the one answer.
        while (under_way := self._under_way.get(question)) is not None:
            await under_way.wait()
        reply = self._replies.find(key, sample)
        if question in self._charged and reply is not None:
            self._observer.reply_reused()
            return reply
        if reply is None:
            self._under_way[question] = asyncio.Event()
            try:
                reply = await self._send(key, request, sample)
            finally:
                self._under_way.pop(question).set()
        elif reply.response is not None:
            # An endpoint that answered an earlier engine of the run is not a dead one.
            self._answers += 1
        self._charged.add(question)
        self._budget.charge(reply.attempts)
        return reply

    async def drain(self, seconds: float) -> None:
        """Wait for calls that are out although nobody waits for them any more.

        A search that ends early has paid for them: their replies are stored all the same.
        """
        if self._out:
            await asyncio.wait(self._out, timeout=seconds)

    async def _send(self, key: bytes, request: Request, sample: int) -> Reply:
        async with self._places:
            attempt = 0
            while True:
                await self._gate.wait()
                if self._fatal is not None:
                    # Another call found out that none will succeed: this one is not sent.
                    raise FatalError(str(self._fatal))
                try:
                    self._budget.send()
                except BudgetExhausted as error:
                    if not attempt:
                        raise
                    # Its attempts were sent and count, so the question is settled as failed.
                    return await self._store_failure(key, request, sample, error, attempt, 0.0)
                attempt += 1
                out = asyncio.create_task(self._attempt(key, request, sample, attempt))
                self._out.add(out)
                out.add_done_callback(self._came_in)
                outcome = await asyncio.shield(out)
                if isinstance(outcome, Reply):
                    return outcome
                await self._pause(outcome)

    def _came_in(self, out: asyncio.Task[Reply | float]) -> None:
        self._out.discard(out)
        if not out.cancelled():
            out.exception()  # marks it as seen: perhaps nobody waits for it any more

    async def _attempt(
        self, key: bytes, request: Request, sample: int, attempt: int
    ) -> Reply | float:
        """One call: its stored reply, or the seconds to wait before the next attempt."""
        started = time.monotonic()
        self._observer.call_started()
        response: Response | None = None
        try:
            response = await self.model.complete(request)
        except RetryableError as error:
            if attempt == ATTEMPTS:
                return await self._give_up(key, request, sample, error, attempt, started)
            delay = self._delay(attempt, error.retry_after)
            self._observer.call_retried(self.role, str(error), attempt, delay)
            return delay
        except SkippedError as error:
            return await self._give_up(key, request, sample, error, attempt, started)
        except FatalError as error:
            self._fatal = error
            raise
        finally:
            self._observer.call_finished(response)
        self._failures_in_a_row = 0
        self._answers += 1
        seconds = time.monotonic() - started
        reply = Reply(0, response, None, attempt)
        return await self._replies.save(key, sample, self.role, request, reply, seconds)

    async def _give_up(
        self,
        key: bytes,
        request: Request,
        sample: int,
        error: RetryableError | SkippedError,
        attempts: int,
        started: float,
    ) -> Reply:
        self._observer.call_failed(self.role, str(error))
        self._failures += 1
        self._failures_in_a_row += 1
        fatal = self._too_many_failures(error, attempts)
        if fatal is not None:
            self._fatal = fatal
            raise fatal
        seconds = time.monotonic() - started
        return await self._store_failure(key, request, sample, error, attempts, seconds)

    async def _store_failure(
        self,
        key: bytes,
        request: Request,
        sample: int,
        error: Exception,
        attempts: int,
        seconds: float,
    ) -> Reply:
        reply = Reply(0, None, str(error), attempts)
        return await self._replies.save(key, sample, self.role, request, reply, seconds)

    def _too_many_failures(self, last: ModelError, attempts: int) -> FatalError | None:
        """Why the run should stop, if it should, now that a call was given up."""
        if not self._answers and isinstance(last, RetryableError):
            return FatalError(f"the {self.role} model gave no answer in {attempts} tries: {last}")
        if self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            return FatalError(
                f"{self._failures_in_a_row} calls in a row were given up; the last: {last}"
            )
        if self._failures > max(MAX_FAILURES, MAX_FAILURE_SHARE * self._answers):
            return FatalError(
                f"{self._failures} calls were given up and {self._answers} answered; "
                f"the last: {last}"
            )
        return None

    def _delay(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait before the next attempt: what was asked for, or a doubling pause."""
        if retry_after is not None:
            return min(retry_after, 60.0) + self._jitter.uniform(0, 0.25)
        return min(0.5 * 2.0 ** (attempt - 1), 8.0) * self._jitter.uniform(0.75, 1.25)
