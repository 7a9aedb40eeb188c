"""Search: what a method works with.

A method proposes, evaluates and chooses through it, and says nothing of storage, retries,
budget or display.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from promptopt import _core
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.in_order import in_order
from promptopt.evaluation.journal import Journal
from promptopt.llm.client import ModelClient, Reply
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling
from promptopt.methods.proposals import clean, fingerprint
from promptopt.tasks.task import Task

LONG_INPUT = 5
"""Words from which on a training input within a proposal counts as copied."""


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
        self._train = {fingerprint(example.input) for example in task.train}
        self._long_train = [each for each in self._train if len(each.split()) >= LONG_INPUT]
        self._add(Candidate(0, task.seed_prompt, "seed", 0))

    @property
    def seed_prompt(self) -> Candidate:
        return self.candidates[0]

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap."""
        return self._optimizer.affordable

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
        prompts: Sequence[tuple[str, tuple[Candidate, ...]]],
        *,
        operation: str,
        step: int,
        max_words: int,
    ) -> list[Candidate]:
        """Ask the optimizer model once for each (meta-prompt, parents); returns the new candidates.

        Replies are cleaned; empty, overlong and known ones are turned away. Where the budget
        does not reach, only the first are asked.

        Raises:
            BudgetExhausted: it reaches for none.
        """
        affordable = self.affordable
        if affordable is not None:
            prompts = prompts[:affordable]
        if not prompts:
            raise BudgetExhausted("no calls are left for proposals")
        first = self._asked
        self._asked += len(prompts)
        questions = [(first + index, *each) for index, each in enumerate(prompts)]
        stream = in_order(
            questions, lambda question: self._ask(question[0], question[1]), self._window
        )
        made: list[Candidate] = []
        try:
            async for (_, _, parents), reply in stream:
                if reply is None or reply.response is None:
                    continue
                candidate = self._admit(reply.response.text, operation, step, parents, max_words)
                if candidate is not None:
                    made.append(candidate)
        finally:
            await stream.aclose()
        return made

    async def evaluate(
        self, candidates: Sequence[Candidate], rows: Sequence[int], *, step: int
    ) -> None:
        """Score candidates on dev examples, as far as they are not known yet."""
        await self.evaluator.score(candidates, rows, split="dev", step=step)

    async def _ask(self, number: int, prompt: str) -> Reply | None:
        """The optimizer model's reply, or None where retries have used up the budget."""
        seeded = self._optimizer.model.seeded
        request = Request(
            model=self._optimizer.model.identity,
            api=self._sampling.api,
            prompt=prompt,
            temperature=self._sampling.temperature,
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
        self,
        reply: str,
        operation: str,
        step: int,
        parents: tuple[Candidate, ...],
        max_words: int,
    ) -> Candidate | None:
        text = clean(reply)
        known = self._known.get(fingerprint(text))
        words = len(text.split())
        reason = None
        if not fingerprint(text):
            reason = "empty"
        elif known is not None:
            reason = f"same as c{known:03d}"
        elif self._copies(text):
            reason = "copies a training example"
        elif words > max_words:
            reason = f"{words} words, at most {max_words}"
        ids = tuple(parent.id for parent in parents)
        if reason:
            self.journal.proposal_rejected(text or reply, operation, step, reason, ids)
            return None
        distance = _core.levenshtein(parents[0].text, text) if parents else None
        return self._add(Candidate(len(self.candidates), text, operation, step, ids, distance))

    def _copies(self, text: str) -> bool:
        """Whether the text is, or holds, an input that the proposer was shown.

        Such a prompt carries examples into the test, or is no instruction at all. An input of
        a few words may stand in an instruction by chance: it counts only as the whole of it.
        """
        mark = fingerprint(text)
        return mark in self._train or any(each in mark for each in self._long_train)

    def _add(self, candidate: Candidate) -> Candidate:
        self.candidates.append(candidate)
        self._known[fingerprint(candidate.text)] = candidate.id
        self.journal.candidate_added(candidate)
        return candidate


def named_rng(seed: int, name: str) -> random.Random:
    """A generator that depends on the seed and the name alone."""
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(digest, "big"))
