"""Limits: how fast an endpoint may be asked, by what was set and by what it bears.

All roles with the same endpoint share one `EndpointLimits`. It holds calls back

- to the requests and tokens a minute that were set, by token buckets;
- while the endpoint has asked to wait: a 429 pauses all its calls, not only the one;
- to fewer at once when it shows that it is overloaded (429, 503, time-outs): their number is
  halved, and grows again by one with every round of answers, as TCP does it (Chiu and Jain 1989,
  additive increase and multiplicative decrease);
- to one at a time, at growing pauses, while it is out (see `outage`).
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from promptopt.llm.errors import ModelError, RetryableError
from promptopt.llm.model import Role
from promptopt.llm.outage import Outage
from promptopt.llm.rates import Bucket, rates_of
from promptopt.llm.settings import ModelSettings

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds of the pause after a 429 that names none; it doubles while they go on."""

OUTAGE_MINUTES = 10.0
"""How long an endpoint that has answered is waited for where nothing else is set."""

TELL_SECONDS = 60.0
"""A slower pace is told no more often than this."""


class Ticket:
    """One call that was let out.

    Attributes:
        round: how often the pace had been lowered by then.
        tokens: what it was thought to take at the most.
        sent: the second at which that was.
        asks: whether it is to find out if the endpoint is back.
    """

    __slots__ = ("asks", "round", "sent", "tokens")

    def __init__(self, number: int, tokens: int, sent: float, *, asks: bool) -> None:
        self.round = number
        self.tokens = tokens
        self.sent = sent
        self.asks = asks


class EndpointLimits:
    """Holds calls to one endpoint back, and lets them out in the order in which they came.

    Args:
        name: of the endpoint, for people.
        requests_per_minute, tokens_per_minute: None for no limit; tokens of prompts and replies
            together.
        patience: seconds that an outage is waited for; see `Outage`.
        tell: is told when the pace changes, sparingly.
        clock: seconds.
        sleep: waits some of them.
    """

    def __init__(
        self,
        name: str = "the endpoint",
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        *,
        patience: float = 0.0,
        tell: Callable[[str], None] = lambda message: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.outage = Outage(name, patience)
        self._asking = False  # whether a call is out that asks if the endpoint is back
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._requests = Bucket(requests_per_minute, clock()) if requests_per_minute else None
        self._tokens = Bucket(tokens_per_minute, clock()) if tokens_per_minute else None
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._in_flight = 0
        # How many may be under way; None while the endpoint has borne all that came.
        self._most: float | None = None
        self._borne = 0  # how many were when it last bore them no more
        self._round = 0
        self._paused_until = -math.inf
        self._throttles = 0  # in a row
        self._silent_until = -math.inf
        self._told = False
        self._jitter = random.Random()  # only spreads calls in time

    @property
    def most(self) -> int | None:
        """Calls that may be under way at once for now; None for as many as there are places."""
        return None if self._most is None else int(self._most)

    @property
    def pause(self) -> float:
        """Seconds until calls go out again."""
        return max(0.0, self._held_until() - self._clock())

    def _held_until(self) -> float:
        until = self._paused_until
        return max(until, self.outage.until) if self.outage.on else until

    async def admit(self, tokens: int) -> Ticket:
        """Wait until a call may go out that takes so many tokens at the most."""
        if self._turn.locked() or self._wait(tokens):
            async with self._turn:
                while wait := self._wait(tokens):
                    if wait == math.inf:
                        self._changed.clear()
                        await self._changed.wait()
                    else:
                        await self._sleep(wait)
                return self._let_out(tokens)
        return self._let_out(tokens)

    def not_sent(self, ticket: Ticket) -> None:
        """Take a call back that did not go out after all."""
        if self._requests is not None:
            self._requests.give_back(1)
        self._back(ticket, 0)

    def came_back(
        self, ticket: Ticket, tokens: int, error: ModelError | None, question: bytes = b""
    ) -> None:
        """A call has ended.

        Args:
            tokens: what it has taken, as far as that is known.
            error: None if it was answered.
            question: which it was.
        """
        news = self.outage.came_back(
            error, question, sent=ticket.sent, asks=ticket.asks, now=self._clock()
        )
        if news:
            self._tell(news)
        # That nobody is there says nothing of how much an endpoint bears.
        if isinstance(error, RetryableError) and error.overload and not self.outage.on:
            self._overloaded(ticket, error)
        elif error is None and ticket.round == self._round:
            self._throttles = 0
            self._bore_it()
        self._back(ticket, tokens)

    def _wait(self, tokens: int) -> float:
        """Seconds until a call may go out; infinite until another has come back."""
        if self._most is not None and self._in_flight >= int(self._most):
            return math.inf
        if self.outage.on and self._asking:
            return math.inf
        now = self._clock()
        wait = max(0.0, self._held_until() - now)
        if self._requests is not None:
            wait = max(wait, self._requests.wait(1, now))
        if self._tokens is not None:
            wait = max(wait, self._tokens.wait(tokens, now))
        return wait

    def _let_out(self, tokens: int) -> Ticket:
        self._in_flight += 1
        if self._requests is not None:
            self._requests.take(1)
        if self._tokens is not None:
            self._tokens.take(tokens)
        self._asking = self._asking or self.outage.on
        return Ticket(self._round, tokens, self._clock(), asks=self.outage.on)

    def _back(self, ticket: Ticket, tokens: int) -> None:
        self._in_flight -= 1
        if ticket.asks:
            self._asking = False
        if self._tokens is not None:
            self._tokens.give_back(ticket.tokens - tokens)
        self._changed.set()

    def _overloaded(self, ticket: Ticket, error: RetryableError) -> None:
        # All that were under way together tell of the same overload: the pace is lowered once.
        news = ticket.round == self._round
        if news:
            self._round += 1
            if self._most is None:
                self._borne = self._in_flight
            self._most = max(1.0, min(self._most or math.inf, self._in_flight) / 2)
        if error.throttled:
            if news:
                self._throttles += 1
            if news or error.retry_after is not None:
                until = self._clock() + self._pause_after(error.retry_after)
                self._paused_until = max(self._paused_until, until)
        if news:
            self._tell_slower(error)

    def _pause_after(self, asked: float | None) -> float:
        # What was asked for is believed a few times; then the pauses grow all the same.
        doublings = self._throttles - (1 if asked is None else 5)
        doubled = min(FIRST_PAUSE * 2.0 ** min(doublings, 10), LONGEST_PAUSE)
        if asked is not None and (doublings < 0 or asked >= doubled):
            return asked + self._jitter.uniform(0, 0.25)
        return doubled * self._jitter.uniform(0.75, 1.25)

    def _bore_it(self) -> None:
        if self._most is None:
            return
        self._most += 1 / self._most
        if self._most >= self._borne:
            self._most = None
            if self._told:
                self._told = False
                calls = "1 call" if self._borne == 1 else f"{self._borne} calls"
                self._tell(f"{self.name} bears {calls} at once again")

    def _tell_slower(self, error: RetryableError) -> None:
        now = self._clock()
        if now < self._silent_until:
            return
        self._silent_until = now + TELL_SECONDS
        self._told = True
        pause = f"nothing for {self.pause:.0f} s, then " if self.pause >= 1 else ""
        pace = f"{pause}{self.most} at once"
        self._tell(f"{self.name} is asked more slowly: {pace}, after {error.reason}")


def limits_of(
    roles: Mapping[Role, ModelSettings], tell: Callable[[str], None]
) -> dict[Role, EndpointLimits]:
    """The limits of each role's endpoint, one object an endpoint (see `rates_of`).

    Of minutes of an outage that roles with the same endpoint set, the highest hold for it.
    """
    found: dict[Role, EndpointLimits] = {}
    for name, asking, requests, tokens in rates_of(roles):
        patience = 60 * _patience(roles[role] for role in asking)
        limits = EndpointLimits(name, requests, tokens, patience=patience, tell=tell)
        found |= dict.fromkeys(asking, limits)
    return found


def _patience(sharing: Iterable[ModelSettings]) -> float:
    """Minutes that an outage is waited for."""
    named = [each.outage_minutes for each in sharing if each.outage_minutes is not None]
    return max(named, default=OUTAGE_MINUTES)
