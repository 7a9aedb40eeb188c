"""What an engine tells of the cost of its calls, in the fields of `UsageUpdated`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from promptopt.llm.budget import Budget
from promptopt.llm.spend import PICODOLLARS, Known
from promptopt.llm.tariff import Tariff, Untold
from promptopt.runs.events import UsageUpdated


def counted_and_expected(budget: Budget) -> dict[str, Any]:
    """What counts against the caps, and what the whole run is going to come to."""
    spent, forecast = budget.settled, budget.forecast()
    return {
        "tokens": spent.tokens,
        "usd": spent.usd if budget.priced else None,
        "forecast_tokens": forecast.tokens,
        "forecast_usd": forecast.usd if budget.priced else None,
    }


def lost(budget: Budget, known: Known, in_flight: int) -> dict[str, Any]:
    """What counts of it for calls that are over and told nothing.

    Args:
        known: what was told, over the life of the run.
        in_flight: how many calls are under way.
    """
    rest = budget.settled - known.spend
    return {
        "lost": max(0, rest.calls - in_flight),
        "lost_tokens": max(0, rest.tokens),
        "lost_usd": max(0.0, rest.usd),
    }


def untold(tariffs: Sequence[Tariff], before: UsageUpdated) -> dict[str, Any]:
    """What answered calls took of which no endpoint told it.

    Args:
        tariffs: of this engine's models.
        before: what the engines before it have told.
    """
    now = sum((each.untold for each in tariffs), Untold())
    return {
        "untold": before.untold + now.calls,
        "untold_prompt_tokens": before.untold_prompt_tokens + now.prompt_tokens,
        "untold_completion_tokens": before.untold_completion_tokens + now.completion_tokens,
        "untold_excess": before.untold_excess + now.excess / PICODOLLARS,
    }
