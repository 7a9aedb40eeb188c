"""What the store gives back: the rows of its tables."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from promptopt.runs.commands import AnyCommand
from promptopt.runs.events import AnyEvent


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it was asked for.

    Attributes:
        created_at: 0.0 where it cannot be read.
        config: the run's configuration as JSON; "" where it cannot be read.
    """

    id: str
    created_at: float
    config: str


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    seq: int
    at: float
    event: AnyEvent


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the task model answered for one example.

    `score` is None where there is none: the call failed (`error` says why, `text` is None), or
    a judge's grade of it did.
    """

    candidate: int
    split: str
    example: int
    text: str | None
    error: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A model's reply, or the error that stands in its place.

    `tokens` and `picodollars` are what its attempts cost together.
    """

    id: int
    text: str | None
    error: str | None
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    attempts: int
    tokens: int
    picodollars: int
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """What a person asks of a run, under its number."""

    id: int
    command: AnyCommand
