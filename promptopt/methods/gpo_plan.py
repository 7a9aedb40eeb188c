"""What a GPO search will call, and how it is made to fit what it may."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Literal

import msgspec

from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.plan import PlannedStage, Sizes

FEW_STEPS = 3
FEW_CANDIDATES = 2
FEW_EXAMPLES = 5
"""Less of one than this, and a smaller number of the next in this order is the lesser evil."""


class Extent(msgspec.Struct, frozen=True):
    """How large a search is.

    Attributes:
        steps: after the seed prompt was scored; 0 where not even one is affordable.
        candidates: sampled at each step.
        dev: examples that every candidate is scored on.
    """

    steps: int
    candidates: int
    dev: int


def asked_extent(settings: GpoSettings, sizes: Sizes) -> Extent:
    """The extent that the settings ask for: epochs * train / batch steps, rounded half up."""
    steps = settings.steps
    if steps is None:
        steps = settings.epochs * max(1, (2 * sizes.train + settings.batch) // (2 * settings.batch))
    return Extent(steps, settings.candidates, sizes.dev)


def plan(settings: GpoSettings, sizes: Sizes) -> list[PlannedStage]:
    """What a run will call at the most, stage by stage, without the test."""
    return _stages(settings, sizes, asked_extent(settings, sizes))


def plan_within(settings: GpoSettings, sizes: Sizes, affordable: int | None) -> list[PlannedStage]:
    """What a run will call at the most that may call so much."""
    return _stages(settings, sizes, fit(settings, sizes, affordable))


def fit(settings: GpoSettings, sizes: Sizes, affordable: int | None) -> Extent:
    """The extent of a search that comes to its end within the calls.

    What does not fit gets fewer steps first, then fewer candidates a step, then fewer dev
    examples, and at last single steps with single candidates.

    Args:
        settings: what was asked for.
        sizes: the splits, and what an example costs.
        affordable: calls; None for any number.
    """
    asked = asked_extent(settings, sizes)
    if affordable is None:
        return asked
    steps = min(asked.steps, FEW_STEPS)
    candidates = min(asked.candidates, FEW_CANDIDATES)
    extents = itertools.chain(
        (Extent(n, asked.candidates, asked.dev) for n in _down(asked.steps, FEW_STEPS)),
        (Extent(steps, n, asked.dev) for n in _down(asked.candidates, FEW_CANDIDATES)),
        (Extent(steps, candidates, n) for n in _down(asked.dev, FEW_EXAMPLES)),
        (Extent(1, 1, n) for n in _down(asked.dev, 1)),
    )
    fitting = (each for each in extents if _calls(settings, sizes, each) <= affordable)
    return next(fitting, Extent(0, asked.candidates, asked.dev))


def refit(
    settings: GpoSettings, sizes: Sizes, extent: Extent, step: int, affordable: int | None
) -> Extent:
    """The extent of a search that is going on, whose budget was changed before `step`.

    The dev examples stay, for the scores are means over these. What does not fit gets fewer steps
    first, and then fewer candidates a step.

    Args:
        settings: what was asked for.
        sizes: the splits, and what an example costs.
        extent: of the search so far.
        step: the one that is about to be made.
        affordable: calls that are left; None for any number.
    """
    asked = asked_extent(settings, sizes)
    if affordable is None or asked.steps < step:
        return Extent(asked.steps, asked.candidates, extent.dev)
    calls, each = step_calls(settings, sizes, step, extent.dev)
    few = min(asked.steps - step + 1, FEW_STEPS)
    candidates = min(asked.candidates, FEW_CANDIDATES)
    for left, number in itertools.chain(
        ((n, asked.candidates) for n in range(asked.steps - step + 1, few - 1, -1)),
        ((few, n) for n in _down(asked.candidates, FEW_CANDIDATES)),
        ((n, candidates) for n in _down(few, 1)),
    ):
        if left * (calls + number * each) <= affordable:
            return Extent(step - 1 + left, number, extent.dev)
    return Extent(step, 1, extent.dev)


def grown(
    settings: GpoSettings, sizes: Sizes, extent: Extent, step: int, affordable: int | None
) -> Extent:
    """The extent of a search that must be smaller than asked, with more steps where it has calls
    left: replies that were known or turned away cost less than was planned for them.

    Args:
        settings: what was asked for.
        sizes: the splits, and what an example costs.
        extent: of the search so far.
        step: the one that is about to be made.
        affordable: calls that are left; None for any number.
    """
    most = asked_extent(settings, sizes).steps
    if affordable is None or extent.steps >= most:
        return extent
    calls, each = step_calls(settings, sizes, step, extent.dev)
    steps, rest = divmod(affordable, calls + extent.candidates * each)
    # A last step need not have all of its candidates.
    steps += rest >= calls + min(FEW_CANDIDATES, extent.candidates) * each
    more = max(extent.steps, min(most, step - 1 + steps))
    return Extent(more, extent.candidates, extent.dev)


def rest(
    settings: GpoSettings, sizes: Sizes, finished: Collection[str], examples: int
) -> Literal["more", "none", "anew"]:
    """What a higher limit lets a search do that one has ended.

    Args:
        settings: what was asked for.
        sizes: the splits, and what an example costs.
        finished: the names of the stages that it has finished.
        examples: of dev, that it compared candidates on.

    Returns:
        "more": the steps that are left; "none": there are none. "anew": it has to begin anew, as
        only a part of dev was affordable, and all scores are means over that.
    """
    if examples < sizes.dev:
        return "anew"
    last = step_name(asked_extent(settings, sizes).steps)
    return "none" if last in finished else "more"


def step_calls(settings: GpoSettings, sizes: Sizes, step: int, dev: int) -> tuple[int, int]:
    """(calls whatever the number of candidates, calls for each of them) of a step at the most."""
    scored = dev * sizes.per_example
    calls = sizes.per_vector if settings.momentum == "relevance" else 0
    if settings.momentum == "summary" and step > 1:
        calls += 1 + scored
    if settings.direction == "reflection":
        calls += min(settings.batch, sizes.train) * sizes.train_example + 1
    sent_back = settings.schedule != "none" and settings.excess != "observe"
    return calls, 1 + sent_back + scored


def _stages(settings: GpoSettings, sizes: Sizes, extent: Extent) -> list[PlannedStage]:
    stages = [PlannedStage("seed", 0, extent.dev * sizes.per_example)]
    for step in range(1, extent.steps + 1):
        calls, each = step_calls(settings, sizes, step, extent.dev)
        calls += extent.candidates * each
        vectors = sizes.per_vector if settings.momentum == "relevance" else 0
        optimizer = _optimizer_calls(settings, step, extent.candidates)
        stages.append(PlannedStage(step_name(step), step, calls, optimizer, vectors))
    return stages


def _optimizer_calls(settings: GpoSettings, step: int, candidates: int) -> int:
    """Calls of the optimizer model in a step at the most."""
    summary = settings.momentum == "summary" and step > 1
    sent_back = settings.schedule != "none" and settings.excess != "observe"
    return summary + (settings.direction == "reflection") + candidates * (1 + sent_back)


def step_name(step: int) -> str:
    """What the stage of a step is called."""
    return f"step {step}"


def _calls(settings: GpoSettings, sizes: Sizes, extent: Extent) -> int:
    """The sum over all stages. All steps but the first are alike."""
    beginning = msgspec.structs.replace(extent, steps=min(extent.steps, 2))
    first, *others = _stages(settings, sizes, beginning)
    return first.calls + sum(
        stage.calls * (1 if stage.step == 1 else extent.steps - 1) for stage in others
    )


def _down(most: int, few: int) -> range:
    """From the most down to a few."""
    return range(most, min(most, few) - 1, -1)
