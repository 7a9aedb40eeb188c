"""CSV: all candidates of the run, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from promptopt.results.candidates import ranked
from promptopt.results.front import front, objectives_of
from promptopt.runs.state import CandidateState, candidate_name

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource
    from promptopt.runs.state import Score

COLUMNS = (
    *("id", "prompt", "operation", "step", "parents", "distance", "edit_budget", "edit_outcome"),
    *("status", "dev_score", "dev_stderr", "dev_n"),
    *("test_score", "test_stderr", "test_n", "unscored"),
)

_splits = ("dev", "test")


def render(source: ExportSource) -> str:
    """One row a candidate, the best first, whichever candidate was asked for.

    Texts stand in it exactly as they were scored (RFC 4180: quotes doubled, line breaks within
    quotes), numbers with all their digits; what is not known is empty. Where there are several
    objectives, further columns hold the mean by each and whether the candidate is on their front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    state = source.state
    names = objectives_of(state)
    on_front = {each.id for each in front(state)} if names else set()
    by_each = [f"{split}_{name}" for split in _splits for name in names]
    writer.writerow([*COLUMNS, *by_each, *(["front"] if names else [])])
    for candidate in ranked(state):
        row = _row(candidate)
        for split in _splits:
            scores = candidate.objectives.get(split, {})
            row += [scores[name].mean if name in scores else None for name in names]
        if names:
            row.append(int(candidate.id in on_front))
        writer.writerow(row)
    return out.getvalue()


def _row(candidate: CandidateState) -> list[Any]:
    return [
        candidate_name(candidate.id),
        candidate.text,
        candidate.operation,
        candidate.step,
        " ".join(candidate_name(parent) for parent in candidate.parents),
        candidate.distance,
        candidate.edit_budget,
        candidate.edit_outcome,
        candidate.status,
        *_numbers(candidate.dev),
        *_numbers(candidate.test),
        candidate.unscored,
    ]


def _numbers(score: Score | None) -> list[float | int | None]:
    return [score.mean, score.stderr, score.n] if score is not None else [None, None, None]
