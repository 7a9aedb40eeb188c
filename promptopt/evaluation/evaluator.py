"""Evaluator: scores candidates on examples through the task model.

All candidates of a comparison are scored on the same examples, so that their differences are
paired. What is known is never asked again.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.in_order import in_order
from promptopt.evaluation.journal import Journal
from promptopt.evaluation.judge import Judge
from promptopt.evaluation.objectives import Objectives, questions_of
from promptopt.evaluation.predictions import Answer, Predictions, ScoreFunction
from promptopt.evaluation.score import Score, score_of
from promptopt.llm.client import ModelClient
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.sampling import Sampling
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

BLOCK = 10
"""Examples on which all candidates are scored before any is scored on the next."""

SPLITS = ("train", "dev", "dev-worked", "test", "test-other")

LEAST_LIKELY = -10.0
"""A mean log-probability per token from which on a selection policy makes no difference."""


class Evaluator:
    """The score table of a run, and what fills it.

    Args:
        task: gives the template, the demonstrations and the splits.
        client: the task model.
        sampling: how it is asked.
        demonstrations: shown in every prompt, the same for all candidates.
        journal: is told every prediction and score.
        window: cells that may be prepared ahead.
        score: what dev is scored by. The other splits are scored by metrics always.
        objectives: of dev, names of metrics and "length" to their weights; the task's metric
            alone where there are none. The other splits are scored by the task's metric.
        judge: of judged metrics.

    Raises:
        InputError: an objective that is unknown, or that these examples cannot be scored by.
        ValueError: several objectives with a log-probability, or a judged metric without a judge.
    """

    def __init__(
        self,
        task: Task,
        client: ModelClient,
        sampling: Sampling,
        demonstrations: Sequence[Example],
        journal: Journal,
        window: int,
        *,
        score: ScoreFunction = "execution_accuracy",
        objectives: Mapping[str, float] | None = None,
        judge: Judge | None = None,
    ) -> None:
        if objectives and score == "log_probability":
            raise ValueError("a log-probability is the only objective where it is one")
        self._task = task
        self._client = client
        self._journal = journal
        self._window = window
        self._likelihood = ("dev",) if score == "log_probability" else ()
        self._weights = {split: {task.metric: 1.0} for split in SPLITS}
        if objectives:
            self._weights["dev"] = dict(objectives)
        self._objectives: dict[str, Objectives] = {}
        self._predictions = Predictions(
            task,
            client,
            sampling,
            demonstrations,
            {split: questions_of(task, tuple(self._weights[split])) for split in SPLITS},
            self._likelihood,
            judge,
        )
        # split -> candidate id -> example -> value, None where there is none
        self._table: dict[str, dict[int, dict[int, float | None]]] = {each: {} for each in SPLITS}
        # The same for dev, an objective each, where there are several.
        self._parts: dict[int, dict[int, tuple[float, ...]]] = {}
        # The same for train: what was said.
        self._said: dict[int, dict[int, str]] = {}
        # (split, candidate id) -> example -> what was said in the first turn
        self._worked: dict[tuple[str, int], dict[int, str]] = {}

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
            FatalError: the task model, or the judge, will not answer.
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
        answers: list[tuple[int, Answer]] = []
        current: Candidate | None = None
        stream = in_order(pairs, lambda pair: self._predict(pair[0], pair[1], split), self._window)
        async with contextlib.aclosing(stream):
            async for (candidate, row), answer in stream:
                if current is not None and candidate.id != current.id:
                    self._settle(current, answers, split, step)
                    answers = []
                current = candidate
                if answer is None:
                    unsent += 1
                else:
                    answers.append((row, answer))
        if current is not None:
            self._settle(current, answers, split, step)
        if unsent or reach < asked:
            short = f", and not for {unsent} predictions on these" if unsent else ""
            raise BudgetExhausted(f"the calls left reach for {reach} of {asked} examples{short}")

    def score_on(
        self, candidate: Candidate, rows: Sequence[int], split: str = "dev"
    ) -> Score | None:
        """The candidate's score on just those examples, as far as they were scored."""
        cells = self._cells(split, candidate.id)
        return score_of(value for row in rows if (value := cells.get(row)) is not None)

    def value(self, candidate: Candidate, row: int, split: str = "dev") -> float | None:
        """The value on one example; None where the call failed or was not made."""
        return self._cells(split, candidate.id).get(row)

    def unit_value(self, candidate: Candidate, row: int) -> float | None:
        """The value on a dev example on a scale from 0 to 1, as selection policies take it.

        A log-probability is stretched evenly from `LEAST_LIKELY`, which is 0, to 0, which is 1:
        means stay in their order, and what a policy knows of spreads holds for them.
        """
        value = self.value(candidate, row)
        if value is None or not self._likelihood:
            return value
        return 1 - max(value, LEAST_LIKELY) / LEAST_LIKELY

    def from_unit(self, mean: float) -> float:
        """The mean of values for a mean of unit values."""
        return LEAST_LIKELY * (1 - mean) if self._likelihood else mean

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

    def objectives_of(self, candidate: Candidate, rows: Sequence[int]) -> dict[str, Score]:
        """The candidate's score on those dev examples by each objective, as far as it is known.

        Each is the better the higher; of "length" it is `objectives.length_utility`. Where
        there is one alone, it is named by the metric, or "log_probability".
        """
        names = ("log_probability",) if self._likelihood else self._of("dev").names
        if len(names) == 1:
            score = self.score_on(candidate, rows)
            return {names[0]: score} if score else {}
        parts = self._parts.get(candidate.id, {})
        scores = (
            score_of(parts[row][at] for row in rows if row in parts) for at in range(len(names))
        )
        return {name: score for name, score in zip(names, scores, strict=True) if score}

    def prediction(self, candidate: Candidate, row: int) -> str | None:
        """What the task model said on a train example; None where it was not asked, or failed."""
        return self._said.get(candidate.id, {}).get(row)

    def worked_out(self, candidate: Candidate, split: str) -> dict[int, str]:
        """How the task model came to its right answers on "train" or "dev-worked".

        Returns:
            Example to what was said in the first turn, where the answer has the full score.
        """
        cells = self._cells(split, candidate.id)
        said = self._worked.get((split, candidate.id), {})
        return {row: text for row, text in said.items() if cells[row] == 1.0 and text}

    def expect(self, answers: Mapping[int, str]) -> None:
        """Score dev by the likelihood of these texts, in place of the first references."""
        self._predictions.expect(answers)

    def calls_per_example(self, split: str = "dev") -> int:
        """Calls that scoring one candidate on one example takes at the most."""
        return self._predictions.calls(split)

    def missing(self, candidates: Sequence[Candidate], rows: Sequence[int], split: str) -> int:
        """How many calls `score` would need at the most."""
        cells = sum(
            row not in self._cells(split, candidate.id) for candidate in candidates for row in rows
        )
        return cells * self._predictions.calls(split)

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

    async def _predict(self, candidate: Candidate, row: int, split: str) -> Answer | None:
        """The answer for one cell, or None where the budget did not allow to ask for it.

        Others that were asked before are on their way then, and count.
        """
        try:
            return await self._predictions.ask(candidate.text, row, split)
        except BudgetExhausted:
            return None

    def _settle(
        self,
        candidate: Candidate,
        answers: Sequence[tuple[int, Answer]],
        split: str,
        step: int,
    ) -> None:
        """Score the predictions of one candidate in one go, and tell the journal."""
        if not answers:
            return
        if split in self._likelihood:
            scored = {row: _log_probability(answer) for row, answer in answers}
        else:
            scored = self._by_objectives(candidate, answers, split)
        cells = self._table[split].setdefault(candidate.id, {})
        cells.update(scored)
        self._journal.predicted(
            candidate.id, split, [(row, answer.reply.id, scored[row]) for row, answer in answers]
        )
        known = [value for value in cells.values() if value is not None]
        self._journal.candidate_scored(
            candidate.id, split, step, score_of(known), len(cells) - len(known)
        )

    def _by_objectives(
        self, candidate: Candidate, answers: Sequence[tuple[int, Answer]], split: str
    ) -> dict[int, float | None]:
        """The value of each answer; None where its call failed, or a judge's grade of it did."""
        objectives = self._of(split)
        answered = [
            (row, answer.reply.response.text.strip(), answer.grades)
            for row, answer in answers
            if answer.reply.response is not None
        ]
        rows = [row for row, _, _ in answered]
        predictions = [text for _, text, _ in answered]
        if split in ("train", "dev-worked"):
            firsts = ((row, (answer.first or answer.reply).response) for row, answer in answers)
            worked = {row: said.text.strip() for row, said in firsts if said is not None}
            self._worked.setdefault((split, candidate.id), {}).update(worked)
        if split == "train":
            self._said.setdefault(candidate.id, {}).update(zip(rows, predictions, strict=True))
        parts = objectives.parts(
            candidate.text, rows, predictions, [grades for _, _, grades in answered]
        )
        scored: dict[int, float | None] = {row: None for row, _ in answers}
        for row, values in zip(rows, parts, strict=True):
            if values is not None:
                scored[row] = objectives.value(values)
                if len(values) > 1:
                    self._parts.setdefault(candidate.id, {})[row] = values
        return scored

    def _of(self, split: str) -> Objectives:
        """The objectives of a split, prepared when they are first needed."""
        if split not in self._objectives:
            self._objectives[split] = Objectives(self._task, split, self._weights[split])
        return self._objectives[split]

    def _cells(self, split: str, candidate: int) -> dict[int, float | None]:
        return self._table[split].get(candidate, {})


def _log_probability(answer: Answer) -> float | None:
    """The mean over the tokens of the answer, as APE's code has it."""
    response = answer.reply.response
    if response is None or not response.numbers:
        return None
    return math.fsum(response.numbers) / len(response.numbers)
