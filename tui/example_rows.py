"""A candidate's examples with what the model answered, beside what its parent's got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promptopt.runs.store import Prediction
from tui.run_feed import ShownExample

SHOWS = ("all", "wrong", "fixed", "broken", "same", "failed")
"""What a candidate's examples can be narrowed down to."""

SHOWS_OF_TWO = ("all", "both", *SHOWS[1:])
"""What those of two candidates can be."""


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """One example that a candidate was asked.

    Attributes:
        index: its place among those that may be shown with it, from 0.
        number: its place in its split, from 0, by which it is called.
        score: the metric's value in [0, 1]; None where the call failed.
        before: the score of the candidate compared with; None where it has none.
        prediction_before: what that one answered; None where it was not asked or failed.
        asked, asked_before: whether each of the two was asked at all.
    """

    index: int
    number: int
    input: str
    references: tuple[str, ...]
    choices: tuple[str, ...]
    prediction: str | None
    error: str | None
    score: float | None
    before: float | None
    prediction_before: str | None = None
    asked: bool = True
    asked_before: bool = True

    @property
    def right(self) -> bool:
        return self.score is not None and self.score >= 1.0

    @property
    def fixed(self) -> bool:
        return self.score is not None and self.before is not None and self.score > self.before

    @property
    def broken(self) -> bool:
        return self.score is not None and self.before is not None and self.score < self.before

    @property
    def same(self) -> bool:
        """Whether both were scored, and alike."""
        return self.score is not None and self.score == self.before

    @property
    def sign(self) -> str:
        """✓ full marks, ✗ none, ◐ in between, ! no answer, · not asked."""
        return example_sign(self.score, asked=self.asked)

    @property
    def sign_before(self) -> str:
        """The same of the candidate compared with."""
        return example_sign(self.before, asked=self.asked_before)


def example_sign(score: float | None, *, asked: bool) -> str:
    """What became of an example, as one sign."""
    if score is None:
        return "!" if asked else "·"
    return "✓" if score >= 1.0 else "✗" if score <= 0.0 else "◐"


def example_rows(
    predictions: Sequence[Prediction],
    examples: Sequence[ShownExample],
    before: Sequence[Prediction] = (),
) -> list[ExampleRow]:
    """The examples of the predictions, in their order; `before` are another candidate's."""
    others = {each.example: each for each in before}
    return [
        ExampleRow(
            each.example,
            each.example,
            examples[each.example].input,
            examples[each.example].references,
            examples[each.example].choices,
            each.text,
            each.error,
            each.score,
            other.score if (other := others.get(each.example)) else None,
            other.text if other else None,
        )
        for each in predictions
        if 0 <= each.example < len(examples)
    ]


def narrowed(rows: Sequence[ExampleRow], show: str = "all", words: str = "") -> list[ExampleRow]:
    """The rows of one of SHOWS in which all of the words stand somewhere."""
    wanted = words.casefold().split()
    return [row for row in rows if _is_shown(row, show) and _matches(row, wanted)]


def _is_shown(row: ExampleRow, show: str) -> bool:
    if show == "wrong":
        return row.score is not None and not row.right
    if show == "fixed":
        return row.fixed
    if show == "broken":
        return row.broken
    if show == "same":
        return row.same
    if show == "both":
        return row.asked and row.asked_before
    return row.asked and row.score is None if show == "failed" else True


def _matches(row: ExampleRow, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    parts = (row.input, *row.references, *row.choices, row.prediction or "", row.error or "")
    text = "\n".join(parts).casefold()
    return all(word in text for word in wanted)
