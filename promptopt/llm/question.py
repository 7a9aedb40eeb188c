"""Question and Reply: what a `ModelClient` is asked and gives, and who keeps and hears of it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from promptopt.llm.model import Request, Response, Role
from promptopt.llm.spend import Spend


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
        subject: what it is about: see `failures`.
        name: what it is known by: the key and the sample.
        attempt: how often it was sent.
        throttled: how often the endpoint asked for a pause in return.
        waited: how often it was out.
        spent: what these calls cost.
    """

    def __init__(self, key: bytes, request: Request, sample: int, subject: str = "") -> None:
        self.key = key
        self.request = request
        self.sample = sample
        self.subject = subject
        self.name = key + sample.to_bytes(4, "big")
        self.attempt = 0
        self.throttled = 0
        self.waited = 0
        self.spent = Spend()

    def reply(self, response: Response | None, error: str | None) -> Reply:
        """The reply that it came to, to be stored."""
        spent = self.spent
        return Reply(0, response, error, self.attempt, spent.tokens, spent.picodollars)


class ReplyStore(Protocol):
    """Where replies are kept."""

    def find(self, key: bytes, sample: int) -> Reply | None: ...

    async def counted(self) -> None:
        """Return once all that was counted against the budget is committed.

        Raises:
            StoreError: it could not be written; what was counted must not be sent.
        """
        ...

    async def save(
        self, key: bytes, sample: int, role: Role, request: Request, reply: Reply, seconds: float
    ) -> Reply:
        """Store a reply and return it with its id once it is committed."""
        ...


class Observer(Protocol):
    """Who is told about calls as they happen."""

    def call_started(self) -> None: ...

    def call_finished(self, told: Response | None, cost: Spend | None) -> None:
        """A call is no longer under way.

        Args:
            told: its reply, or the usage of one that was none; None where there was nothing.
            cost: what it has cost; None where it is lost (see `Known`), or was not sent.
        """
        ...

    def reply_reused(self) -> None: ...

    def call_retried(self, role: Role, reason: str, attempt: int, delay: float) -> None: ...

    def call_failed(self, role: Role, reason: str) -> None: ...
