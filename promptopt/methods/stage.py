"""The end of a stage: who is left, and how good the compared are on the same examples."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.methods.search import Search


def finish_stage(
    search: Search,
    stage: str,
    step: int,
    rows: Sequence[int],
    *,
    compared: Sequence[Candidate],
    survivors: Sequence[Candidate],
    leader: Candidate,
    dropped: Sequence[Candidate] = (),
) -> None:
    """Tell the journal how a stage ended that scored whole candidates.

    Args:
        search: the search with its scores.
        stage, step: as they were announced.
        rows: the dev examples that all figures are about.
        compared: whom the mean is over; whoever has no score on `rows` is left out of it.
        survivors, dropped: who goes on and who does not.
        leader: the best so far.
    """
    evaluator = search.evaluator
    means = [score.mean for each in compared if (score := evaluator.score_on(each, rows))]
    search.journal.stage_finished(
        stage,
        step,
        survivors=[each.id for each in survivors],
        dropped=[each.id for each in dropped],
        leader=leader.id,
        n=len(rows),
        best=evaluator.score_on(leader, rows),
        mean=sum(means) / len(means) if means else None,
        seed=evaluator.score_on(search.seed_prompt, rows),
    )
