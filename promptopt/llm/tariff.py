"""Tariff: what a call of one model costs, at the most before it is sent and in truth after."""

from __future__ import annotations

from typing import Protocol

import msgspec

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


class Untold(msgspec.Struct, frozen=True):
    """Answered calls of which their endpoint did not tell how many tokens they took.

    Attributes:
        calls: how many.
        prompt_tokens, completion_tokens: what was not told, estimated.
        excess: picodollars by which these calls, counted at their worst, are above the estimate.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    excess: int = 0

    def __add__(self, other: Untold) -> Untold:
        return Untold(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.excess + other.excess,
        )


class Tariff:
    """Counts the calls of one model.

    An endpoint may count more tokens than a call was thought to take at the most, for a system
    prompt of its own or for hidden reasoning. By the most that it did so, the worst of later calls
    is raised.

    Args:
        counter: of tokens.
        price: None where it is not known; calls cost no money then, which must not be taken for
            knowledge.

    Attributes:
        learned: whether a reply has told how the endpoint counts.
        untold: the calls of which it told nothing.
    """

    def __init__(self, counter: TokenCounter, price: HasCost | None = FREE) -> None:
        self.counter = counter
        self.price = price
        self._more_prompt = 0
        self._more_completion = 0
        self.learned = False
        self.untold = Untold()

    @property
    def exceeded(self) -> bool:
        """Whether a call took more tokens than it was thought to take at the most."""
        return self._more_prompt > 0 or self._more_completion > 0

    def most(self, request: Request) -> tuple[int, int]:
        """Prompt and completion tokens that a request cannot exceed."""
        prompt, completion = self._most(request)
        return prompt + self._more_prompt, completion + self._more_completion

    def used(self, request: Request, response: Response, most: tuple[int, int]) -> tuple[int, int]:
        """Prompt and completion tokens of a reply; the most where its endpoint tells none.

        Args:
            most: what the request was counted with before it was sent.
        """
        most_prompt, most_completion = most
        told_prompt, told_completion = _told(request, response)
        prompt = most_prompt if told_prompt is None else told_prompt
        completion = most_completion if told_completion is None else told_completion
        self.learned = True
        if prompt > most_prompt or completion > most_completion:
            # Of calls that were out together, each tells of the same excess.
            least_prompt, least_completion = self._most(request)
            self._more_prompt = max(self._more_prompt, prompt - least_prompt)
            self._more_completion = max(self._more_completion, completion - least_completion)
        if told_prompt is None or told_completion is None:
            self.untold += self._estimated(request, response, prompt, completion)
        return prompt, completion

    def spend(self, prompt: int, completion: int) -> Spend:
        """What one call with so many tokens costs."""
        usd = self.price.cost(prompt, completion) if self.price is not None else 0.0
        return Spend(1, min(prompt + completion, MOST_TOKENS), picodollars(min(usd, MOST_USD)))

    def _estimated(
        self, request: Request, response: Response, prompt: int, completion: int
    ) -> Untold:
        """What a reply is likely to have taken that was counted with so many tokens.

        The limits hold the most; a person is told what is likely.
        """
        count, likely_prompt, likely_completion = self.counter.count, prompt, completion
        told_prompt, told_completion = _told(request, response)
        if told_prompt is None:
            said = [request.prompt, request.suffix, request.answer]
            said += [turn for turns in request.history for turn in turns]
            likely_prompt = min(prompt, sum(count(text) for text in said if text))
        if told_completion is None:
            likely_completion = min(completion, count(response.text))
        counted, likely = (
            self.spend(prompt, completion),
            self.spend(likely_prompt, likely_completion),
        )
        return Untold(
            1,
            likely_prompt if told_prompt is None else 0,
            likely_completion if told_completion is None else 0,
            counted.picodollars - likely.picodollars,
        )

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


def _told(request: Request, response: Response) -> tuple[int | None, int | None]:
    """Prompt and completion tokens that an endpoint told; None for what it did not.

    A text of no tokens there is not: some servers fill in a 0 for what they do not count.
    """
    prompt, completion = response.prompt_tokens, response.completion_tokens
    return (
        None if prompt == 0 and request.prompt else prompt,
        None if completion == 0 and response.text else completion,
    )


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
