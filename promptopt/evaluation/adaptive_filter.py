"""The adaptive filter: many candidates, few calls (Zhou et al. 2023, section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.journal import Journal


def filter_name(step: int, stage: int) -> str:
    """ "filter 2" is the second stage; "filter 1.2" that of the first round of resampling."""
    return f"filter {step}.{stage}" if step else f"filter {stage}"


async def adaptive_filter(
    evaluator: Evaluator,
    journal: Journal,
    pool: Sequence[Candidate],
    reference: Candidate,
    rows: Sequence[int],
    *,
    subset: int,
    keep: float,
    finalists: int,
    step: int,
) -> list[Candidate]:
    """Narrow the pool down to the finalists, in stages.

    Each stage scores all candidates that are left on the same next `subset` examples, which no
    earlier stage of this filter has used, and keeps the best `keep` of them by their running
    mean. It ends when `finalists` are left or the examples are used up.

    Args:
        evaluator: fills in scores; what it knows costs nothing.
        journal: is told the stages.
        pool: the candidates, in any order.
        reference: the seed prompt. It is scored along with every stage, so that the others
            can be compared with it, but stays only if it is good.
        rows: the dev examples in the order in which they are used.
        subset: examples a stage.
        keep: share that survives a stage, in (0, 1).
        finalists: where to stop.
        step: the round, for the journal.

    Returns:
        The survivors, best first.

    Raises:
        BudgetExhausted: the calls ran out within a stage.
    """
    survivors = list(pool)
    seen = 0
    stage = 0
    while seen == 0 or (len(survivors) > finalists and seen < len(rows)):
        stage += 1
        name = filter_name(step, stage)
        seen = min(seen + subset, len(rows))
        used = rows[:seen]
        compared = survivors if reference in survivors else [reference, *survivors]
        journal.stage_started(name, step, evaluator.missing(compared, used, "dev"))
        await evaluator.score(compared, used, step=step)
        ranked = evaluator.ranked(survivors, used)
        left = max(finalists, math.ceil(len(ranked) * keep))
        if seen >= len(rows):
            left = finalists
        survivors = ranked[:left]
        scored = [score for each in ranked if (score := evaluator.score_on(each, used))]
        journal.stage_finished(
            name,
            step,
            survivors=[each.id for each in survivors],
            dropped=[each.id for each in ranked[left:]],
            leader=survivors[0].id,
            n=len(used),
            best=evaluator.score_on(survivors[0], used),
            mean=sum(score.mean for score in scored) / len(scored) if scored else None,
            seed=evaluator.score_on(reference, used),
        )
    return survivors
