"""A run that no engine is at work on, as its next engine will find it."""

from __future__ import annotations

import msgspec

from promptopt.llm.budget import Budget
from promptopt.runs.answers import Situation
from promptopt.runs.config import config_from_json
from promptopt.runs.cost_estimate import estimate, tariffs_of
from promptopt.runs.prepare import plan
from promptopt.runs.store import Store


def situation(store: Store, run_id: str) -> Situation:
    """What an answer to a command depends on."""
    config = config_from_json(store.find_run(run_id).config)
    task, state = store.task(run_id), store.state(run_id)
    outlook = estimate(config, task, plan(config, task), tariffs_of(config, task)).outlook
    if not store.knows_money(run_id):
        outlook = msgspec.structs.replace(outlook, priced=False)
    budget = Budget(config.budget.caps, store.spent(run_id), outlook=outlook)
    return Situation(state, task, config, 0, budget.least, budget.priced)
