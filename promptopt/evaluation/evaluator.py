"""Evaluator: scores candidates on examples through the task model.

All candidates of a comparison are scored on the same examples, so that their differences are
paired. What is known is never asked again.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.cells import Cells
from promptopt.evaluation.in_order import in_order
from promptopt.evaluation.journal import Journal
from promptopt.evaluation.judge import Judge
from promptopt.evaluation.objectives import Objectives, questions_of
from promptopt.evaluation.predictions import Answer, Predictions, ScoreFunction
from promptopt.evaluation.ranking import best_first
from promptopt.evaluation.score import Score, score_of
from promptopt.llm.client import ModelClient
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.likelihood import LEAST
from promptopt.llm.sampling import Sampling
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task

BLOCK = 10
"""Examples on which all candidates are scored before any is scored on the next."""

SPLITS = ("train", "dev", "dev-worked", "test", "test-other")

TESTS = ("test", "test-other")


class SealedError(RuntimeError):
    """The test split was asked for while candidates can still be chosen."""


class Evaluator:
    """The score table of a run, and what fills it.

    The test split is sealed until `unseal`.

    Args:
        task: gives the template, the demonstrations and the splits.
        client: the task model.
        sampling: how it is asked.
        demonstrations: shown in every prompt, the same for all candidates.
        journal: is told every prediction and score.
        window: cells that may be prepared ahead; may be changed at any time.
        score: what dev is scored by. The other splits are scored by metrics always.
        objectives: of dev and test, names of metrics and "length" to their weights; the task's
            metric alone where there are none. Train is scored by the task's metric always.
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
        self.window = window
        self._likelihood = ("dev",) if score == "log_probability" else ()
        self._weights = {split: {task.metric: 1.0} for split in SPLITS}
        if objectives:
            self._weights |= {each: dict(objectives) for each in ("dev", *TESTS)}
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
        self._table: dict[str, dict[int, Cells]] = {each: {} for each in SPLITS}
        # (split, candidate id) -> the same by each objective, where there are several
        self._parts: dict[tuple[str, int], tuple[Cells, ...]] = {}
        # candidate id -> train example -> what was said
        self._said: dict[int, dict[int, str]] = {}
        # (split, candidate id) -> example -> what was said in the first turn
        self._worked: dict[tuple[str, int], dict[int, str]] = {}
        self._sealed = True

    def unseal(self) -> None:
        """Let the test split be scored: the winner is chosen."""
        self._sealed = False

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
            SealedError: of a test split, before the winner is chosen.
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
        if split in TESTS and self._sealed:
            raise SealedError("the test split is sealed until the winner is chosen")
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
        stream = in_order(
            pairs, lambda pair: self._predict(pair[0], pair[1], split), lambda: self.window
        )
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
            raise BudgetExhausted(
                f"the calls left reach for {reach} of {asked} examples{short}", planned=not unsent
            )

    def score_on(
        self, candidate: Candidate, rows: Sequence[int], split: str = "dev"
    ) -> Score | None:
        """The candidate's score on just those examples, as far as they were scored."""
        cells = self._cells(split, candidate.id)
        return score_of(value for row in rows if (value := cells.get(row)) is not None)

    def value(self, candidate: Candidate, row: int, split: str = "dev") -> float | None:
        """The value on one example; None where the call failed or was not made."""
        return self._cells(split, candidate.id).get(row)

    def unit_value(self, candidate: Candidate, row: int, least: float = LEAST) -> float | None:
        """The value on a dev example on a scale from 0 to 1, as selection policies take it.

        A log-probability is stretched evenly from `least`, which is 0, to 0, which is 1. No value
        is below `likelihood.LEAST`, so that means stay in their order; from a higher one on, what
        is less likely counts alike.

        Args:
            least: below 0.
        """
        value = self.value(candidate, row)
        if value is None or not self._likelihood:
            return value
        return 1 - max(value, least) / least

    def ranked(self, candidates: Sequence[Candidate], rows: Sequence[int]) -> list[Candidate]:
        """Best first on those dev examples, as `ranking.best_first` has it."""
        return best_first({each: [self.value(each, row) for row in rows] for each in candidates})

    def objectives_of(
        self, candidate: Candidate, rows: Sequence[int], split: str = "dev"
    ) -> dict[str, Score]:
        """The candidate's score on those examples by each objective, as far as it is known.

        Each is the better the higher; of "length" it is `objectives.length_utility`. Empty where
        there is one objective alone.
        """
        columns = self._parts.get((split, candidate.id), ())
        scores = (
            score_of(value for row in rows if (value := cells.get(row)) is not None)
            for cells in columns
        )
        names = self._of(split).names if columns else ()
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
        cells = self._table[split].setdefault(candidate.id, Cells())
        cells.update(scored)
        self._journal.predicted(
            candidate.id, split, [(row, answer.reply.id, scored[row]) for row, answer in answers]
        )
        known = cells.known()
        self._journal.candidate_scored(
            candidate.id,
            split,
            step,
            score_of(known),
            len(cells) - len(known),
            self.objectives_of(candidate, list(cells), split),
        )
        if not known and len(cells) == len(answers) > 1:
            why = Counter(answer.reply.error or "no grade can be read" for _, answer in answers)
            reason, _ = why.most_common(1)[0]
            self._journal.candidate_unanswered(candidate.id, split, len(answers), reason)

    def _by_objectives(
        self, candidate: Candidate, answers: Sequence[tuple[int, Answer]], split: str
    ) -> dict[int, float | None]:
        """The value of each answer; None where its call failed, or a judge's grade of it did."""
        objectives = self._of(split)
        said = {row: answer.said for row, answer in answers}
        answered = {row: text for row, text in said.items() if text is not None}
        if split in ("train", "dev-worked"):
            worked = {row: text for row, answer in answers if (text := answer.worked) is not None}
            self._worked.setdefault((split, candidate.id), {}).update(worked)
        if split == "train":
            self._said.setdefault(candidate.id, {}).update(answered)
        grades = [answer.grades for row, answer in answers if row in answered]
        parts = objectives.parts(candidate.text, list(answered), list(answered.values()), grades)
        scored: dict[int, float | None] = dict.fromkeys(said)
        for row, values in zip(answered, parts, strict=True):
            if values is not None:
                scored[row] = objectives.value(values)
                if len(values) > 1:
                    self._keep(candidate, row, values, split)
        return scored

    def _keep(self, candidate: Candidate, row: int, values: Sequence[float], split: str) -> None:
        columns = self._parts.setdefault((split, candidate.id), tuple(Cells() for _ in values))
        for cells, value in zip(columns, values, strict=True):
            cells[row] = value

    def _of(self, split: str) -> Objectives:
        """The objectives of a split, prepared when they are first needed."""
        if split not in self._objectives:
            self._objectives[split] = Objectives(self._task, split, self._weights[split])
        return self._objectives[split]

    def _cells(self, split: str, candidate: int) -> Mapping[int, float | None]:
        return self._table[split].get(candidate, {})


def _log_probability(answer: Answer) -> float | None:
    """The mean over the tokens of the answer, as APE's code has it."""
    response = answer.reply.response
    if response is None or not response.numbers:
        return None
    return math.fsum(response.numbers) / len(response.numbers)
