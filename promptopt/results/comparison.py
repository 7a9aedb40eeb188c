"""Two candidates side by side, of one run or of two, example by example."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptopt.evaluation.score import Score, score_of
from promptopt.results.statistics import CONFIDENCE as CONFIDENCE
from promptopt.results.statistics import PairedDifference, difference_of

if TYPE_CHECKING:
    from promptopt.runs.store import Prediction, Store
    from promptopt.tasks.example import Example


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate of a run."""

    run_id: str
    candidate: int


@dataclass(frozen=True, slots=True)
class ComparedExample:
    """An example that at least one of the two was asked.

    Attributes:
        index: its place in the split of the first run, or of the second where it is not there.
        first, second: what the two answered; None where one was not asked.
    """

    index: int
    example: Example
    first: Prediction | None
    second: Prediction | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first candidate against the second.

    Attributes:
        split: the one that both are compared on.
        first, second: their scores on the examples that both were scored on.
        difference: the first minus the second there; None where there is no such example, or
            where it would mean nothing.
        interval: where the mean difference lies with CONFIDENCE, by the paired bootstrap.
        examples: all that either was asked, in the order of the first run.
        unlike: why a difference would mean nothing, "" where it has a meaning; see
            `comparability.unlike`.
    """

    split: str
    first: Score | None
    second: Score | None
    difference: PairedDifference | None
    interval: tuple[float, float] | None
    examples: tuple[ComparedExample, ...]
    unlike: str = ""


def compare(
    store: Store, first: Chosen, second: Chosen, split: str, unlike: str = ""
) -> Comparison:
    """Compare two candidates on a split.

    Candidates of two runs are compared on the examples that both runs have: those with the same
    input and the same references.

    Raises:
        StoreError: the store cannot be read.
    """
    one, two = _answered(store, first, split), _answered(store, second, split)
    keys = [*one, *(key for key in two if key not in one)]
    examples = []
    for key in keys:
        index, example, _ = one[key] if key in one else two[key]
        answers = [side[key][2] if key in side else None for side in (one, two)]
        examples.append(ComparedExample(index, example, *answers))
    pairs = [
        (mine, its)
        for each in examples
        if (mine := _score(each.first)) is not None and (its := _score(each.second)) is not None
    ]
    scored = sum(
        _score(each.first) is not None or _score(each.second) is not None for each in examples
    )
    difference = None if unlike else difference_of(pairs, scored - len(pairs))
    return Comparison(
        split=split,
        first=score_of([mine for mine, _ in pairs]),
        second=score_of([its for _, its in pairs]),
        difference=difference,
        interval=difference.interval if difference is not None else None,
        examples=tuple(examples),
        unlike=unlike,
    )


_Key = tuple[str, tuple[str, ...], int]
_Answered = dict[_Key, tuple[int, "Example", "Prediction"]]


def _answered(store: Store, chosen: Chosen, split: str) -> _Answered:
    """What a candidate answered, by what makes an example the same one in another run."""
    examples = store.task(chosen.run_id).split(split)
    keys = list(_keys(examples))
    found = store.predictions(chosen.run_id, chosen.candidate, split)
    return {
        keys[each.example]: (each.example, examples[each.example], each)
        for each in found
        if 0 <= each.example < len(examples)
    }


def _keys(examples: Sequence[Example]) -> Iterable[_Key]:
    # An example may stand in a split twice: the first here is the first there.
    seen: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for example in examples:
        known = example.input, example.references
        yield (*known, seen[known])
        seen[known] += 1


def _score(prediction: Prediction | None) -> float | None:
    score = prediction.score if prediction is not None else None
    return score if score is not None and math.isfinite(score) else None
