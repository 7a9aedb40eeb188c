"""APE: Automatic Prompt Engineer (Zhou et al., ICLR 2023, Algorithm 1)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from promptopt.evaluation.candidate import Candidate
from promptopt.methods.ape_fitting import Fitting
from promptopt.methods.ape_proposing import opening_of, proposal_queries, reader
from promptopt.methods.ape_reasoning import expect_reasoning, worked_examples
from promptopt.methods.ape_selection import narrow
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.prompts import fill
from promptopt.methods.search import Query, Search
from promptopt.methods.stage import finish_stage
from promptopt.tasks.example import Example


async def ape(search: Search, settings: ApeSettings) -> Candidate:
    """Propose instructions from demonstrations, filter them in stages, vary the best.

    Returns:
        The candidate with the highest mean on the whole dev split; ties to the older one.
        The seed prompt takes part, so the winner is never worse on dev than it.

    Raises:
        BudgetExhausted: the calls ran out; what was scored so far stands.
    """
    begun = search.take_in([search.seed_prompt], step=0)
    fitting = Fitting(search, settings)
    shown = await examples_to_show(search, fitting.settings)
    pool = [*begun, *await propose(search, fitting.settings, shown)]
    if settings.scores_reasoning:
        fitting.limit_to(await expect_reasoning(search, fitting.rows))
        if not fitting.rows:
            return search.seed_prompt
    survivors = await narrowed(search, pool, fitting, step=0)
    step = 0
    while step < fitting.settings.resample_rounds:
        step += 1
        survivors = fitting.take_in(survivors, step)
        variations = await resample(search, survivors, fitting.settings, step)
        survivors = await narrowed(search, [*survivors, *variations], fitting, step)
    return await choose(search, survivors, fitting, step)


async def narrowed(
    search: Search, pool: Sequence[Candidate], fitting: Fitting, step: int
) -> list[Candidate]:
    """The finalists of a pool, best first.

    Where a person calls meanwhile, it is begun again with the pool as it is then; what was scored
    is known.
    """
    again = False
    while True:
        pool = fitting.take_in(pool, step)
        left = await narrow(search, pool, fitting.rows, fitting.settings, step, again=again)
        if left is not None:
            return left
        again = True


async def examples_to_show(search: Search, settings: ApeSettings) -> Sequence[Example]:
    """What demonstrations are drawn from."""
    if settings.target == "reasoning_prefix":
        return await worked_examples(search)
    return search.task.train


async def propose(
    search: Search, settings: ApeSettings, shown: Sequence[Example]
) -> list[Candidate]:
    """Sample instructions in the mode that is set (section 3.1)."""
    if not shown:
        return []
    journal = search.journal
    probes = settings.fills_gap and search.completes
    journal.stage_started("propose", 0, settings.proposals + probes)
    infill = probes and await _fills_gaps(search, settings, shown)
    draws = search.rng("demonstrations")
    queries = proposal_queries(settings, search.task.template, shown, draws, infill=infill)
    made = await search.propose(
        list(itertools.islice(queries, settings.proposals)),
        operation="prefix" if settings.target == "reasoning_prefix" else settings.mode,
        step=0,
        max_words=settings.max_words,
        read=reader(settings, infill=infill),
    )
    journal.stage_finished("propose", 0)
    if not made:
        journal.warned("no proposal passed the guards; the seed prompt stands alone")
    return made


async def resample(
    search: Search, survivors: Sequence[Candidate], settings: ApeSettings, step: int
) -> list[Candidate]:
    """Iterative Monte Carlo (section 3.3): variations of the best that keep their meaning."""
    parents = survivors[: settings.resample_parents]
    queries = [
        Query(fill("ape_resample", instruction=parent.text), (parent,), begins=opening_of(settings))
        for parent in parents
        for _ in range(settings.variations)
    ]
    search.journal.stage_started("resample", step, len(queries))
    made = await search.propose(
        queries,
        operation="resample",
        step=step,
        max_words=settings.max_words,
        read=reader(settings, infill=False),
    )
    search.journal.stage_finished("resample", step)
    return made


async def choose(
    search: Search, survivors: Sequence[Candidate], fitting: Fitting, step: int
) -> Candidate:
    """Score the finalists and the seed prompt on the whole of dev, and take the best.

    Where the calls do not reach for all of them, the weakest stay behind. What a person asks for
    until the choice is made counts.
    """
    evaluator, journal = search.evaluator, search.journal
    while True:
        survivors = fitting.take_in(survivors, step)
        finalists = _affordable_finalists(search, survivors, fitting.rows)
        fitting.widen(finalists)
        rows = fitting.rows
        missing = evaluator.missing(finalists, rows, "dev")
        journal.stage_started("final", step, missing)
        await search.evaluate(finalists, rows, step=step)
        if not search.called:
            break
    ranked = evaluator.ranked(finalists, rows)
    finish_stage(search, "final", step, rows, compared=ranked, survivors=ranked, leader=ranked[0])
    return ranked[0]


def _affordable_finalists(
    search: Search, survivors: Sequence[Candidate], rows: Sequence[int]
) -> list[Candidate]:
    """The seed prompt and as many others as can be scored on `rows`: new ones, then the best."""
    evaluator, affordable = search.evaluator, search.affordable
    others = [each for each in survivors if each != search.seed_prompt]
    others.sort(key=lambda each: evaluator.score_on(each, rows) is not None)
    finalists = [search.seed_prompt, *others]
    while affordable is not None and len(finalists) > 2:
        if evaluator.missing(finalists, rows, "dev") <= affordable:
            break
        finalists.pop()
    return sorted(finalists, key=lambda each: each.id)


async def _fills_gaps(search: Search, settings: ApeSettings, shown: Sequence[Example]) -> bool:
    """Whether the optimizer model takes a text with a gap; found out by asking once."""
    draws = search.rng("probe")
    probe = proposal_queries(settings, search.task.template, shown, draws, infill=True)
    if await search.takes_suffix(next(probe)):
        return True
    search.journal.warned(
        "the optimizer model does not fill gaps in a text; it is shown the gap and asked what "
        "belongs there"
    )
    return False
