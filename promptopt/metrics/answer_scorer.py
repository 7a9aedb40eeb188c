"""Metrics of an answer that is first read out of the prediction: a number, or yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from promptopt.metrics.registry import truth_value
from promptopt.tasks.example import Example

NONE_GIVEN = "none"
"""Stands for a prediction without an answer; no number and no truth value."""


class AnswerScorer:
    """1 where the answer that a prediction gives is an accepted one, else 0.

    Which answer a prediction gives is what `_core.extract_answers` says: the one it announces,
    else the last number, or the first word or last truth value. Numbers are compared by their
    value, to the last digit: -24 is not 24, and 1.5 is not 15 (Tang et al. 2024 round to whole
    numbers). Truth values are compared by what they say, so that "Yes" answers the question
    whether an argument is valid.
    """

    def __init__(self, kind: Literal["number", "boolean"], examples: Sequence[Example]) -> None:
        from promptopt import _core

        self._kind: Literal["number", "boolean"] = kind
        accepted = [self._answers(each.references) for each in examples]
        self._references = _core.References(accepted, "none")

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]:
        """As `Scorer.score`."""
        from promptopt import _core

        answers = self._answers(predictions)
        scores = _core.score(answers, self._references, "exact_match", rows=rows)
        values: list[float] = scores.tolist()
        return values

    def _answers(self, texts: Sequence[str]) -> list[str]:
        from promptopt import _core

        found = [each or NONE_GIVEN for each in _core.extract_answers(texts, self._kind)]
        return found if self._kind == "number" else [str(truth_value(each)) for each in found]
