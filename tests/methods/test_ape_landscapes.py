"""APE on landscapes whose best instruction is known, and what its filter saves there."""

from __future__ import annotations

import math

import pytest

from promptopt.methods.ape import ape
from promptopt.methods.ape_settings import ApeSettings

from ..evaluation.searching import searching
from .landscapes import Kind, Landscape

DEV = 100

PLAIN = ApeSettings()
ITERATIVE = ApeSettings(resample_rounds=3)


async def quality_found(model: Landscape, settings: ApeSettings) -> float:
    async with searching(model.task(), model, seed=model.seed, concurrency=8) as here:
        return model.quality((await ape(here.search, settings)).text)


@pytest.mark.parametrize("settings", [PLAIN, ITERATIVE], ids=["ape", "iterative"])
@pytest.mark.parametrize("kind", ["smooth", "deceptive", "noisy"])
async def test_the_best_instruction_is_found(kind: Kind, settings: ApeSettings) -> None:
    for seed in range(4):
        assert await quality_found(Landscape(kind, seed, DEV), settings) == 1.0


async def test_resampling_reaches_what_no_proposal_is() -> None:
    # So little insight that the best instruction is never proposed at once.
    models = [Landscape("smooth", seed, 50, insight=0.3) for seed in range(4)]
    few = ApeSettings(proposals=20, subset=20, variations=8)
    plain = [await quality_found(model, few) for model in models]
    many = ApeSettings(proposals=20, subset=20, variations=8, resample_rounds=12)
    iterative = [await quality_found(model, many) for model in models]
    assert max(plain) < 0.9
    assert all(after > before for before, after in zip(plain, iterative, strict=True))
    assert sum(after == 1.0 for after in iterative) >= 3


@pytest.mark.parametrize("insight", [0.4, 0.7])
async def test_the_filter_saves_most_calls_and_loses_next_to_nothing(insight: float) -> None:
    for seed in range(20):
        model = Landscape("noisy", seed, DEV, insight)
        async with searching(model.task(), model, seed=seed, concurrency=8) as here:
            winner = await ape(here.search, PLAIN)
            candidates = here.search.candidates
            scored = sum(len(here.rows_of(each.id)) for each in candidates)
        assert scored <= 0.4 * DEV * len(candidates)
        # As scoring everything would have it.
        true = {
            each.id: sum(model.is_right(each.text, row) for row in range(DEV)) / DEV
            for each in candidates
        }
        best = max(true.values())
        stderr = math.sqrt(best * (1 - best) / (DEV - 1))
        assert true[winner.id] >= best - stderr
