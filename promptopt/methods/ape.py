"""APE: Automatic Prompt Engineer (Zhou et al., ICLR 2023, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.evaluation.adaptive_filter import adaptive_filter
from promptopt.evaluation.candidate import Candidate
from promptopt.methods.ape_plan import fit_dev, fit_proposals
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.prompts import fill
from promptopt.methods.search import Query, Search

_numbers = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


async def ape(search: Search, settings: ApeSettings) -> Candidate:
    """Propose instructions from demonstrations, filter them in stages, vary the best.

    Returns:
        The candidate with the highest mean on the whole dev split; ties to the older one.
        The seed prompt takes part, so the winner is never worse on dev than it.

    Raises:
        BudgetExhausted: the calls ran out; what was scored so far stands.
    """
    rows = search.dev_order()
    asked = settings
    settings = fit_proposals(settings, search.sizes, search.affordable)
    pool = [search.seed_prompt, *await propose_forward(search, settings)]
    examples = fit_dev(settings, len(pool), search.sizes, search.affordable)
    if settings != asked or examples < len(rows):
        search.journal.limited(
            "max_calls",
            f"the calls reach for {settings.proposals} of {asked.proposals} proposals and "
            f"{examples} of {len(rows)} dev examples",
        )
    rows = rows[:examples]
    survivors = await narrow(search, pool, rows, settings, step=0)
    for step in range(1, settings.resample_rounds + 1):
        variations = await resample(search, survivors, settings, step)
        survivors = await narrow(search, [*survivors, *variations], rows, settings, step)
    return await choose(search, survivors, rows, step=settings.resample_rounds)


async def propose_forward(search: Search, settings: ApeSettings) -> list[Candidate]:
    """Forward generation (section 3.1): fresh demonstrations for every query."""
    train = search.task.train
    shown = min(settings.demonstrations, len(train))
    draws = search.rng("demonstrations")
    queries = []
    for _ in range(settings.proposals):
        pairs = "".join(
            search.task.template.render_demonstration(each) for each in draws.sample(train, shown)
        )
        queries.append(Query(_forward_prompt(settings, shown, pairs)))
    search.journal.stage_started("propose", 0, settings.proposals)
    made = await search.propose(queries, operation="forward", step=0, max_words=settings.max_words)
    search.journal.stage_finished("propose", 0)
    if not made:
        search.journal.warned("no proposal passed the guards; the seed prompt stands alone")
    return made


async def resample(
    search: Search, survivors: Sequence[Candidate], settings: ApeSettings, step: int
) -> list[Candidate]:
    """Iterative Monte Carlo (section 3.3): variations of the best that keep their meaning."""
    parents = survivors[: settings.resample_parents]
    queries = [
        Query(fill("ape_resample", instruction=parent.text), (parent,))
        for parent in parents
        for _ in range(settings.variations)
    ]
    search.journal.stage_started("resample", step, len(queries))
    made = await search.propose(
        queries, operation="resample", step=step, max_words=settings.max_words
    )
    search.journal.stage_finished("resample", step)
    return made


async def narrow(
    search: Search,
    pool: Sequence[Candidate],
    rows: Sequence[int],
    settings: ApeSettings,
    step: int,
) -> list[Candidate]:
    """Filter the pool in stages (section 3.2)."""
    return await adaptive_filter(
        search.evaluator,
        search.journal,
        pool,
        search.seed_prompt,
        rows,
        subset=settings.subset,
        keep=settings.keep,
        finalists=settings.finalists,
        step=step,
    )


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


def _forward_prompt(settings: ApeSettings, shown: int, pairs: str) -> str:
    if settings.forward == "code":
        return fill("ape_forward_code", pairs=pairs)
    return fill("ape_forward", inputs=_counted(shown), pairs=pairs)


def _counted(inputs: int) -> str:
    """ "one input", "five inputs", "12 inputs"."""
    number = _numbers[inputs] if inputs < len(_numbers) else str(inputs)
    return f"{number} input" if inputs == 1 else f"{number} inputs"
