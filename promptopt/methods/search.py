"""Search: what a method works with.

A method proposes, evaluates and chooses through it, and says nothing of storage, retries,
budget or display.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.journal import Journal
from promptopt.llm.client import ModelClient
from promptopt.llm.embedder import Embedder, LexicalEmbedder
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.sampling import Sampling
from promptopt.methods.drafts import Draft, Read, complaint, first_try, second_try
from promptopt.methods.edit_budget import EditBudget, distance
from promptopt.methods.guards import Guards
from promptopt.methods.optimizer import Optimizer
from promptopt.methods.optimizer import Query as Query  # part of what a method works with
from promptopt.methods.orders import NoOrders, Offer, Orders, Replan, Veto
from promptopt.methods.plan import Sizes
from promptopt.methods.proposals import clean, fingerprint
from promptopt.methods.rejections import kind_of
from promptopt.tasks.task import Task

PERSON = "person"
"""The operation of the candidates that a person wrote."""


class Search:
    """One search on one task.

    Attributes:
        task: with its train split, which a method may show to a proposer. Its test split is
            not for methods.
        evaluator: scores candidates.
        journal: is told what happens.
        embedder: gives vectors for similarity; of words alone where none is named.
        candidates: all that were made, in the order of their ids; the first is the seed prompt.
        rejections: how many proposals were turned away so far, by the kind of the reason.
        replans: how often what it may cost was changed while it went on.
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
        embedder: Embedder | None = None,
        *,
        orders: Orders | None = None,
    ) -> None:
        self.task = task
        self.evaluator = evaluator
        self.journal = journal
        self.embedder = embedder or LexicalEmbedder()
        self.candidates: list[Candidate] = []
        self.rejections: Counter[str] = Counter()
        self.replans = 0
        self._seed = seed
        self._optimizer = Optimizer(optimizer, sampling, self.rng, window)
        self._known: dict[str, Candidate] = {}
        self._guards = Guards(task)
        self._orders = orders or NoOrders()
        self._vetoed: set[str] = set()
        self._add(Candidate(0, task.seed_prompt, "seed", 0))

    @property
    def seed_prompt(self) -> Candidate:
        return self.candidates[0]

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap."""
        return self._optimizer.affordable

    @property
    def spare(self) -> int | None:
        """Calls that it may use beyond its plan; None where there is no cap."""
        return self._optimizer.spare

    @property
    def limit(self) -> str:
        """The cap that the search meets first, by its name in the configuration."""
        return self._optimizer.limit

    @property
    def window(self) -> int:
        """Proposals that may be prepared ahead."""
        return self._optimizer.window

    @window.setter
    def window(self, window: int) -> None:
        self._optimizer.window = window

    @property
    def sizes(self) -> Sizes:
        """What a plan of the search depends on."""
        train, dev = len(self.task.train), len(self.task.dev)
        return Sizes(
            train,
            dev,
            self.evaluator.calls_per_example("dev"),
            self.evaluator.calls_per_example("train"),
            0 if isinstance(self.embedder, LexicalEmbedder) else 1,
        )

    @property
    def completes(self) -> bool:
        """Whether the optimizer model goes on from plain text, and is not a chat model."""
        return self._optimizer.completes

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
        read: Read = clean,
        edit_budget: EditBudget | None = None,
        reuse: bool = False,
    ) -> list[Candidate]:
        """Ask the optimizer model each query once; returns the new candidates.

        Where the budget of calls does not reach, only the first are asked.

        Args:
            queries: what to ask.
            operation, step: how and when the candidates are made.
            max_words: the longest candidate.
            read: turns a reply into an instruction; what comes out empty, overlong, known or
                copied is turned away.
            edit_budget: how far a candidate may be from its first parent. A proposal beyond it
                is sent back once, which costs one more call; a known one is not. So is a chat
                model's reply without the opening that its query names.
            reuse: whether a proposal that is a known candidate returns that one, too.

        Raises:
            BudgetExhausted: it reaches for none.
        """
        back: list[Draft] = []
        made: dict[int, Candidate] = {}

        def admit(draft: Draft) -> None:
            candidate = self._admit(draft, operation, step, max_words, edit_budget, reuse)
            if candidate is not None:
                made[candidate.id] = candidate

        stream = self._optimizer.replies(queries)
        async with contextlib.aclosing(stream):
            async for index, reply in stream:
                if reply is not None:
                    draft = first_try(
                        queries[index], reply, read, edit_budget, opened=self.completes
                    )
                    if edit_budget is None or not self._goes_back(draft, max_words, edit_budget):
                        admit(draft)
                    elif draft.text and fingerprint(draft.text) in self._known:
                        # Asking for it once more would pay for what is there.
                        admit(second_try(draft, None, read, edit_budget))
                    else:
                        back.append(draft)
        if edit_budget is not None and back:
            for draft in await self._send_back(back, read, edit_budget, max_words):
                admit(draft)
        return list(made.values())

    async def write(
        self, prompts: Sequence[str], *, temperature: float | None = None
    ) -> list[str | None]:
        """The optimizer model's texts that are no candidates, like a reflection.

        Args:
            prompts: what to ask.
            temperature: in place of the optimizer model's own.

        Returns:
            A text for each prompt, None where the call failed or was not affordable.

        Raises:
            BudgetExhausted: the budget reaches for none.
        """
        return await self._texts([Query(prompt) for prompt in prompts], temperature)

    async def takes_suffix(self, query: Query) -> bool:
        """Whether the optimizer model, one that completes text, fills gaps: it is asked once.

        Raises:
            BudgetExhausted: not even one call is left.
        """
        return await self._texts([query]) != [None]

    async def evaluate(
        self, candidates: Sequence[Candidate], rows: Sequence[int], *, step: int
    ) -> None:
        """Score candidates on dev examples, as far as they are not known yet."""
        await self.evaluator.score(candidates, rows, split="dev", step=step)

    # What a person asks for

    @property
    def called(self) -> bool:
        """Whether a person wants something taken in; to be asked right before a stage starts."""
        return self._orders.waiting

    def take_in(self, pool: Sequence[Candidate], *, step: int) -> list[Candidate]:
        """Take in what a person asks for; called right before a stage starts.

        Returns:
            The pool without those that were ever vetoed, and behind it the person's candidates.
        """
        offered: list[Candidate] = []
        for order in self._orders.take():
            if isinstance(order, Replan):
                self.replans += 1
            elif isinstance(order, Veto):
                self._vetoed.add(fingerprint(order.text))
            else:
                offered.append(self._take_offer(order, step))
        return self.standing(dict.fromkeys([*pool, *offered]))

    def standing(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Those that were not vetoed, in their order."""
        if not self._vetoed:
            return list(candidates)
        return [each for each in candidates if fingerprint(each.text) not in self._vetoed]

    def _take_offer(self, offer: Offer, step: int) -> Candidate:
        """The candidate that a person wrote; the known one if it is the same."""
        known = self._known.get(fingerprint(offer.text))
        parent = self._known.get(fingerprint(offer.parent)) if offer.parent else None
        parents = (parent.id,) if parent is not None else ()
        if known is not None:
            reason = f"same as {_name(known)}"
            self.journal.proposal_rejected(offer.text, PERSON, step, reason, parents)
            return known
        far = distance(parent.text, offer.text) if parent is not None else None
        return self._add(Candidate(len(self.candidates), offer.text, PERSON, step, parents, far))

    async def _texts(
        self, queries: Sequence[Query], temperature: float | None = None
    ) -> list[str | None]:
        texts: list[str | None] = [None] * len(queries)
        stream = self._optimizer.replies(queries, temperature)
        async with contextlib.aclosing(stream):
            async for index, reply in stream:
                texts[index] = reply
        return texts

    def _goes_back(self, draft: Draft, max_words: int, budget: EditBudget) -> bool:
        """Whether it is held back, and its distance or its form is all that is wrong with it."""
        if not budget.enforced:
            return False
        if draft.refusal:
            return True
        if draft.edit_outcome != "over":
            return False
        return self._guards.refuse(draft.text, max_words, draft.query.begins) is None

    async def _send_back(
        self, drafts: Sequence[Draft], read: Read, budget: EditBudget, max_words: int
    ) -> list[Draft]:
        """Send drafts back with what is wrong with them; returns what became of them."""
        answers = [
            self._optimizer.answered(each.query, each.reply, complaint(each, budget))
            for each in drafts
        ]
        replies: list[str | None] = [None] * len(drafts)
        with contextlib.suppress(BudgetExhausted):
            replies = await self._texts(answers)
        refusals = (
            partial(self._guards.refuse, max_words=max_words, begins=each.query.begins)
            for each in drafts
        )
        tries = zip(drafts, replies, refusals, strict=True)
        return [second_try(draft, reply, read, budget, refuse) for draft, reply, refuse in tries]

    def _admit(
        self,
        draft: Draft,
        operation: str,
        step: int,
        max_words: int,
        budget: EditBudget | None,
        reuse: bool,
    ) -> Candidate | None:
        text, parents = draft.text, draft.parents
        ids = tuple(parent.id for parent in parents)
        known = self._known.get(fingerprint(text)) if not draft.refusal else None
        reason = draft.refusal or self._guards.refuse(text, max_words, draft.query.begins)
        if known is not None:
            reason = f"same as {_name(known)}"
        if text and not self.standing([Candidate(0, text, operation, step)]):
            reason, known = "vetoed by a person", None
        if reason:
            self.rejections[kind_of(reason)] += 1
            self.journal.proposal_rejected(text or draft.reply, operation, step, reason, ids)
            return known if reuse else None
        return self._add(
            Candidate(
                len(self.candidates),
                text,
                operation,
                step,
                ids,
                draft.distance,
                budget.words if budget is not None else None,
                draft.edit_outcome,
            )
        )

    def _add(self, candidate: Candidate) -> Candidate:
        self.candidates.append(candidate)
        self._known[fingerprint(candidate.text)] = candidate
        self.journal.candidate_added(candidate)
        return candidate


def named_rng(seed: int, name: str) -> random.Random:
    """A generator that depends on the seed and the name alone."""
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(digest, "big"))


def _name(candidate: Candidate) -> str:
    return f"c{candidate.id:03d}"
