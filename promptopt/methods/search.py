"""Search: what a method works with.

A method proposes, evaluates and chooses through it, and says nothing of storage, retries,
budget or display.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import AsyncGenerator, Callable, Sequence

import msgspec

from promptopt import _core
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.in_order import in_order
from promptopt.evaluation.journal import Journal
from promptopt.llm.client import ModelClient, Reply
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling
from promptopt.methods.guards import Guards
from promptopt.methods.plan import Sizes, sizes_of
from promptopt.methods.proposals import clean, fingerprint
from promptopt.tasks.task import Task


class Query(msgspec.Struct, frozen=True):
    """A question to the optimizer model whose reply is to become a candidate.

    Attributes:
        prompt: the meta-prompt.
        parents: what the candidate is made from, the one that it is measured against first.
        suffix: the text behind the gap that is to be filled, for a model that completes text.
    """

    prompt: str
    parents: tuple[Candidate, ...] = ()
    suffix: str = ""


class Search:
    """One search on one task.

    Attributes:
        task: with its train split, which a method may show to a proposer. Its test split is
            not for methods.
        evaluator: scores candidates.
        journal: is told what happens.
        candidates: all that were made, in the order of their ids; the first is the seed prompt.
    """

    def __init__(
        self,
        task: Task,
        evaluator: Evaluator,
        optimizer: ModelClient,
        sampling: Sampling,
        journal: Journal,
        seed: int,
        window: int,
    ) -> None:
        self.task = task
        self.evaluator = evaluator
        self.journal = journal
        self.candidates: list[Candidate] = []
        self._optimizer = optimizer
        self._sampling = sampling
        self._seed = seed
        self._window = window
        self._asked = 0
        self._known: dict[str, int] = {}
        self._guards = Guards(task)
        self._add(Candidate(0, task.seed_prompt, "seed", 0))

    @property
    def seed_prompt(self) -> Candidate:
        return self.candidates[0]

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap."""
        return self._optimizer.affordable

    @property
    def sizes(self) -> Sizes:
        """What a plan of the search depends on."""
        return sizes_of(self.task)

    def rng(self, name: str) -> random.Random:
        """A generator of its own for each name, derived from the run's seed."""
        return named_rng(self._seed, name)

    def dev_order(self) -> list[int]:
        """The dev examples in a drawn order, the same for every candidate."""
        rows = list(range(len(self.task.dev)))
        self.rng("dev order").shuffle(rows)
        return rows

    async def propose(
        self,
        queries: Sequence[Query],
        *,
        operation: str,
        step: int,
        max_words: int,
        read: Callable[[str], str] = clean,
    ) -> list[Candidate]:
        """Ask the optimizer model each query once; returns the new candidates.

        Where the budget does not reach, only the first are asked.

        Args:
            queries: what to ask.
            operation, step: how and when the candidates are made.
            max_words: the longest candidate.
            read: turns a reply into an instruction; what comes out empty, overlong, known or
                copied is turned away.

        Raises:
            BudgetExhausted: it reaches for none.
        """
        made: list[Candidate] = []
        stream = self._replies(queries)
        async with contextlib.aclosing(stream):
            async for index, reply in stream:
                if reply is not None:
                    query = queries[index]
                    candidate = self._admit(read(reply), reply, operation, step, query, max_words)
                    if candidate is not None:
                        made.append(candidate)
        return made

    async def write(
        self, prompts: Sequence[str], *, temperature: float | None = None
    ) -> list[str | None]:
        """The optimizer model's texts that are no candidates, like a reflection or a summary.

        Args:
            prompts: what to ask.
            temperature: in place of the optimizer model's own.

        Returns:
            A text for each prompt, None where the call failed or was not affordable.

        Raises:
            BudgetExhausted: the budget reaches for none.
        """
        texts: list[str | None] = [None] * len(prompts)
        stream = self._replies([Query(prompt) for prompt in prompts], temperature)
        async with contextlib.aclosing(stream):
            async for index, reply in stream:
                texts[index] = reply
        return texts

    async def takes_suffix(self, query: Query) -> bool:
        """Whether the optimizer model fills gaps: it is asked to once, if it completes text.

        Raises:
            BudgetExhausted: not even one call is left.
        """
        if self._sampling.api != "completion":
            return False
        stream = self._replies([query])
        async with contextlib.aclosing(stream):
            return [reply async for _, reply in stream] != [None]

    async def _replies(
        self, queries: Sequence[Query], temperature: float | None = None
    ) -> AsyncGenerator[tuple[int, str | None]]:
        """(index, reply) of each query that is affordable, in order; None for a failed one."""
        affordable = self.affordable
        if affordable is not None:
            queries = queries[:affordable]
        if not queries:
            raise BudgetExhausted("no calls are left for proposals")
        first = self._asked
        self._asked += len(queries)
        stream = in_order(
            range(len(queries)),
            lambda index: self._ask(first + index, queries[index], temperature),
            self._window,
        )
        async with contextlib.aclosing(stream):
            async for index, reply in stream:
                response = reply.response if reply is not None else None
                yield index, response.text if response is not None else None

    async def evaluate(
        self, candidates: Sequence[Candidate], rows: Sequence[int], *, step: int
    ) -> None:
        """Score candidates on dev examples, as far as they are not known yet."""
        await self.evaluator.score(candidates, rows, split="dev", step=step)

    async def _ask(self, number: int, query: Query, temperature: float | None) -> Reply | None:
        """The optimizer model's reply, or None where retries have used up the budget."""
        seeded = self._optimizer.model.seeded
        request = Request(
            model=self._optimizer.model.identity,
            api=self._sampling.api,
            prompt=query.prompt,
            suffix=query.suffix,
            temperature=self._sampling.temperature if temperature is None else temperature,
            top_p=self._sampling.top_p,
            max_tokens=self._sampling.max_tokens,
            stop=self._sampling.stop,
            seed=self.rng(f"proposal {number}").getrandbits(31) if seeded else None,
        )
        try:
            return await self._optimizer.ask(request, sample=number)
        except BudgetExhausted:
            return None

    def _admit(
        self, text: str, reply: str, operation: str, step: int, query: Query, max_words: int
    ) -> Candidate | None:
        known = self._known.get(fingerprint(text))
        reason = self._guards.refuse(text, max_words)
        if known is not None:
            reason = f"same as c{known:03d}"
        parents = query.parents
        ids = tuple(parent.id for parent in parents)
        if reason:
            self.journal.proposal_rejected(text or reply, operation, step, reason, ids)
            return None
        distance = _core.levenshtein(parents[0].text, text) if parents else None
        return self._add(Candidate(len(self.candidates), text, operation, step, ids, distance))

    def _add(self, candidate: Candidate) -> Candidate:
        self.candidates.append(candidate)
        self._known[fingerprint(candidate.text)] = candidate.id
        self.journal.candidate_added(candidate)
        return candidate


def named_rng(seed: int, name: str) -> random.Random:
    """A generator that depends on the seed and the name alone."""
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(digest, "big"))
