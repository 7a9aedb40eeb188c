"""ROUGE-L on average over the accepted answers."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.tasks.example import Example


class MeanRougeScorer:
    """The mean over an example's references of ROUGE-L (Lin 2004) with each of them.

    What GPO reports on WebNLG (Tang et al. 2024). It falls short of 1 wherever the references
    differ, whatever the prediction.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        from promptopt import _core

        single = [[answer] for each in examples for answer in each.references]
        self._references = _core.References(single, "gpo")
        # The references of example i are the rows from _first[i] up to _first[i + 1].
        self._first = [0]
        for each in examples:
            self._first.append(self._first[-1] + len(each.references))

    def score(self, predictions: Sequence[str], rows: Sequence[int]) -> list[float]:
        """As `Scorer.score`."""
        from promptopt import _core

        if len(predictions) != len(rows):
            raise ValueError(f"{len(predictions)} predictions, but {len(rows)} rows")
        spans = [self._span(row) for row in rows]
        scores = _core.score(
            [text for text, span in zip(predictions, spans, strict=True) for _ in span],
            self._references,
            "rouge_l",
            rows=[at for span in spans for at in span],
        )
        means = []
        start = 0
        for span in spans:
            means.append(float(scores[start : start + len(span)].mean()))
            start += len(span)
        return means

    def _span(self, row: int) -> range:
        if not 0 <= row < len(self._first) - 1:
            raise ValueError(f"there is no row {row}; there are {len(self._first) - 1}")
        return range(self._first[row], self._first[row + 1])
