"""APE's choice of what is scored next (section 3.2): its filter, or another policy."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.policies import (
    AdaptiveFilter,
    Policy,
    Race,
    SuccessiveHalving,
    SuccessiveRejects,
    Ucb1,
    UcbE,
)
from promptopt.evaluation.select import select, stage_name
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.search import Search
from promptopt.methods.stage import finish_stage


async def narrow(
    search: Search,
    pool: Sequence[Candidate],
    rows: Sequence[int],
    settings: ApeSettings,
    step: int,
    *,
    again: bool = False,
) -> list[Candidate] | None:
    """Score the pool on as few examples as it takes; returns the finalists, best first.

    The seed prompt is scored along, whatever becomes of it. Between two stages it breaks off where
    a person calls, and returns None; `again` says that it is done over because of that.

    Raises:
        BudgetExhausted: the calls ran out within a stage.
    """
    # Of equal candidates the oldest is preferred.
    pool = sorted(pool, key=lambda each: each.id)
    if settings.threshold is not None:
        return await _threshold_filter(search, pool, rows, settings, settings.threshold, step)
    policy = policy_of(settings, len(pool), len(rows))
    selection = policy.start(len(pool), len(rows))
    left = await select(
        search.evaluator,
        search.journal,
        selection,
        pool,
        rows,
        name=settings.stage,
        step=step,
        reference=search.seed_prompt,
        called=lambda: search.called,
        again=again,
        least=policy.least,
    )
    if left is None:
        return None
    if settings.selection != "race":
        # Halving and rejects leave one alone, but the last to go were nearly as good.
        left = [pool[number] for number in selection.ranking.tolist()]
    return left[: settings.finalists]


def policy_of(settings: ApeSettings, pool: int, examples: int) -> Policy:
    """The policy that is set, for so many candidates and examples."""
    budget, subset = settings.cells(pool, examples), settings.examples_per_stage(examples)
    match settings.selection:
        case "adaptive_filter":
            return AdaptiveFilter(
                examples_per_stage=subset, keep=settings.keep, few=settings.finalists
            )
        case "successive_halving":
            return SuccessiveHalving(budget=budget)
        case "successive_rejects":
            return SuccessiveRejects(budget=budget)
        case "race":
            return Race(examples_per_round=subset)
    ucb = Ucb1 if settings.selection == "ucb1" else UcbE
    return ucb(
        budget=budget,
        exploration=settings.exploration,
        candidates_per_round=max(1, round(settings.bandit_share * pool)),
        examples_per_round=subset,
    )


async def _threshold_filter(
    search: Search,
    pool: Sequence[Candidate],
    rows: Sequence[int],
    settings: ApeSettings,
    threshold: float,
    step: int,
) -> list[Candidate] | None:
    """The filter by a bar: whoever's running mean is not below it goes on to the next subset.

    Where nobody passes, the best go on, as many as there are to be finalists.
    """
    evaluator, seed = search.evaluator, search.seed_prompt
    survivors = list(pool)
    subset = settings.examples_per_stage(len(rows))
    seen = stage = 0
    while seen == 0 or (len(survivors) > settings.finalists and seen < len(rows)):
        if stage and search.called:
            return None
        stage += 1
        name = stage_name(settings.stage, step, stage)
        seen = min(seen + subset, len(rows))
        used = rows[:seen]
        compared = survivors if seed in survivors else [seed, *survivors]
        search.journal.stage_started(name, step, evaluator.missing(compared, used, "dev"))
        await evaluator.score(compared, used, step=step)
        ranked = evaluator.ranked(survivors, used)
        passed = [
            each
            for each in ranked
            if (score := evaluator.score_on(each, used)) and score.mean >= threshold
        ]
        survivors = passed or ranked[: settings.finalists]
        if seen >= len(rows):
            survivors = survivors[: settings.finalists]
        finish_stage(
            search,
            name,
            step,
            used,
            compared=ranked,
            survivors=survivors,
            leader=survivors[0],
            dropped=[each for each in ranked if each not in survivors],
        )
    return survivors
