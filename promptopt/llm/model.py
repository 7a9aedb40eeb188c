"""The Model protocol: what every backend does, and what goes in and out."""

from __future__ import annotations

import hashlib
from typing import Literal, Protocol

import msgspec

Role = Literal["task", "optimizer", "judge", "embedder"]

RequestApi = Literal["chat", "completion", "likelihood", "embedding"]


class Request(msgspec.Struct, frozen=True):
    """One question to a model.

    Attributes:
        model: the model's identity (spec and endpoint), part of what was asked.
        api: what is asked for. "chat": a reply to `prompt`, a user message; "completion": what
            comes after `prompt`, plain text; "likelihood": how likely `answer` is after
            `prompt`, plain text, with nothing generated; "embedding": the vector of `prompt`.
        prompt: the text.
        temperature: 0 is greedy.
        top_p: nucleus of the probability mass.
        max_tokens: the longest reply.
        stop: the reply ends before any of these.
        seed: seed of the sampling, where the backend takes one; None where it does not.
        history: of a chat, the turns before: pairs of a user message and its reply.
        suffix: of a completion, the text behind the gap that is to be filled.
        answer: of a likelihood, the text whose log-probability is asked, not empty.

    Raises:
        ValueError: one of the last three without its api.
    """

    model: str
    api: RequestApi
    prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    stop: tuple[str, ...] = ()
    seed: int | None = None
    history: tuple[tuple[str, str], ...] = ()
    suffix: str = ""
    answer: str = ""

    def __post_init__(self) -> None:
        if self.history and self.api != "chat":
            raise ValueError(f"earlier turns belong to a chat, not to a request for {self.api}")
        if self.suffix and self.api != "completion":
            raise ValueError(f"a suffix belongs to a completion, not to a request for {self.api}")
        if bool(self.answer) != (self.api == "likelihood"):
            raise ValueError("a likelihood is asked of an answer, and nothing else has one")

    def key(self) -> bytes:
        """A digest of everything that was asked, 16 bytes.

        What only some requests have is left out where it is empty: a request without it has
        the key that it had before there were such, so that stored runs find their replies.
        """
        asked = msgspec.structs.asdict(self)
        for name in ("history", "suffix", "answer"):
            if not asked[name]:
                del asked[name]
        return hashlib.blake2b(msgspec.json.encode(asked), digest_size=16).digest()

    def transcript(self) -> str:
        """What was sent, for people: the turns of a chat one below the other, or the prompt."""
        if not self.history:
            return self.prompt
        turns = [f"[user]\n{said}\n\n[assistant]\n{reply}" for said, reply in self.history]
        return "\n\n".join([*turns, f"[user]\n{self.prompt}"])


class Response(msgspec.Struct, frozen=True):
    """A model's reply.

    Attributes:
        text: as it came; empty where numbers were asked for.
        finish_reason: "stop", "length" or what else the backend says; None if nothing. Of a
            likelihood: the form in which the endpoint gives it (see `likelihood`).
        prompt_tokens, completion_tokens: as the backend counted them; None where it did not.
        numbers: the log-probability of each token of the answer, at most 0, at least one; or
            the vector of an embedding. Empty otherwise.
    """

    text: str
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    numbers: tuple[float, ...] = ()


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
