"""Optimizer: asks the optimizer model, many queries at once, and gives the replies in order."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from random import Random

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.in_order import in_order
from promptopt.llm.client import ModelClient, Reply
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling


class Query(msgspec.Struct, frozen=True):
    """A question to the optimizer model whose reply is to become a candidate.

    Attributes:
        prompt: the meta-prompt.
        parents: what the candidate is made from, the one that it is measured against first.
        suffix: the text behind the gap that is to be filled, for a model that completes text.
        opening: how the reply begins; a model that completes text goes on from there.
        closing: how it ends; a model that completes text stops there, and not at the line's end.
        history: of a chat, the turns before.
        begins: what the candidate has to begin with.
    """

    prompt: str
    parents: tuple[Candidate, ...] = ()
    suffix: str = ""
    opening: str = ""
    closing: str = ""
    history: tuple[tuple[str, str], ...] = ()
    begins: str = ""


class Optimizer:
    """The optimizer model of one search.

    Args:
        client: the model.
        sampling: how it is asked.
        rng: a generator of its own for each name.
        window: calls that may be prepared ahead; may be changed at any time.
    """

    def __init__(
        self, client: ModelClient, sampling: Sampling, rng: Callable[[str], Random], window: int
    ) -> None:
        self._client = client
        self._sampling = sampling
        self._rng = rng
        self.window = window
        self._asked = 0

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap."""
        return self._client.affordable

    @property
    def spare(self) -> int | None:
        """Calls that the search may use beyond its plan; None where there is no cap."""
        return self._client.spare

    @property
    def limit(self) -> str:
        """The cap that the search meets first, by its name in the configuration."""
        return self._client.limit

    @property
    def completes(self) -> bool:
        """Whether the model goes on from plain text, and is not a chat model."""
        return self._sampling.api == "completion"

    def answered(self, query: Query, reply: str, text: str) -> Query:
        """The query that answers a reply with `text`: a second turn, or text that goes on."""
        if self.completes:
            before = f"{_opened(query)}{reply}".rstrip()
            return msgspec.structs.replace(query, prompt=f"{before}\n\n{text}", suffix="")
        history = (*query.history, (query.prompt, reply))
        return msgspec.structs.replace(query, prompt=text, history=history)

    async def replies(
        self, queries: Sequence[Query], temperature: float | None = None
    ) -> AsyncGenerator[tuple[int, str | None]]:
        """(index, reply) of each query that is affordable, in order; None for a failed one.

        Args:
            queries: what to ask, each once.
            temperature: in place of the model's own.

        Raises:
            BudgetExhausted: the budget reaches for none.
        """
        affordable = self.affordable
        if affordable is not None:
            queries = queries[:affordable]
        if not queries:
            raise BudgetExhausted("no calls are left for proposals", planned=True)
        first = self._asked
        self._asked += len(queries)
        stream = in_order(
            range(len(queries)),
            lambda index: self._ask(first + index, queries[index], temperature),
            lambda: self.window,
        )
        refused = 0
        async with contextlib.aclosing(stream):
            async for index, reply in stream:
                refused += reply is None
                response = reply.response if reply is not None else None
                yield index, response.text if response is not None else None
        if refused == len(queries):
            raise BudgetExhausted("no calls were left for proposals")

    async def _ask(self, number: int, query: Query, temperature: float | None) -> Reply | None:
        """The model's reply, or None where retries have used up the budget."""
        seeded = self._client.model.seeded
        request = Request(
            model=self._client.model.identity,
            api=self._sampling.api,
            prompt=_opened(query) if self.completes else query.prompt,
            suffix=query.suffix,
            history=query.history,
            temperature=self._sampling.temperature if temperature is None else temperature,
            top_p=self._sampling.top_p,
            max_tokens=self._sampling.max_tokens,
            stop=(query.closing,) if query.closing and self.completes else self._sampling.stop,
            seed=self._rng(f"proposal {number}").getrandbits(31) if seeded else None,
        )
        try:
            return await self._client.ask(request, sample=number)
        except BudgetExhausted:
            return None


def _opened(query: Query) -> str:
    return f"{query.prompt}\n\n{query.opening}" if query.opening else query.prompt
