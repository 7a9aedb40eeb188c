"""What an APE search will call, and how it is made to fit what it may."""

from __future__ import annotations

import math

import msgspec

from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.plan import PlannedStage, Sizes

FIRST_SHARE = 0.6
"""Of the calls of a search that must be smaller: what proposals and their first subset may take.
The rest tells the good ones apart."""

FEW = 4
"""Fewer proposals than this are hardly a search: a smaller subset is the lesser evil."""


def plan(settings: ApeSettings, sizes: Sizes) -> list[PlannedStage]:
    """What a run will call at the most, stage by stage, without the test."""
    return [
        *first_stages(settings, sizes),
        *scoring_stages(settings, settings.proposals + 1, sizes),
    ]


def plan_within(settings: ApeSettings, sizes: Sizes, affordable: int | None) -> list[PlannedStage]:
    """What a run will call at the most that may call so much."""
    settings = fit_proposals(settings, sizes, affordable)
    first, pool = first_stages(settings, sizes), settings.proposals + 1
    if affordable is not None:
        left = affordable - sum(stage.calls for stage in first)
        sizes = msgspec.structs.replace(sizes, dev=fit_dev(settings, pool, sizes, left))
    return [*first, *scoring_stages(settings, pool, sizes)]


def first_stages(settings: ApeSettings, sizes: Sizes) -> list[PlannedStage]:
    """What comes before there is anything to score."""
    # One call finds out whether the model fills gaps.
    asked = settings.proposals + settings.fills_gap
    propose = PlannedStage("propose", 0, asked, optimizer=asked)
    if settings.target == "instruction":
        return [propose]
    worked = sizes.train + (sizes.dev if settings.scores_reasoning else 0)
    return [PlannedStage("work out", 0, worked * sizes.train_example), propose]


def scoring_stages(settings: ApeSettings, pool: int, sizes: Sizes) -> list[PlannedStage]:
    """What comes then, resampling included.

    Args:
        pool: candidates, the seed prompt included.
    """
    # Whoever only reads a configuration has no need for what is behind this.
    from promptopt.evaluation.select import stage_name

    stages = []
    dev, per_example = sizes.dev, sizes.per_example
    depth = 0  # examples that every survivor of the round before was scored on
    fresh = pool
    for step in range(settings.resample_rounds + 1):
        if step:
            fresh = min(pool, settings.resample_parents) * settings.variations
            stages.append(PlannedStage("resample", step, fresh, optimizer=fresh))
            pool += fresh
        if settings.filters:
            cells, pool, depth = _filter_cells(settings, pool, fresh, depth, dev, step)
        else:
            cells, pool = [_policy_cells(settings, pool, dev)], min(pool, settings.finalists)
        for stage, most in enumerate(cells, 1):
            name = stage_name(settings.stage, step, stage) if settings.filters else settings.stage
            stages.append(PlannedStage(name, step, most * per_example))
    calls = (pool + 1) * (dev - depth)
    stages.append(PlannedStage("final", settings.resample_rounds, calls * per_example))
    return stages


def _filter_cells(
    settings: ApeSettings, pool: int, fresh: int, depth: int, dev: int, step: int
) -> tuple[list[int], int, int]:
    """The cells of each stage of the filter, who is left, and on how many examples all were."""
    cells: list[int] = []
    subset = settings.examples_per_stage(dev)
    seen = 0
    while seen == 0 or (pool > settings.finalists and seen < dev):
        before, seen = seen, min(seen + subset, dev)
        known = max(0, min(seen, depth) - before)
        # Survivors of the round before may all have given way to new candidates. The seed
        # prompt is scored along where it is no longer in the pool.
        new = min(fresh, pool)
        old = pool + (1 if cells or step else 0) - new
        cells.append(new * (seen - before) + old * (seen - before - known))
        left = pool
        if settings.threshold is None:
            left = max(settings.finalists, min(pool - 1, math.ceil(pool * settings.keep)))
        pool = min(pool, settings.finalists if seen >= dev else left)
    return cells, pool, seen


def _policy_cells(settings: ApeSettings, pool: int, dev: int) -> int:
    """The most cells that another policy scores, and the seed prompt along with it."""
    everything = pool * dev
    most = everything if settings.selection == "race" else settings.cells(pool, dev)
    return min(most, everything) + dev


def fit_proposals(settings: ApeSettings, sizes: Sizes, affordable: int | None) -> ApeSettings:
    """The settings with as many proposals as a whole search can afford.

    Where not even the least of it is affordable, rounds of resampling are left out; but one is
    kept for fewer proposals where it fits.

    Args:
        settings: what was asked for; comes back as it is where it is affordable.
        sizes: the splits, and what an example costs.
        affordable: calls; None for any number.
    """
    if affordable is None or sum(stage.calls for stage in plan(settings, sizes)) <= affordable:
        return settings
    first = first_stages(settings, sizes)
    affordable -= sum(stage.calls for stage in first) - settings.proposals
    subset = settings.examples_per_stage(sizes.dev)
    smaller = max(1, subset // 2)
    proposals = _first_pool(affordable, subset * sizes.per_example)
    if proposals < FEW:
        subset, proposals = smaller, _first_pool(affordable, smaller * sizes.per_example)
    fitted = msgspec.structs.replace(
        settings, subset=subset, proposals=max(1, min(proposals, settings.proposals))
    )
    least = msgspec.structs.replace(sizes, dev=subset)
    for rounds in range(settings.resample_rounds, -1, -1):
        fitted = msgspec.structs.replace(fitted, resample_rounds=rounds)
        calls = fitted.proposals + sum(
            stage.calls for stage in scoring_stages(fitted, fitted.proposals + 1, least)
        )
        if calls <= affordable:
            break
    if settings.resample_rounds and not fitted.resample_rounds:
        return _one_round(fitted, sizes, affordable) or fitted
    return fitted


def _one_round(fitted: ApeSettings, sizes: Sizes, affordable: int) -> ApeSettings | None:
    """A search with one round of resampling that gives up proposals for it; None where not even
    `FEW` of them leave room for one.

    At best it has dev examples behind its first subset, which tell finalists apart, be it for
    half of that subset.

    Args:
        fitted: what fits without a round.
        sizes: the splits, and what an example costs.
        affordable: calls for the proposals and all that follows.
    """
    subset = fitted.examples_per_stage(sizes.dev)
    half = max(1, subset // 2)
    for examples, dev, few in (
        (subset, 2 * subset, 2 * FEW),
        (half, 2 * subset, 2 * FEW),
        (subset, subset, FEW),
        (half, half, FEW),
    ):
        least = msgspec.structs.replace(sizes, dev=min(dev, sizes.dev))
        for proposals in range(fitted.proposals, few - 1, -1):
            smaller = msgspec.structs.replace(
                fitted, subset=examples, proposals=proposals, resample_rounds=1
            )
            stages = scoring_stages(smaller, proposals + 1, least)
            if proposals + sum(stage.calls for stage in stages) <= affordable:
                return smaller
    return None


def fit_dev(settings: ApeSettings, pool: int, sizes: Sizes, affordable: int | None) -> int:
    """How many dev examples the rest of the search can afford, now that the pool is there.

    Args:
        pool: candidates, the seed prompt included.
        sizes: the splits, and what an example costs.
        affordable: calls that are left; None for any number.

    Returns:
        All of them, or fewer, but at least one subset.
    """
    least = settings.examples_per_stage(sizes.dev)
    if affordable is None:
        return sizes.dev
    for examples in range(sizes.dev, least, -1):
        smaller = msgspec.structs.replace(sizes, dev=examples)
        if sum(each.calls for each in scoring_stages(settings, pool, smaller)) <= affordable:
            return examples
    return least


def fit_rounds(
    settings: ApeSettings, rounds: int, pool: int, sizes: Sizes, affordable: int | None
) -> int:
    """How many further rounds of resampling a search that is going on can afford.

    Args:
        settings: of the search.
        rounds: how many were asked for.
        pool: candidates that are about to be scored.
        sizes: the splits, and what an example costs.
        affordable: calls that are left; None for any number.
    """
    least = msgspec.structs.replace(sizes, dev=settings.examples_per_stage(sizes.dev))
    for fewer in range(rounds, 0, -1):
        stages = scoring_stages(
            msgspec.structs.replace(settings, resample_rounds=fewer), pool, least
        )
        if affordable is None or sum(each.calls for each in stages) <= affordable:
            return fewer
    return 0


def _first_pool(affordable: int, calls: int) -> int:
    """Proposals that can be made and, with the seed prompt, be scored in `calls` calls each."""
    return (int(FIRST_SHARE * affordable) - calls) // (1 + calls)
