"""Tariff: what a call of one model costs, at the most before it is sent and in truth after."""

from __future__ import annotations

from typing import Protocol

from promptopt.llm.model import Request, Response
from promptopt.llm.prices import FREE, list_price
from promptopt.llm.settings import ModelSettings, endpoint_of
from promptopt.llm.spend import Spend, picodollars
from promptopt.llm.token_counts import TokenCounter, token_counter

MOST_TOKENS = 10**12
MOST_USD = 10_000.0
"""More than this no call costs, whatever its endpoint tells: a store can hold the sums."""

CHAT_PREAMBLE = 48
"""Tokens that a chat template may put before the first message, like a date and a role."""


class HasCost(Protocol):
    """A price."""

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """US dollars for one call."""
        ...


class Tariff:
    """Counts the calls of one model.

    An endpoint may count more tokens than a call was thought to take at the most, for a system
    prompt of its own or for hidden reasoning. By as much the worst of later calls is raised.

    Args:
        counter: of tokens.
        price: None where it is not known; calls cost no money then, which must not be taken for
            knowledge.
    """

    def __init__(self, counter: TokenCounter, price: HasCost | None = FREE) -> None:
        self.counter = counter
        self.price = price
        self._more_prompt = 0
        self._more_completion = 0

    def most(self, request: Request) -> tuple[int, int]:
        """Prompt and completion tokens that a request cannot exceed."""
        prompt, completion = self._most(request)
        return prompt + self._more_prompt, completion + self._more_completion

    def used(self, response: Response, most: tuple[int, int]) -> tuple[int, int]:
        """Prompt and completion tokens of a reply; the most where its endpoint tells none."""
        most_prompt, most_completion = most
        prompt, completion = response.prompt_tokens, response.completion_tokens
        if prompt is not None:
            self._more_prompt += max(0, prompt - most_prompt)
        if completion is not None:
            self._more_completion += max(0, completion - most_completion)
        return (
            most_prompt if prompt is None else prompt,
            most_completion if completion is None else completion,
        )

    def spend(self, prompt: int, completion: int) -> Spend:
        """What one call with so many tokens costs."""
        usd = self.price.cost(prompt, completion) if self.price is not None else 0.0
        return Spend(1, min(prompt + completion, MOST_TOKENS), picodollars(min(usd, MOST_USD)))

    def _most(self, request: Request) -> tuple[int, int]:
        most = self.counter.most
        if request.api == "embedding":
            return most(request.prompt), 0
        if request.api == "likelihood":
            # One form has the answer generated, token by token.
            return most(request.prompt + request.answer), most(request.answer)
        prompt = most(request.prompt) + (most(request.suffix) if request.suffix else 0)
        prompt += sum(most(said) + most(reply) for said, reply in request.history)
        if request.api == "chat":
            prompt += CHAT_PREAMBLE
        return prompt, request.max_tokens


def tariff_of(settings: ModelSettings) -> Tariff:
    """The tariff of a model as it is configured.

    Raises:
        InputError: its tokenizer cannot be had.
    """
    return Tariff(token_counter(settings.tokenizer), price_of(settings))


def price_of(settings: ModelSettings) -> HasCost | None:
    """A model's price: the one configured, nothing on this machine, else the list's, if any."""
    if settings.price is not None:
        return settings.price
    if settings.kind != "openai":
        return FREE
    return list_price(settings.name, endpoint_of(settings))
