"""ModelClient: asks a model under a run's rules.

Looks a question up in the run's stored replies first; else counts it against the budget,
waits for a free place and for an open gate, sends it, tries again where that helps, and
stores the reply before anyone sees it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from promptopt.llm.budget import Budget
from promptopt.llm.errors import (
    BudgetExhausted,
    FatalError,
    ModelError,
    RetryableError,
)
from promptopt.llm.id_set import IdSet
from promptopt.llm.limits import EndpointLimits, Ticket
from promptopt.llm.model import Model, Request, Response, Role
from promptopt.llm.outlook import kind_of
from promptopt.llm.spend import Spend
from promptopt.llm.tariff import Tariff
from promptopt.llm.token_counts import Estimate

ATTEMPTS = 5
"""How often a call is sent at the most, not counting when its endpoint asked for a pause."""

THROTTLES = 100
"""How often it may ask for one before the call is given up: an hour and more, as pauses grow."""

LONGEST_WAIT = 3600.0
"""Seconds that an endpoint may ask to wait. More than this is left to the person."""

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
        tokens, picodollars: what these calls cost, each at its worst where nothing was told.
    """

    id: int
    response: Response | None
    error: str | None
    attempts: int
    tokens: int = 0
    picodollars: int = 0

    @property
    def cost(self) -> Spend:
        return Spend(self.attempts, self.tokens, self.picodollars)


class Question:
    """One question on its way to a reply.

    Attributes:
        key, request, sample: what is asked.
        attempt: how often it was sent.
        throttled: how often the endpoint asked for a pause in return.
        spent: what these calls cost.
    """

    def __init__(self, key: bytes, request: Request, sample: int) -> None:
        self.key = key
        self.request = request
        self.sample = sample
        self.attempt = 0
        self.throttled = 0
        self.spent = Spend()

    def reply(self, response: Response | None, error: str | None) -> Reply:
        """The reply that it came to, to be stored."""
        spent = self.spent
        return Reply(0, response, error, self.attempt, spent.tokens, spent.picodollars)


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
        tariff: what the model's calls cost; nothing, and their tokens estimated, if left out.
        limits: how fast the endpoint may be asked; shared by all clients that ask it.
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
        places: AbstractAsyncContextManager[object],
        tariff: Tariff | None = None,
        limits: EndpointLimits | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.model = model
        self.role: Role = role
        self._budget = budget
        self._replies = replies
        self._observer = observer
        self._gate = gate
        self._places = places
        self._tariff = tariff or Tariff(Estimate())
        self._limits = limits or EndpointLimits()
        self._pause = pause
        self._under_way: dict[bytes, asyncio.Event] = {}
        self._charged = IdSet()
        self._out: set[asyncio.Task[Reply | float]] = set()
        self._answers = 0
        self._failures = 0
        self._reasons: Counter[str] = Counter()
        self._fatal: FatalError | None = None
        self._failures_in_a_row = 0
        # Only spreads retries in time; no result depends on it.
        self._jitter = random.Random()

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap.

        To be asked between batches of calls, see `Budget.plan`.
        """
        return self._budget.plan()

    @property
    def limit(self) -> str:
        """The cap that the search meets first, by its name in the configuration."""
        return self._budget.limit

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
        if reply is not None and reply.id in self._charged:
            self._observer.reply_reused()
            return reply
        if reply is None:
            self._under_way[question] = asyncio.Event()
            try:
                reply = await self._send(Question(key, request, sample))
            finally:
                self._under_way.pop(question).set()
        elif reply.response is not None:
            # An endpoint that answered an earlier engine of the run is not a dead one.
            self._answers += 1
        self._charged.add(reply.id)
        self._budget.charge(kind_of(self.role, request.api), reply.cost)
        return reply

    async def drain(self, seconds: float) -> None:
        """Wait for calls that are out although nobody waits for them any more.

        A search that ends early has paid for them: their replies are stored all the same.
        """
        if self._out:
            await asyncio.wait(self._out, timeout=seconds)

    async def _send(self, question: Question) -> Reply:
        async with self._places:
            while True:
                await self._gate.wait()
                if self._fatal is not None:
                    # Another call found out that none will succeed: this one is not sent.
                    raise FatalError(str(self._fatal))
                most = self._tariff.most(question.request)
                ticket = await self._limits.admit(sum(most))
                if not self._gate.is_set() or self._fatal is not None:
                    self._limits.not_sent(ticket)
                    continue
                try:
                    if not self._budget.take(self._tariff.spend(*most)):
                        self._limits.not_sent(ticket)
                        await self._budget.room()
                        continue
                except BudgetExhausted as error:
                    self._limits.not_sent(ticket)
                    if not question.attempt:
                        raise
                    # Its attempts were sent and count, so the question is settled as failed.
                    return await self._store(question, question.reply(None, str(error)), 0.0)
                question.attempt += 1
                out = asyncio.create_task(self._attempt(question, most, ticket))
                self._out.add(out)
                out.add_done_callback(self._came_in)
                outcome = await asyncio.shield(out)
                if isinstance(outcome, Reply):
                    return outcome
                if outcome:
                    await self._pause(outcome)

    def _came_in(self, out: asyncio.Task[Reply | float]) -> None:
        self._out.discard(out)
        if not out.cancelled():
            out.exception()  # marks it as seen: perhaps nobody waits for it any more

    async def _attempt(
        self, question: Question, most: tuple[int, int], ticket: Ticket
    ) -> Reply | float:
        """One call: its stored reply, or the seconds to wait before the next attempt.

        Args:
            most: prompt and completion tokens that it was counted with.
            ticket: with which it was let out.
        """
        started = time.monotonic()
        self._observer.call_started()
        response: Response | None = None
        error: ModelError | None = None
        # Where nothing is told of what it cost, it stays counted at its worst.
        used = most
        try:
            response = await self.model.complete(question.request)
            used = self._tariff.used(response, most)
        except ModelError as told:
            error = told
            if not told.billed:
                used = 0, 0
        finally:
            self._observer.call_finished(response)
            cost = self._tariff.spend(*used)
            question.spent += cost
            self._budget.settle(self._tariff.spend(*most), cost)
            self._limits.came_back(ticket, sum(used), error)
        if error is not None:
            return await self._failed(question, error, started)
        self._failures_in_a_row = 0
        self._answers += 1
        reply = question.reply(response, None)
        return await self._store(question, reply, time.monotonic() - started)

    async def _failed(self, question: Question, error: ModelError, started: float) -> Reply | float:
        """What comes of a call that failed: a pause before the next one, or a reply without text.

        Raises:
            FatalError: this was the end.
        """
        error = _bearable(error)
        if isinstance(error, RetryableError):
            question.throttled += error.throttled
            tries = question.attempt - question.throttled
            if tries < ATTEMPTS and question.throttled < THROTTLES:
                # The limits hold a call back that was throttled, and all others with it.
                delay = 0.0 if error.throttled else self._delay(tries, error.retry_after)
                told = self._limits.pause if error.throttled else delay
                self._observer.call_retried(self.role, str(error), question.attempt, told)
                return delay
        if isinstance(error, FatalError):
            self._fatal = error
            raise error
        self._observer.call_failed(self.role, str(error))
        self._failures += 1
        self._failures_in_a_row += 1
        self._reasons[str(error)[:100]] += 1
        fatal = self._too_many_failures(error, question.attempt)
        if fatal is not None:
            self._fatal = fatal
            raise fatal
        reply = question.reply(None, str(error))
        return await self._store(question, reply, time.monotonic() - started)

    async def _store(self, question: Question, reply: Reply, seconds: float) -> Reply:
        return await self._replies.save(
            question.key, question.sample, self.role, question.request, reply, seconds
        )

    def _too_many_failures(self, last: ModelError, attempts: int) -> FatalError | None:
        """Why the run should stop, if it should, now that a call was given up."""
        if not self._answers and isinstance(last, RetryableError):
            return FatalError(f"the {self.role} model gave no answer in {attempts} tries: {last}")
        if self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            return FatalError(
                f"{self._failures_in_a_row} calls in a row were given up; {self._counted()}"
            )
        if self._failures > max(MAX_FAILURES, MAX_FAILURE_SHARE * self._answers):
            return FatalError(
                f"{self._failures} calls were given up and {self._answers} answered; "
                f"{self._counted()}"
            )
        return None

    def _counted(self) -> str:
        """Why calls were given up, the commonest reasons first."""
        told = [f"{count} × {reason}" for reason, count in self._reasons.most_common(3)]
        others = self._failures - sum(count for _, count in self._reasons.most_common(3))
        return ", ".join([*told, f"{others} for other reasons"] if others else told)

    def _delay(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait before the next attempt: what was asked for, or a doubling pause."""
        if retry_after is not None:
            return min(retry_after, 60.0) + self._jitter.uniform(0, 0.25)
        return min(0.5 * 2.0 ** (attempt - 1), 8.0) * self._jitter.uniform(0.75, 1.25)


def _bearable(error: ModelError) -> ModelError:
    """The error, or the end of the run where an endpoint asks for a pause of hours."""
    if not isinstance(error, RetryableError) or not error.throttled:
        return error
    asked = error.retry_after or 0.0
    if asked <= LONGEST_WAIT:
        return error
    return FatalError(
        f"{error}; the endpoint asks to wait {asked / 3600:.1f} hours: go on then with "
        "promptopt resume"
    )
