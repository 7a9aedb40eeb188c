"""Prices: what a call costs in US dollars, or that nobody knows."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

PER_TOKENS = 1_000_000
"""Prices are quoted for this many tokens."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price of one's own, in US dollars per million tokens.

    Attributes:
        input: of prompt tokens.
        output: of completion tokens.
    """

    input: Annotated[float, Meta(ge=0, le=1_000_000)]
    output: Annotated[float, Meta(ge=0, le=1_000_000)]

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """US dollars for one call."""
        return (prompt_tokens * self.input + completion_tokens * self.output) / PER_TOKENS


class ListPrice:
    """The price of a model in the list of `genai-prices`, tiers included.

    The list is the one that was installed: nothing is fetched.

    Args:
        name: the model's name at the endpoint.
        base_url: the endpoint, by which its provider is known.

    Raises:
        LookupError: the list does not have the model.
    """

    def __init__(self, name: str, base_url: str) -> None:
        self._name = name
        self._base_url = base_url
        # A search repeats prompts of the same length all the time.
        self.cost = lru_cache(maxsize=4096)(self._cost)
        self._cost(1, 1)

    def _cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        from genai_prices import Usage, calc_price

        usage = Usage(input_tokens=prompt_tokens, output_tokens=completion_tokens)
        price = calc_price(usage, self._name, provider_api_url=self._base_url)
        return float(price.total_price)


FREE = Price(0.0, 0.0)
"""Of what runs on this machine."""


def list_price(name: str, base_url: str) -> ListPrice | None:
    """The price of a model in the list; None if it is not known there."""
    try:
        return ListPrice(name, base_url)
    except LookupError:
        return None
