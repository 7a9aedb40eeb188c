"""Evaluator: scores candidates on examples through the task model.

All candidates of a comparison are scored on the same examples, so that their differences are
paired. What is known is never asked again.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Protocol

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.in_order import in_order
from promptopt.evaluation.journal import Journal
from promptopt.evaluation.score import Score, score_of
from promptopt.llm.client import ModelClient, Reply
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.model import Request
from promptopt.llm.sampling import Sampling
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

BLOCK = 10
"""Examples on which all candidates are scored before any is scored on the next."""


class Scorer(Protocol):
    """Metric values of predictions against prepared references."""

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]: ...


class Evaluator:
    """The score table of a run, and what fills it.

    Args:
        task: gives the template, the demonstrations and the splits.
        scorers: of "dev" and "test".
        client: the task model.
        sampling: how it is asked.
        demonstrations: shown in every prompt, the same for all candidates.
        journal: is told every prediction and score.
        window: calls that may be prepared ahead.
    """

    def __init__(
        self,
        task: Task,
        scorers: dict[str, Scorer],
        client: ModelClient,
        sampling: Sampling,
        demonstrations: Sequence[Example],
        journal: Journal,
        window: int,
    ) -> None:
        self._task = task
        self._scorers = scorers
        self._client = client
        self._sampling = sampling
        self._demonstrations = demonstrations
        self._journal = journal
        self._window = window
        # split -> candidate id -> example -> metric value, None where the call failed
        self._table: dict[str, dict[int, dict[int, float | None]]] = {"dev": {}, "test": {}}

    async def score(
        self,
        candidates: Sequence[Candidate],
        rows: Sequence[int],
        *,
        split: str = "dev",
        step: int = 0,
    ) -> None:
        """Score every candidate on every example of `rows`, as far as it is not known yet.

        Where the budget does not reach, all candidates are scored on the same first examples
        that it does reach.

        Raises:
            BudgetExhausted: not everything could be scored.
            FatalError: the task model will not answer.
        """
        await self.score_each([(each, rows) for each in candidates], split=split, step=step)

    async def score_each(
        self,
        wanted: Sequence[tuple[Candidate, Sequence[int]]],
        *,
        split: str = "dev",
        step: int = 0,
    ) -> None:
        """Score each candidate on examples of its own, as far as it is not known yet.

        Where the budget does not reach, each is scored on as many of its first examples.

        Raises:
            As `score`.
        """
        asked = max((len(rows) for _, rows in wanted), default=0)
        reach = self._reach(wanted, asked, split)
        # Within a block, candidate by candidate: their prompts begin alike, which a prefix cache
        # rewards. Block by block: where the calls run out, all have met as many examples so far.
        pairs = [
            (candidate, row)
            for start in range(0, reach, BLOCK)
            for candidate, rows in wanted
            for row in rows[start : min(start + BLOCK, reach)]
            if row not in self._cells(split, candidate.id)
        ]
        unsent = 0
        replies: list[tuple[int, Reply]] = []
        current: Candidate | None = None
        stream = in_order(pairs, lambda pair: self._predict(pair[0], pair[1], split), self._window)
        async with contextlib.aclosing(stream):
            async for (candidate, row), reply in stream:
                if current is not None and candidate.id != current.id:
                    self._settle(current, replies, split, step)
                    replies = []
                current = candidate
                if reply is None:
                    unsent += 1
                else:
                    replies.append((row, reply))
        if current is not None:
            self._settle(current, replies, split, step)
        if unsent or reach < asked:
            short = f", and not for {unsent} calls of these" if unsent else ""
            raise BudgetExhausted(f"the calls left reach for {reach} of {asked} examples{short}")

    def score_on(
        self, candidate: Candidate, rows: Sequence[int], split: str = "dev"
    ) -> Score | None:
        """The candidate's score on just those examples, as far as they were scored."""
        cells = self._cells(split, candidate.id)
        return score_of(value for row in rows if (value := cells.get(row)) is not None)

    def value(self, candidate: Candidate, row: int, split: str = "dev") -> float | None:
        """The metric on one example; None where the call failed or was not made."""
        return self._cells(split, candidate.id).get(row)

    def ranked(self, candidates: Sequence[Candidate], rows: Sequence[int]) -> list[Candidate]:
        """Best first by their mean on `rows`; ties to the older candidate.

        A candidate of whose calls more than half have failed comes behind all others: the
        few examples that are left would say more about luck than about it.
        """

        def rank(candidate: Candidate) -> tuple[bool, float, int]:
            score = self.score_on(candidate, rows)
            if score is None:
                return True, math.inf, candidate.id
            return 2 * score.n < len(rows), -score.mean, candidate.id

        return sorted(candidates, key=rank)

    def missing(self, candidates: Sequence[Candidate], rows: Sequence[int], split: str) -> int:
        """How many calls `score` would need."""
        return sum(
            row not in self._cells(split, candidate.id) for candidate in candidates for row in rows
        )

    def _reach(
        self, wanted: Sequence[tuple[Candidate, Sequence[int]]], asked: int, split: str
    ) -> int:
        """How many of its first examples the budget can pay for every candidate."""
        affordable = self._client.affordable
        if affordable is None:
            return asked
        for count in range(asked):
            affordable -= sum(
                self.missing([candidate], rows[count : count + 1], split)
                for candidate, rows in wanted
            )
            if affordable < 0:
                return count
        return asked

    async def _predict(self, candidate: Candidate, row: int, split: str) -> Reply | None:
        """The task model's reply, or None where the budget did not allow to ask for it.

        Others that were asked before are on their way then, and count.
        """
        try:
            return await self._ask(candidate, row, split)
        except BudgetExhausted:
            return None

    async def _ask(self, candidate: Candidate, row: int, split: str) -> Reply:
        example = self._task.split(split)[row]
        prompt = self._task.template.render(candidate.text, example, self._demonstrations)
        return await self._client.ask(
            Request(
                model=self._client.model.identity,
                api=self._sampling.api,
                prompt=prompt,
                temperature=self._sampling.temperature,
                top_p=self._sampling.top_p,
                max_tokens=self._sampling.max_tokens,
                stop=self._sampling.stop,
                # One draw an example, and the same one for every candidate.
                seed=row if self._client.model.seeded and self._sampling.temperature else None,
            )
        )

    def _settle(
        self,
        candidate: Candidate,
        replies: Sequence[tuple[int, Reply]],
        split: str,
        step: int,
    ) -> None:
        """Score the predictions of one candidate in one go, and tell the journal."""
        if not replies:
            return
        answered = [(row, reply) for row, reply in replies if reply.response is not None]
        values = self._scorers[split].score(
            [reply.response.text.strip() for _, reply in answered if reply.response],
            [row for row, _ in answered],
        )
        scored: dict[int, float | None] = {row: None for row, _ in replies}
        scored.update(zip((row for row, _ in answered), values, strict=True))
        cells = self._table[split].setdefault(candidate.id, {})
        cells.update(scored)
        self._journal.predicted(
            candidate.id, split, [(row, reply.id, scored[row]) for row, reply in replies]
        )
        known = [value for value in cells.values() if value is not None]
        self._journal.candidate_scored(
            candidate.id, split, step, score_of(known), len(cells) - len(known)
        )

    def _cells(self, split: str, candidate: int) -> dict[int, float | None]:
        return self._table[split].get(candidate, {})
