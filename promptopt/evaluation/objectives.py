"""Objectives: what a prediction is worth, by one metric or by several at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from promptopt.errors import InputError
from promptopt.metrics import Scorer, scorer
from promptopt.metrics.judged import Question, is_judged, parts_of, question_of
from promptopt.tasks.task import Task

LENGTH = "length"
"""The objective of a short instruction: the fewer words the better, and no call."""

LONGEST = 100
"""Words from which on an instruction is worth nothing by its length."""


def length_utility(instruction: str) -> float:
    """1 for no words, falling evenly to 0 at `LONGEST`."""
    return max(0.0, 1 - len(instruction.split()) / LONGEST)


class Objectives:
    """Metrics with weights, over the examples of one split.

    Args:
        task: gives the examples.
        split: as `Task.split` has them.
        weights: names of metrics, and "length", to weights, at least 0 and not all 0.

    Attributes:
        names: of the objectives, in the order of the weights.
        questions: what a judge has to be asked about each prediction.

    Raises:
        InputError: an unknown metric, one that the examples cannot be scored by, or weights
            that say nothing.
    """

    def __init__(self, task: Task, split: str, weights: Mapping[str, float]) -> None:
        total = math.fsum(weights.values())
        if total <= 0 or min(weights.values()) < 0:
            raise InputError("the weights of the objectives must be at least 0, and not all 0")
        if set(weights) == {LENGTH}:
            raise InputError(
                f'"{LENGTH}" alone is no objective: the empty prompt would win; add a metric'
            )
        self.names = tuple(weights)
        self._shares = [weight / total for weight in weights.values()]
        self.questions = questions_of(task, self.names)
        self._at = {question.name: at for at, question in enumerate(self.questions)}
        examples = task.split(split)
        self._scorers: dict[str, Scorer] = {
            name: scorer(name, examples)
            for name in self.names
            if name != LENGTH and not is_judged(name)
        }

    def parts(
        self,
        instruction: str,
        rows: Sequence[int],
        predictions: Sequence[str],
        grades: Sequence[Sequence[float | None]],
    ) -> list[tuple[float, ...] | None]:
        """The utilities of each prediction, one an objective, in [0, 1].

        Args:
            instruction: of the candidate that made the predictions.
            rows: for each prediction the example.
            predictions: what the task model said.
            grades: for each prediction the judge's grades, one a question.

        Returns:
            As many, None where a grade that is needed is missing.
        """
        columns = [
            self._column(name, instruction, rows, predictions, grades) for name in self.names
        ]
        whole: list[tuple[float, ...] | None] = []
        for values in zip(*columns, strict=True):
            known = tuple(value for value in values if value is not None)
            whole.append(known if len(known) == len(values) else None)
        return whole

    def value(self, parts: Sequence[float]) -> float:
        """The mean of the utilities by weight, in [0, 1]."""
        if len(parts) == 1:
            return parts[0]
        return math.fsum(share * part for share, part in zip(self._shares, parts, strict=True))

    def _column(
        self,
        name: str,
        instruction: str,
        rows: Sequence[int],
        predictions: Sequence[str],
        grades: Sequence[Sequence[float | None]],
    ) -> Sequence[float | None]:
        if name == LENGTH:
            return [length_utility(instruction)] * len(rows)
        if name in self._scorers:
            return self._scorers[name].score(predictions, rows)
        at = [self._at[part] for part in parts_of(name)]
        return [_product([given[each] for each in at]) for given in grades]


def questions_of(task: Task, metrics: Sequence[str]) -> tuple[Question, ...]:
    """What a judge has to be asked about each prediction for these metrics, each once."""
    parts = dict.fromkeys(part for name in metrics if is_judged(name) for part in parts_of(name))
    return tuple(question_of(part, task.questions) for part in parts)


def _product(grades: Sequence[float | None]) -> float | None:
    known = [grade for grade in grades if grade is not None]
    return math.prod(known) if len(known) == len(grades) else None
