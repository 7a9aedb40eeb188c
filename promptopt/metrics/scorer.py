"""Scorer: a metric, prepared once over the examples that every candidate is scored on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol, cast

from promptopt.metrics.answer_scorer import AnswerScorer
from promptopt.metrics.nearest_true import NearestTrueScorer
from promptopt.metrics.registry import check_metric
from promptopt.metrics.rouge_scorer import MeanRougeScorer
from promptopt.tasks.example import Example

# Normalizers of promptopt._core, which says what each does. The first is that of Instruction
# Induction's evaluation: a completion rambles on, so only its first sentence counts.
FIRST_SENTENCE: Final = "ape"
WHOLE_TEXT: Final = "ape_whole"

_TextMetric = Literal["exact_match", "token_f1", "exact_set", "contains"]


class Scorer(Protocol):
    """Scores predictions on the examples that it was made for."""

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]:
        """One score in [0, 1] for each prediction.

        Args:
            predictions: what the task model said.
            rows: as many; for each prediction, the index among the scorer's examples of the
                one that it answers. In any order, with repeats.

        Raises:
            ValueError: of different lengths, or a row out of range.
        """
        ...


def scorer(metric: str, examples: Sequence[Example]) -> Scorer:
    """The scorer of a metric over examples.

    The four metrics of plain texts compare them by their first sentence, without case and
    punctuation. An example with a reference of several sentences or lines is compared by the
    whole text instead: cut to its first sentence, such a reference would be matched by a
    prediction that goes on otherwise. That depends on the example alone, so that it is the same
    in every split. All other metrics look at the whole prediction.

    Raises:
        InputError: an unknown metric, or one that these examples cannot be scored by.
    """
    check_metric(metric, examples)
    make = _SCORERS.get(metric)
    return make(examples) if make else _TextScorer(metric, examples)


class _TextScorer:
    def __init__(self, metric: str, examples: Sequence[Example]) -> None:
        from promptopt import _core

        self._metric = cast("_TextMetric", metric)
        answers = [each.references for each in examples]
        self._references = _core.References(answers, FIRST_SENTENCE)
        self._long = {row for row, each in enumerate(answers) if any(map(_is_cut, each))}
        self._whole = _core.References(answers, WHOLE_TEXT) if self._long else self._references

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]:
        from promptopt import _core

        scores = _core.score(predictions, self._references, self._metric, rows=rows)
        long = [at for at, row in enumerate(rows) if row in self._long]
        if long:
            scores[long] = _core.score(
                [predictions[at] for at in long],
                self._whole,
                self._metric,
                rows=[rows[at] for at in long],
            )
        values: list[float] = scores.tolist()
        return values


class _WholeScorer:
    """A metric of the core that looks at the whole prediction."""

    def __init__(
        self,
        metric: Literal["dyck", "word_sorting", "rouge_l"],
        normalizer: Literal["none", "gpo"],
        examples: Sequence[Example],
    ) -> None:
        from promptopt import _core

        self._metric: Literal["dyck", "word_sorting", "rouge_l"] = metric
        self._references = _core.References([each.references for each in examples], normalizer)

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]:
        from promptopt import _core

        scores = _core.score(predictions, self._references, self._metric, rows=rows)
        values: list[float] = scores.tolist()
        return values


class _ChoiceScorer:
    def __init__(self, examples: Sequence[Example]) -> None:
        from promptopt import _core

        # Published questions offer the same option twice here and there: both letters are right.
        correct = [
            [index for index, text in enumerate(each.choices) if text in each.references]
            for each in examples
        ]
        self._choices = _core.Choices([each.choices for each in examples], correct)

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]:
        from promptopt import _core

        values: list[float] = _core.score_choices(predictions, self._choices, rows=rows).tolist()
        return values


_SCORERS: dict[str, Callable[[Sequence[Example]], Scorer]] = {
    "choice": _ChoiceScorer,
    "number": lambda examples: AnswerScorer("number", examples),
    "boolean": lambda examples: AnswerScorer("boolean", examples),
    "brackets": lambda examples: _WholeScorer("dyck", "none", examples),
    "word_list": lambda examples: _WholeScorer("word_sorting", "none", examples),
    "rouge_l": lambda examples: _WholeScorer("rouge_l", "gpo", examples),
    "rouge_l_mean": MeanRougeScorer,
    "nearest_true": NearestTrueScorer,
}


def _is_cut(reference: str) -> bool:
    """Whether the first sentence of a reference is not the whole of it."""
    from promptopt import _core

    # A word put behind the text is lost exactly if the normalizer cuts before it.
    (normalized,) = _core.normalize([f"{reference.rstrip(' .')} behind"], FIRST_SENTENCE)
    return not normalized.endswith("behind")
