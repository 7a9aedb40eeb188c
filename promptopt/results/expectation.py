"""How many calls a run is going to make, by its plan and by what its steps have really taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from promptopt.runs.state import RunState

STEPS_LOOKED_AT = 5
"""Later steps are more like the next one than the first ones were."""

STEPS_BEFORE = 2
"""Fewer have been made: nothing is concluded from them."""


class Expected(NamedTuple):
    """Calls over the whole life of a run, those made already among them.

    Attributes:
        calls: how many.
        bound: whether it will be as many at the most, and perhaps far fewer.
        steps: how many steps there will be; 0 where it makes none, or the number is not known.
    """

    calls: int
    bound: bool
    steps: int = 0

    @property
    def told(self) -> str:
        """For people: "~920", or "≤6,231" for a bound."""
        return f"{'≤' if self.bound else '~'}{self.calls:,}"


def expected(state: RunState) -> Expected | None:
    """What is expected of a run as of now; None while nothing is known of it.

    In the test it is exact; a search that goes from step to step takes as many calls for those to
    come as for the last ones. Before that, and of other searches, the plan is the bound.
    """
    setup = state.setup
    if setup is None:
        return None
    made, cap = state.usage.calls, setup.max_calls
    bound = setup.planned_calls if cap is None else min(cap, setup.planned_calls)
    steps = state.estimate.steps if state.estimate is not None and state.steps else 0
    if state.stage.startswith("test") and state.winner is not None:
        whole = state.stage_from + state.stage_calls
        if setup.other_demonstrations is not None and state.stage == "test":
            whole += state.stage_calls  # the other regime takes as many
        return Expected(max(made, whole), bound=False, steps=state.step if steps else 0)
    taken = [calls for calls in state.calls_of_steps if calls][-STEPS_LOOKED_AT:]
    if len(taken) < STEPS_BEFORE or not steps or state.estimate is None:
        return Expected(max(made, bound), bound=True, steps=0 if state.limit else steps)
    each = sum(taken) / len(taken)
    tested = state.estimate.test_calls
    # Of the step that is under way, what is left; a stage between two steps is counted as none.
    under_way = max(0.0, each - (made - state.stage_from)) if state.step in state.steps else 0.0
    if state.step in state.steps and len(state.calls_of_steps) >= state.step:
        under_way = 0.0
    last = state.step
    if cap is not None:
        affordable = int(max(0.0, cap - made - under_way - tested) / each)
        steps = min(steps, last + affordable)
    steps = max(steps, last)
    whole = round(made + under_way + (steps - last) * each) + tested
    return Expected(min(whole, max(made, bound)), bound=False, steps=steps)
