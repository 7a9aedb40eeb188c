from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.llm.model import Request, Response
from promptopt.methods.gpo import gpo
from promptopt.methods.gpo_plan import Extent, fit, plan
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.plan import Sizes
from promptopt.runs.events import StageStarted

from ..evaluation.searching import searching, table_task


def calls(config: GpoSettings, sizes: Sizes) -> list[int]:
    return [stage.calls for stage in plan(config, sizes)]


def test_the_plan_by_hand() -> None:
    sizes = Sizes(train=5, dev=10)
    plain = {"steps": 2, "candidates": 4, "schedule": "none"}
    assert calls(GpoSettings(**plain), sizes) == [10, 4 * 11, 4 * 11]
    # A send-back each.
    sent_back = plain | {"schedule": "fixed"}
    assert calls(GpoSettings(**sent_back), sizes) == [10, 4 * 12, 4 * 12]
    assert calls(GpoSettings(**sent_back, excess="reject"), sizes) == [10, 48, 48]
    assert calls(GpoSettings(**sent_back, excess="observe"), sizes) == [10, 44, 44]
    # A batch of train, of which there are five, and the reflection on it.
    assert calls(GpoSettings(**plain, direction="reflection"), sizes) == [10, 50, 50]
    # The summary, which is scored too; there is none at the first step.
    assert calls(GpoSettings(**plain, momentum="summary"), sizes) == [10, 44, 55]
    # A second turn, a judge, a vector.
    dear = Sizes(train=5, dev=10, per_example=3, train_example=2, per_vector=1)
    assert calls(GpoSettings(**plain), dear) == [30, 4 * 31 + 1, 4 * 31 + 1]
    assert calls(GpoSettings(**plain, momentum="recency"), dear) == [30, 4 * 31, 4 * 31]
    assert calls(GpoSettings(**plain, direction="reflection"), dear)[1] == 4 * 31 + 1 + 5 * 2 + 1


def test_the_stages_of_the_paper() -> None:
    stages = plan(GpoSettings(), Sizes(48, 48))
    assert [stage.stage for stage in stages] == ["seed", *(f"step {n}" for n in range(1, 19))]
    assert [stage.step for stage in stages] == list(range(19))
    assert sum(stage.calls for stage in stages) == 48 + 18 * 8 * 50


# Fitting


@pytest.mark.parametrize(
    ("affordable", "extent"),
    [
        (None, Extent(6, 4, 10)),
        (10 + 6 * 48, Extent(6, 4, 10)),
        (10 + 6 * 48 - 1, Extent(5, 4, 10)),
        (10 + 3 * 48, Extent(3, 4, 10)),
        (10 + 3 * 48 - 1, Extent(3, 3, 10)),
        (10 + 3 * 24, Extent(3, 2, 10)),
        (10 + 3 * 24 - 1, Extent(3, 2, 9)),
        (5 + 3 * 14, Extent(3, 2, 5)),
        (5 + 3 * 14 - 1, Extent(1, 1, 10)),
        (10 + 12 - 1, Extent(1, 1, 9)),
        (1 + 3, Extent(1, 1, 1)),
        (3, Extent(0, 4, 10)),
    ],
)
def test_fewer_steps_then_fewer_candidates_then_fewer_examples(
    affordable: int | None, extent: Extent
) -> None:
    assert fit(GpoSettings(steps=6, candidates=4), Sizes(8, 10), affordable) == extent


configurations = st.builds(
    GpoSettings,
    direction=st.sampled_from(["prompt_score", "reflection"]),
    momentum=st.sampled_from(["none", "summary", "recency", "importance", "relevance"]),
    trajectory=st.integers(1, 4),
    schedule=st.sampled_from(["none", "fixed", "cosine"]),
    max_edit=st.integers(1, 4),
    excess=st.sampled_from(["project", "reject", "observe"]),
    steps=st.none() | st.integers(1, 5),
    epochs=st.integers(1, 2),
    batch=st.integers(1, 9),
    candidates=st.integers(1, 4),
    patience=st.integers(0, 2),
)


@given(
    config=configurations,
    train=st.integers(1, 60),
    dev=st.integers(1, 60),
    per_example=st.integers(1, 3),
    affordable=st.integers(0, 3000),
)
def test_what_fits_is_affordable(
    config: GpoSettings, train: int, dev: int, per_example: int, affordable: int
) -> None:
    sizes = Sizes(train, dev, per_example, per_example)
    asked, extent = fit(config, sizes, None), fit(config, sizes, affordable)
    assert (extent.steps, extent.candidates, extent.dev) <= (asked.steps, 10_000, 10_000)
    if extent.steps:
        fitted = Sizes(train, extent.dev, per_example, per_example)
        changes: dict[str, Any] = {"steps": extent.steps, "candidates": extent.candidates}
        smaller = calls(_replaced(config, **changes), fitted)
        assert sum(smaller) <= affordable
    if sum(calls(config, sizes)) <= affordable:
        assert extent == asked


def _replaced(config: GpoSettings, **changes: Any) -> GpoSettings:
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    return GpoSettings(**values | changes)


# A search never calls more than planned


class Inventive:
    """Makes prompts up, some long and some known, and is right by chance."""

    seeded = False
    identity = "inventive"

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self.calls = 0

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def complete(self, request: Request) -> Response:
        self.calls += 1
        if request.prompt.endswith("Output:"):
            return Response(self._rng.choice(["yes", "no"]))
        words = [str(self._rng.randint(0, 9)) for _ in range(self._rng.randint(0, 7))]
        return Response(f"<START>{' '.join(words)}<END>")


@settings(max_examples=100, deadline=None)
@given(
    config=configurations,
    train=st.integers(1, 12),
    dev=st.integers(1, 8),
    seed=st.integers(0, 10_000),
    max_calls=st.none() | st.integers(0, 150),
)
def test_a_search_never_calls_more_than_planned(
    config: GpoSettings, train: int, dev: int, seed: int, max_calls: int | None
) -> None:
    asyncio.run(_within_the_plan(config, train, dev, seed, max_calls))


async def _within_the_plan(
    config: GpoSettings, train: int, dev: int, seed: int, max_calls: int | None
) -> None:
    model, task = Inventive(seed), table_task(dev, train=train)
    extent = fit(config, Sizes(train, dev), max_calls)
    async with searching(task, model, seed=seed, max_calls=max_calls) as here:
        if not extent.steps and (max_calls or 0) < dev:
            return
        winner = await gpo(here.search, config)
        announced = here.events(StageStarted)
        assert len(here.rows_of(winner.id)) == extent.dev
    planned = {stage.stage: stage.calls for stage in plan(config, Sizes(train, dev))}
    assert model.calls <= sum(event.calls for event in announced) <= sum(planned.values())
    assert all(event.calls <= planned[event.stage] for event in announced)
    assert max_calls is None or model.calls <= max_calls
