"""Rates: what endpoints may be asked in a minute, by what was set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from promptopt.llm.model import Role
from promptopt.llm.settings import ModelSettings, endpoint_of

BURST = 0.1
"""Share of a minute's requests or tokens that may go out at once."""


class Bucket:
    """A token bucket that lets no more than its amount through in any minute.

    It holds a tenth of the amount, and one at least; it refills with the rest over a minute. More
    than it holds goes through when it is full, and leaves a debt; a minute that such a call falls
    in may be above the amount by that debt.

    Args:
        per_minute: at least 1.
        now: seconds of a clock.
    """

    def __init__(self, per_minute: float, now: float) -> None:
        self._size = max(1.0, math.floor(per_minute * BURST))
        self._rate = (per_minute - self._size + 1) / 60
        self._level = self._size
        self._at = now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much can be taken; 0 if it can be now."""
        self._refill(now)
        missing = min(amount, self._size) - self._level
        return missing / self._rate if missing > 1e-9 else 0.0

    def least_seconds(self, amount: float) -> float:
        """Seconds that so much takes to go through a full bucket, at the least."""
        return max(0.0, amount - self._size) / self._rate

    def take(self, amount: float) -> None:
        self._level -= amount

    def give_back(self, amount: float) -> None:
        """What was taken and not used; negative where more was."""
        self._level = min(self._size, self._level + amount)

    def _refill(self, now: float) -> None:
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now


class Rates(NamedTuple):
    """What an endpoint may be asked in a minute; None for no limit.

    Attributes:
        name: of the endpoint, for people.
        roles: those that ask it.
    """

    name: str
    roles: tuple[Role, ...]
    requests_per_minute: int | None
    tokens_per_minute: int | None


def rates_of(roles: Mapping[Role, ModelSettings]) -> list[Rates]:
    """What each endpoint may be asked in a minute.

    Where roles with the same endpoint set different numbers, the lowest holds for it.
    """
    sharing: dict[str, list[Role]] = {}
    for role, settings in roles.items():
        sharing.setdefault(_address(settings), []).append(role)
    return [
        Rates(
            address,
            tuple(asking),
            _lowest(roles[role].requests_per_minute for role in asking),
            _lowest(roles[role].tokens_per_minute for role in asking),
        )
        for address, asking in sharing.items()
    ]


def _address(settings: ModelSettings) -> str:
    if settings.kind != "openai":
        return f"the model {settings.spec}"
    return endpoint_of(settings).rstrip("/")


def _lowest(values: Iterable[int | None]) -> int | None:
    return min((each for each in values if each is not None), default=None)
