"""The Model protocol: what every backend does, and what goes in and out."""

from __future__ import annotations

import hashlib
from typing import Literal, Protocol

import msgspec

Role = Literal["task", "optimizer"]


class Request(msgspec.Struct, frozen=True):
    """One question to a model.

    Attributes:
        model: the model's identity (spec and endpoint), part of what was asked.
        api: "chat": `prompt` is one user message; "completion": it is text to go on from.
        prompt: the text.
        temperature: 0 is greedy.
        top_p: nucleus of the probability mass.
        max_tokens: the longest reply.
        stop: the reply ends before any of these.
        seed: seed of the sampling, where the backend takes one; None where it does not.
    """

    model: str
    api: str
    prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def key(self) -> bytes:
        """A digest of everything that was asked, 16 bytes."""
        return hashlib.blake2b(msgspec.json.encode(self), digest_size=16).digest()


class Response(msgspec.Struct, frozen=True):
    """A model's reply.

    Attributes:
        text: as it came.
        finish_reason: "stop", "length" or what else the backend says; None if nothing.
        prompt_tokens, completion_tokens: as the backend counted them; None where it did not.
    """

    text: str
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Model(Protocol):
    """A backend. Does one attempt a call: retries, limits and storage are the client's."""

    seeded: bool
    """Whether sampling follows a request's seed, so that the same request repeats."""

    @property
    def identity(self) -> str:
        """What tells this model from others in a request's key."""
        ...

    async def start(self) -> None:
        """Get ready to answer: load weights, open connections. Called once."""
        ...

    async def complete(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            ModelError: one of its kinds, which say what to do next.
        """
        ...

    async def close(self) -> None:
        """Release what `start` took. Safe to call when `start` failed."""
        ...
