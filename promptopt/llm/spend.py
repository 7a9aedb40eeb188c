"""Spend and Caps: what calls cost, in calls, tokens and money."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

PICODOLLARS = 10**12
"""Of a dollar. Money is counted in whole picodollars, in which even a single token has a price:
a sum does not depend on its order then, and a cap is a cap to the last digit."""

Limit = Literal["max_calls", "max_tokens", "max_usd"]


def picodollars(usd: float) -> int:
    """Dollars in whole picodollars, rounded up."""
    return math.ceil(usd * PICODOLLARS)


class Spend(msgspec.Struct, frozen=True):
    """What some calls cost, or may cost.

    Attributes:
        calls: requests, retries included.
        tokens: of prompts and completions together.
        picodollars: see `PICODOLLARS`; 0 where the price is not known.
    """

    calls: int = 0
    tokens: int = 0
    picodollars: int = 0

    @property
    def usd(self) -> float:
        return self.picodollars / PICODOLLARS

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.picodollars + other.picodollars,
        )

    def __sub__(self, other: Spend) -> Spend:
        return Spend(
            self.calls - other.calls,
            self.tokens - other.tokens,
            self.picodollars - other.picodollars,
        )

    def amount(self, limit: Limit) -> int:
        """What counts against a limit: calls, tokens or picodollars."""
        if limit == "max_calls":
            return self.calls
        return self.tokens if limit == "max_tokens" else self.picodollars


class Known(msgspec.Struct, frozen=True):
    """What is known of the cost of a run's calls, those left out that were lost.

    A call is lost that may have to be paid for although it brought nothing that told of its cost:
    it timed out, broke off, or its engine was killed.

    Attributes:
        spend: what the other calls cost; those that were answered without usage, at their worst.
        prompt_tokens, completion_tokens: what the endpoints told of them.
    """

    spend: Spend = Spend()
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def plus(self, cost: Spend, prompt_tokens: int, completion_tokens: int) -> Known:
        """With one call more."""
        return Known(
            self.spend + cost,
            self.prompt_tokens + prompt_tokens,
            self.completion_tokens + completion_tokens,
        )


class Caps(msgspec.Struct, frozen=True):
    """The hard limits of a run over all its models; None for no limit.

    Attributes:
        max_calls: requests, retries included.
        max_tokens: of prompts and completions together.
        max_usd: dollars.
    """

    max_calls: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None

    @property
    def amounts(self) -> dict[Limit, int]:
        """The caps that are set, in calls, tokens and picodollars."""
        found: dict[Limit, int] = {}
        if self.max_calls is not None:
            found["max_calls"] = self.max_calls
        if self.max_tokens is not None:
            found["max_tokens"] = self.max_tokens
        if self.max_usd is not None:
            # Rounded down: the cap itself is never passed.
            found["max_usd"] = math.floor(self.max_usd * PICODOLLARS)
        return found


def shown_amount(limit: Limit, amount: int) -> str:
    """An amount for people: "1,200" calls or tokens, "$0.0342"."""
    return shown_usd(amount / PICODOLLARS) if limit == "max_usd" else f"{amount:,}"


def shown_usd(usd: float) -> str:
    """ "$12.30", "$0.0342", "$0.000071": two digits after the point, or two that count."""
    if usd == 0 or usd >= 1:
        return f"${usd:,.2f}"
    digits = max(2, 1 - math.floor(math.log10(usd)))
    return f"${usd:.{min(digits, 12)}f}"
