"""GPO where the best prompt is known: that it gets there, and that its parts are wired in."""

from __future__ import annotations

import math
import statistics
from functools import cache
from typing import Any

import pytest

from promptopt.methods.gpo import gpo
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.presets import preset_tables

from ..evaluation.searching import searching
from .landscapes import Kind, Landscape

SIZES: dict[str, Any] = {"max_edit": 6, "min_edit_share": 0.34}
"""The prompts of a landscape have 12 words: half of them may change at first, two at last."""

SEEDS = range(20)


async def descended(kind: Kind, seed: int, dev: int, **settings: Any) -> tuple[float, Landscape]:
    """The quality of the winner, and the landscape that it was found in."""
    land = Landscape(kind, seed, dev)
    async with searching(land.task(), land, seed=seed) as here:
        winner = await gpo(here.search, GpoSettings(**(SIZES | settings)))
    return land.quality(winner.text), land


@pytest.mark.parametrize("seed", range(3))
async def test_it_finds_the_best_prompt_of_a_smooth_landscape(seed: int) -> None:
    quality, land = await descended("smooth", seed, 12, steps=40)
    assert quality == 1.0
    assert land.quality(land.task().seed_prompt) == 0.1


@pytest.mark.parametrize("seed", range(2))
async def test_it_finds_the_best_prompt_behind_a_deception(seed: int) -> None:
    quality, _ = await descended("deceptive", seed, 24, steps=40)
    assert quality == 1.0


@pytest.mark.parametrize("seed", range(2))
async def test_it_finds_the_best_prompt_through_noise(seed: int) -> None:
    # A useful word of eight is worth more than two standard errors of a paired difference on 100
    # examples; on 40 the best prompt is hard to tell from the next best.
    quality, _ = await descended("noisy", seed, 100, steps=40)
    assert quality == 1.0


# Taken apart


@cache
def _method(preset: str) -> dict[str, Any]:
    tables = preset_tables(preset, "the test")["method"]
    return {name: value for name, value in tables.items() if name not in ("name", "position")}


async def qualities(preset: str) -> list[float]:
    """What 24 steps of four candidates find, over all seeds."""
    settings = _method(preset) | SIZES | {"steps": 24, "candidates": 4}
    return [(await descended("smooth", seed, 12, **settings))[0] for seed in SEEDS]


async def test_without_retrieval_and_without_control_it_does_measurably_worse() -> None:
    whole = await qualities("gpo")
    for preset in ("gpo-no-retrieval", "gpo-no-control"):
        others = await qualities(preset)
        differences = [one - other for one, other in zip(whole, others, strict=True)]
        mean = statistics.mean(differences)
        stderr = statistics.stdev(differences) / math.sqrt(len(differences))
        # Each useful word is worth .11; found are .94 with both, .84 without either of them.
        assert mean > 0.05
        assert mean / stderr > 3, f"{preset}: {mean:.3f} ±{stderr:.3f}"
