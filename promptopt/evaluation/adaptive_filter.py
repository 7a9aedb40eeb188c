"""The adaptive filter: many candidates, few calls (Zhou et al. 2023, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.journal import Journal
from promptopt.evaluation.policies import AdaptiveFilter
from promptopt.evaluation.select import select, stage_name


def filter_name(step: int, stage: int) -> str:
    return stage_name("filter", step, stage)


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
    mean, but drops one at least. It ends when `finalists` are left or the examples are used up.

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
    policy = AdaptiveFilter(examples_per_stage=subset, keep=keep, few=finalists)
    return await select(
        evaluator,
        journal,
        policy.start(len(pool), len(rows)),
        sorted(pool, key=lambda each: each.id),
        rows,
        name="filter",
        step=step,
        reference=reference,
    )
