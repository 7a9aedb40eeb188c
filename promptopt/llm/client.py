"""ModelClient: asks a model under a run's rules.

Looks a question up in the run's stored replies first; else counts it against the budget,
waits for a free place and for an open gate, sends it, tries again where that helps, and
stores the reply before anyone sees it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from promptopt.errors import StoreError
from promptopt.llm.budget import Budget
from promptopt.llm.errors import (
    BudgetExhausted,
    FatalError,
    ModelError,
    RetryableError,
)
from promptopt.llm.failures import Failures
from promptopt.llm.id_set import IdSet
from promptopt.llm.limits import EndpointLimits, Ticket
from promptopt.llm.model import Model, Request, Response, Role
from promptopt.llm.outlook import kind_of
from promptopt.llm.question import Observer, Question, ReplyStore
from promptopt.llm.question import Reply as Reply  # what a client gives
from promptopt.llm.tariff import Tariff
from promptopt.llm.token_counts import Estimate

ATTEMPTS = 5
"""How often a call is sent at the most, not counting when its endpoint asked for a pause or was
out (see `outage`)."""

THROTTLES = 100
"""How often it may ask for one before the call is given up: an hour and more, as pauses grow."""

LONGEST_WAIT = 3600.0
"""Seconds that an endpoint may ask to wait. More than this is left to the person."""


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
        self._first = asyncio.Lock()
        self._failures = Failures(role)
        self._fatal: FatalError | None = None
        # Only spreads retries in time; no result depends on it.
        self._jitter = random.Random()

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap.

        To be asked between batches of calls, see `Budget.plan`.
        """
        return self._budget.plan()

    @property
    def spare(self) -> int | None:
        """Calls that the search may use beyond its plan, see `Budget.spare`."""
        return self._budget.spare()

    @property
    def limit(self) -> str:
        """The cap that the search meets first, by its name in the configuration."""
        return self._budget.limit

    @property
    def failures(self) -> str:
        """Why calls were given up, counted; "" where none was."""
        return self._failures.why

    async def ask(self, request: Request, sample: int = 0, subject: str = "") -> Reply:
        """The reply to a request.

        Args:
            sample: tells repeated draws of the same request apart.
            subject: what it is about, such as an instruction. Where calls about the same are
                refused, it may be the reason, and not the model: see `failures`.

        Raises:
            FatalError: the endpoint will not answer until a person mends something.
            BudgetExhausted: the call was not sent, the cap would have been exceeded.
        """
        asked = Question(request.key(), request, sample, subject)
        # The same question while it is under way waits for the one answer.
        while (under_way := self._under_way.get(asked.name)) is not None:
            await under_way.wait()
        reply = self._replies.find(asked.key, sample)
        if reply is not None and reply.id in self._charged:
            self._observer.reply_reused()
            return reply
        if reply is None:
            self._under_way[asked.name] = asyncio.Event()
            try:
                reply = await self._send(asked)
            finally:
                self._under_way.pop(asked.name).set()
        elif reply.response is not None:
            self._failures.answered_before(subject)
        else:
            self._failures.given_up_before(reply.error or "", subject)
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
                async with self._turn():
                    outcome = await self._try(question)
                if isinstance(outcome, Reply):
                    return outcome
                if outcome:
                    await self._pause(outcome)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Lets the first call go out alone where tokens or money are limited.

        What an endpoint counts beyond what was sent and allowed is known after it.
        """
        if self._tariff.learned or not self._budget.measured:
            yield
            return
        await self._first.acquire()
        alone = not self._tariff.learned
        if not alone:
            self._first.release()
        try:
            yield
        finally:
            if alone:
                self._first.release()

    async def _try(self, question: Question) -> Reply | float:
        """Send a question if it may be sent: its reply, or the seconds until the next attempt."""
        if self._fatal is not None:
            # Another call found out that none will succeed: this one is not sent.
            raise FatalError(str(self._fatal))
        most = self._tariff.most(question.request)
        ticket = await self._limits.admit(sum(most))
        if not self._gate.is_set() or self._fatal is not None:
            self._limits.not_sent(ticket)
            return 0.0
        try:
            if not self._budget.take(self._tariff.spend(*most), wary=self._tariff.exceeded):
                self._limits.not_sent(ticket)
                await self._budget.room()
                return 0.0
        except BudgetExhausted as error:
            self._limits.not_sent(ticket)
            if not question.attempt:
                raise
            # Its attempts were sent and count, so the question is settled as failed.
            return await self._store(question, question.reply(None, str(error)), 0.0)
        question.attempt += 1
        # From here on it is in flight: a pause has to wait for it, whatever it waits for itself.
        self._observer.call_started()
        out = asyncio.create_task(self._attempt(question, most, ticket))
        self._out.add(out)
        out.add_done_callback(self._came_in)
        return await asyncio.shield(out)

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
        try:
            await self._replies.counted()
        except StoreError:
            self._observer.call_finished(None, None)
            self._limits.not_sent(ticket)
            raise
        started = time.monotonic()
        response: Response | None = None
        told: Response | None = None
        error: ModelError | None = None
        # Where nothing is told of what it cost, it is lost, and stays counted at its worst.
        used, lost = most, True
        try:
            response = told = await self.model.complete(question.request)
            used, lost = self._tariff.used(question.request, told, most), False
        except ModelError as raised:
            error = raised
            if not raised.billed:
                used, lost = (0, 0), False
            elif raised.usage is not None:
                told = Response("", None, *raised.usage)
                used, lost = self._tariff.used(question.request, told, most), False
        finally:
            cost = self._tariff.spend(*used)
            self._observer.call_finished(told, None if lost else cost)
            question.spent += cost
            self._budget.settle(self._tariff.spend(*most), cost)
            self._limits.came_back(ticket, sum(used), error, question.name)
        if error is not None:
            return await self._failed(question, error, started)
        self._failures.answered(question.subject)
        reply = question.reply(response, None)
        return await self._store(question, reply, time.monotonic() - started)

    async def _failed(self, question: Question, error: ModelError, started: float) -> Reply | float:
        """What comes of a call that failed: a pause before the next one, or a reply without text.

        Raises:
            FatalError: this was the end.
        """
        error = _bearable(error)
        if isinstance(error, RetryableError):
            out = error.outage and self._limits.outage.on
            question.throttled += error.throttled
            question.waited += out
            tries = question.attempt - question.throttled - question.waited
            if out and self._limits.outage.given_up:
                if self._limits.outage.sure:
                    error = FatalError(
                        f"{self._limits.name} has not answered for {self._limits.outage.waited}: "
                        f"{error.reason}"
                    )
            elif tries < ATTEMPTS and question.throttled < THROTTLES:
                # The limits hold a call back that was throttled, and all others with it.
                held = error.throttled or out
                delay = 0.0 if held else self._delay(tries, error.retry_after)
                told = self._limits.pause if held else delay
                self._observer.call_retried(self.role, str(error), question.attempt, told)
                return delay
        if isinstance(error, FatalError):
            self._fatal = error
            raise error
        self._observer.call_failed(self.role, str(error))
        fatal = self._failures.given_up(error, question.attempt, question.subject)
        if fatal is not None:
            self._fatal = fatal
            raise fatal
        reply = question.reply(None, str(error))
        return await self._store(question, reply, time.monotonic() - started)

    async def _store(self, question: Question, reply: Reply, seconds: float) -> Reply:
        return await self._replies.save(
            question.key, question.sample, self.role, question.request, reply, seconds
        )

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
