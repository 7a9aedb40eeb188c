"""The limits of a run as they are now, for a person who is about to change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from promptopt.llm.spend import PICODOLLARS, Limit

if TYPE_CHECKING:
    from promptopt.runs.store import Store

LIMITS: tuple[Limit, ...] = ("max_calls", "max_tokens", "max_usd")


class LimitNow(msgspec.Struct, frozen=True):
    """One limit of the budget, in calls, tokens or dollars.

    Attributes:
        value: in force; None for no limit.
        spent: by now; None where it is money and the price of a model is not known.
        least: about the lowest that is possible: what is spent, and what the test needs. An engine
            at work knows it more exactly, and answers with what it has made of a lower one.
    """

    value: float | None
    spent: float | None
    least: float


class LimitsNow(msgspec.Struct, frozen=True):
    """All of them.

    Attributes:
        limits: by their names in the `[budget]` table.
        concurrency: calls that may be under way at once to each endpoint; None for the default.
    """

    limits: dict[str, LimitNow]
    concurrency: int | None


def limits_now(store: Store, run_id: str) -> LimitsNow:
    """The limits of a run. Takes as long as the estimate of the run does.

    Raises:
        InputError: the configuration cannot be read any more, or its models' prices cannot.
    """
    from promptopt.runs.without_engine import situation

    now, spent = situation(store, run_id), store.spent(run_id)
    found: dict[str, LimitNow] = {}
    for limit in LIMITS:
        unit = PICODOLLARS if limit == "max_usd" else 1
        known = limit != "max_usd" or now.priced
        value = now.state.limits.get(limit, getattr(now.config.budget, limit))
        amount = spent.amount(limit) / unit if known else None
        found[limit] = LimitNow(value, amount, now.least(limit) / unit)
    concurrency = now.state.concurrency or now.config.task_model.concurrency
    return LimitsNow(found, concurrency)
