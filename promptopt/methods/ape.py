"""APE: Automatic Prompt Engineer (Zhou et al., ICLR 2023, Algorithm 1)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.methods.ape_plan import fit_dev, fit_proposals
from promptopt.methods.ape_proposing import opening_of, proposal_queries, reader
from promptopt.methods.ape_reasoning import expect_reasoning, worked_examples
from promptopt.methods.ape_selection import narrow
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.prompts import fill
from promptopt.methods.search import Query, Search
from promptopt.tasks.example import Example


async def ape(search: Search, settings: ApeSettings) -> Candidate:
    """Propose instructions from demonstrations, filter them in stages, vary the best.

    Returns:
        The candidate with the highest mean on the whole dev split; ties to the older one.
        The seed prompt takes part, so the winner is never worse on dev than it.

    Raises:
        BudgetExhausted: the calls ran out; what was scored so far stands.
    """
    rows: Sequence[int] = search.dev_order()
    asked = settings
    settings = fit_proposals(settings, search.sizes, search.affordable)
    shown = await examples_to_show(search, settings)
    pool = [search.seed_prompt, *await propose(search, settings, shown)]
    if settings.scores_reasoning:
        rows = await expect_reasoning(search, rows)
        if not rows:
            return search.seed_prompt
    rows = _affordable_rows(search, settings, asked, len(pool), rows)
    survivors = await narrow(search, pool, rows, settings, step=0)
    for step in range(1, settings.resample_rounds + 1):
        variations = await resample(search, survivors, settings, step)
        survivors = await narrow(search, [*survivors, *variations], rows, settings, step)
    return await choose(search, survivors, rows, step=settings.resample_rounds)


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
    search: Search, survivors: Sequence[Candidate], rows: Sequence[int], step: int
) -> Candidate:
    """Score the finalists and the seed prompt on the whole of dev, and take the best.

    Where the calls do not reach for all of them, the weakest stay behind.
    """
    evaluator, affordable = search.evaluator, search.affordable
    best = [each for each in survivors if each != search.seed_prompt]
    finalists = [search.seed_prompt, *best]
    while affordable is not None and len(finalists) > 2:
        if evaluator.missing(finalists, rows, "dev") <= affordable:
            break
        finalists.pop()
    finalists.sort(key=lambda each: each.id)
    search.journal.stage_started("final", step, evaluator.missing(finalists, rows, "dev"))
    await search.evaluate(finalists, rows, step=step)
    ranked = evaluator.ranked(finalists, rows)
    means = [score.mean for each in ranked if (score := evaluator.score_on(each, rows))]
    search.journal.stage_finished(
        "final",
        step,
        survivors=[each.id for each in ranked],
        leader=ranked[0].id,
        n=len(rows),
        best=evaluator.score_on(ranked[0], rows),
        mean=sum(means) / len(means) if means else None,
        seed=evaluator.score_on(search.seed_prompt, rows),
    )
    return ranked[0]


def _affordable_rows(
    search: Search, settings: ApeSettings, asked: ApeSettings, pool: int, rows: Sequence[int]
) -> Sequence[int]:
    """The dev examples that the calls reach for; tells what had to be made smaller."""
    sizes = msgspec.structs.replace(search.sizes, dev=len(rows))
    examples = fit_dev(settings, pool, sizes, search.affordable)
    if settings != asked or examples < len(rows):
        told = (
            f"the calls reach for {settings.proposals} of {asked.proposals} proposals and "
            f"{examples} of {len(rows)} dev examples"
        )
        if settings.resample_rounds < asked.resample_rounds:
            told += f", for {settings.resample_rounds} of {asked.resample_rounds} rounds"
        search.journal.limited("max_calls", told)
    return rows[:examples]


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
