"""What an APE search will call, and how it is made to fit what it may."""

from __future__ import annotations

import math

import msgspec

from promptopt.evaluation.adaptive_filter import filter_name
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.plan import PlannedStage

FIRST_SHARE = 0.6
"""Of the calls of a search that must be smaller: what proposals and their first subset may take.
The rest tells the good ones apart."""

FEW = 4
"""Fewer proposals than this are hardly a search: a smaller subset is the lesser evil."""


def plan(settings: ApeSettings, dev: int) -> list[PlannedStage]:
    """What a run will call at the most, stage by stage, without the test."""
    stages = [PlannedStage("propose", 0, settings.proposals)]
    pool = settings.proposals + 1
    depth = 0  # examples that every survivor of the round before was scored on
    fresh = pool
    for step in range(settings.resample_rounds + 1):
        if step:
            fresh = min(pool, settings.resample_parents) * settings.variations
            stages.append(PlannedStage("resample", step, fresh))
            pool += fresh
        seen = 0
        stage = 0
        while seen == 0 or (pool > settings.finalists and seen < dev):
            stage += 1
            before, seen = seen, min(seen + settings.subset, dev)
            known = max(0, min(seen, depth) - before)
            # Survivors of the round before may all have given way to new candidates. The seed
            # prompt is scored along where it is no longer in the pool.
            new = min(fresh, pool)
            old = pool + (1 if stage > 1 or step else 0) - new
            calls = new * (seen - before) + old * (seen - before - known)
            stages.append(PlannedStage(filter_name(step, stage), step, calls))
            left = max(settings.finalists, min(pool - 1, math.ceil(pool * settings.keep)))
            pool = min(pool, settings.finalists if seen >= dev else left)
        depth = seen
    stages.append(PlannedStage("final", settings.resample_rounds, (pool + 1) * (dev - depth)))
    return stages


def fit_proposals(settings: ApeSettings, dev: int, affordable: int | None) -> ApeSettings:
    """The settings with as many proposals as a whole search can afford.

    Args:
        settings: what was asked for; comes back as it is where it is affordable.
        dev: examples of the dev split.
        affordable: calls; None for any number.
    """
    if affordable is None or sum(stage.calls for stage in plan(settings, dev)) <= affordable:
        return settings
    subset = min(settings.subset, dev)
    smaller = max(1, subset // 2)
    proposals = _first_pool(affordable, subset)
    if proposals < FEW:
        subset, proposals = smaller, _first_pool(affordable, smaller)
    return msgspec.structs.replace(
        settings, subset=subset, proposals=max(1, min(proposals, settings.proposals))
    )


def fit_dev(settings: ApeSettings, pool: int, dev: int, affordable: int | None) -> int:
    """How many dev examples the rest of the search can afford, now that the pool is there.

    Args:
        pool: candidates, the seed prompt included.
        affordable: calls that are left; None for any number.

    Returns:
        All of them, or fewer, but at least one subset.
    """
    least = min(settings.subset, dev)
    if affordable is None:
        return dev
    rest = msgspec.structs.replace(settings, proposals=max(1, pool - 1))
    for examples in range(dev, least, -1):
        if sum(stage.calls for stage in plan(rest, examples)[1:]) <= affordable:
            return examples
    return least


def _first_pool(affordable: int, subset: int) -> int:
    """Proposals that, with the seed prompt, can be made and scored on a first subset."""
    return (int(FIRST_SHARE * affordable) - subset) // (1 + subset)
