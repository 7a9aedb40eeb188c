"""Sampling: how a model is asked in its role, with every default settled."""

from __future__ import annotations

import msgspec

from promptopt.llm.model import Role
from promptopt.llm.settings import Api, ModelSettings


class Sampling(msgspec.Struct, frozen=True):
    """See `promptopt.llm.model.Request` for the fields."""

    api: Api
    temperature: float
    top_p: float
    max_tokens: int
    stop: tuple[str, ...]


def sampling_for(settings: ModelSettings, role: Role) -> Sampling:
    """The settings of a model with the defaults of its role filled in.

    The task model is greedy, so that a score belongs to the instruction and not to luck. The
    optimizer model samples at temperature 0.9 and top-p 0.9 as APE's published configuration
    does. A judge is greedy too, and a chat model unless it is said otherwise: it has to follow
    a question. A plain completion ends at the line's end: what follows is the next example that the
    model makes up.
    """
    plain = settings.kind == "local" and role != "judge"
    api: Api = settings.api or ("completion" if plain else "chat")
    optimizer = role == "optimizer"
    return Sampling(
        api=api,
        temperature=_or(settings.temperature, 0.9 if optimizer else 0.0),
        top_p=_or(settings.top_p, 0.9 if optimizer else 1.0),
        max_tokens=settings.max_tokens or (64 if api == "completion" else 256),
        stop=("\n",) if api == "completion" else (),
    )


def concurrency_of(settings: ModelSettings) -> int:
    """Calls that may be under way at once: 8, or what the embedded model decodes together."""
    return settings.concurrency or (4 if settings.kind == "local" else 8)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
