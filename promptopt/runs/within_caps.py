"""What a run will do that its caps do not reach for: a smaller search, and its test."""

from __future__ import annotations

import math

import msgspec

from promptopt.llm.budget import Budget
from promptopt.llm.spend import Spend
from promptopt.methods.registry import method_of
from promptopt.runs.config import RunConfig
from promptopt.runs.cost_estimate import CostEstimate, estimate, tariffs_of
from promptopt.runs.prepare import plan, sizes_of, stages_of_test
from promptopt.runs.roles import PROBE
from promptopt.tasks.task import Task


def within_caps(config: RunConfig, task: Task, cost: CostEstimate) -> CostEstimate | None:
    """What a run is expected to cost once it is made to fit its caps.

    That is what it sets out to do. What its replies leave of it, it uses for more: proposals that
    are turned away are not scored.

    Args:
        config: of the run.
        task: that it is about.
        cost: of the run without any cap.

    Returns:
        None where the caps reach for all of it.
    """
    budget = Budget(config.budget.caps, outlook=cost.outlook)
    affordable = budget.plan()
    asked = plan(config, task)
    tests = stages_of_test(task)
    first = [stage for stage in asked if stage.stage == PROBE]
    searched = [stage for stage in asked if stage.stage not in (PROBE, *tests)]
    if affordable is None or sum(stage.calls for stage in [*first, *searched]) <= affordable:
        return None
    affordable -= sum(stage.calls for stage in first)
    method = method_of(config.method)
    stages = [*first, *method.plan_within(config.method, sizes_of(config, task), affordable)]
    tariffs = tariffs_of(config, task)
    search = estimate(config, task, stages, tariffs).outlook
    for kind, calls in search.search.items():
        each = search.costs[kind]
        tokens, picodollars = calls * each.tokens, calls * each.picodollars
        budget.charge(kind, Spend(calls, math.ceil(tokens), math.ceil(picodollars)))
    budget.release()
    left = budget.plan()
    for stage in asked:
        if stage.stage in tests:
            calls = stage.calls if left is None else min(stage.calls, max(0, left))
            left = None if left is None else left - calls
            stages.append(msgspec.structs.replace(stage, step=stages[-1].step, calls=calls))
    return estimate(config, task, stages, tariffs)
