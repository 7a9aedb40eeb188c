"""Pace: how long the limits of its endpoints make a run take at the least."""

from __future__ import annotations

from promptopt.errors import InputError
from promptopt.llm.model import Role
from promptopt.llm.outlook import Kind, Outlook
from promptopt.llm.rates import Bucket, Rates, rates_of
from promptopt.runs.config import RunConfig
from promptopt.runs.cost_estimate import CostEstimate
from promptopt.runs.roles import models_of
from promptopt.runs.within_caps import within_caps
from promptopt.tasks.task import Task

WORTH_TELLING = 60.0
"""Seconds; what takes no longer is not worth a word."""


def check_rates(config: RunConfig, task: Task, estimated: CostEstimate) -> None:
    """Find out whether a call of each model fits into what its endpoint may be asked in a minute.

    Raises:
        InputError: one takes more tokens than a minute has.
    """
    for rates in _limited(config, task):
        allowed = rates.tokens_per_minute
        for kind, (_, tokens) in _calls(estimated.outlook).items():
            if allowed is not None and tokens > allowed and _role(kind) in rates.roles:
                whose = "embedder" if kind == "embedder" else f"{_role(kind)} model"
                raise InputError(
                    f"tokens_per_minute = {allowed:,} for {rates.name} is less than one call of "
                    f"the {whose} takes, about {tokens:,.0f} tokens; raise it"
                )


def least_seconds(config: RunConfig, task: Task, estimated: CostEstimate) -> float:
    """Seconds that the calls of a run take at the least, if it makes all that it sets out to do.

    What the models take to answer comes on top; 0 where no endpoint has a limit.
    """
    limited = _limited(config, task)
    if not limited:
        return 0.0
    fitted = within_caps(config, task, estimated) or estimated
    return max(_seconds(rates, fitted.outlook) for rates in limited)


def pace_note(config: RunConfig, task: Task, seconds: float) -> str:
    """What a person should know of that; "" where it makes no difference."""
    if seconds < WORTH_TELLING:
        return ""
    limits = [
        f"{allowed:,} {what} a minute for {rates.name}"
        for rates in _limited(config, task)
        for allowed, what in (
            (rates.requests_per_minute, "requests"),
            (rates.tokens_per_minute, "tokens"),
        )
        if allowed is not None
    ]
    return (
        f"With no more than {' and '.join(limits)}, the calls of this run take "
        f"{_duration(seconds)} at the least, should it make them all."
    )


def _limited(config: RunConfig, task: Task) -> list[Rates]:
    return [
        rates
        for rates in rates_of(models_of(config, task))
        if rates.requests_per_minute is not None or rates.tokens_per_minute is not None
    ]


def _calls(outlook: Outlook) -> dict[Kind, tuple[int, float]]:
    """Kind to how many calls there are, and to the tokens of one."""
    return {
        kind: (outlook.search.get(kind, 0) + outlook.test.get(kind, 0), cost.tokens)
        for kind, cost in (outlook.test_costs | outlook.costs).items()
        if outlook.search.get(kind, 0) + outlook.test.get(kind, 0)
    }


def _role(kind: Kind) -> Role:
    return "task" if kind == "likelihood" else kind  # type: ignore[return-value]


def _seconds(rates: Rates, outlook: Outlook) -> float:
    asked = [each for kind, each in _calls(outlook).items() if _role(kind) in rates.roles]
    amounts = (
        (rates.requests_per_minute, sum(calls for calls, _ in asked)),
        (rates.tokens_per_minute, sum(calls * tokens for calls, tokens in asked)),
    )
    return max(
        Bucket(allowed, 0.0).least_seconds(amount) if allowed is not None else 0.0
        for allowed, amount in amounts
    )


def _duration(seconds: float) -> str:
    """ "4 min", "5 h 20 min"."""
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours:,} h {rest} min" if rest else f"{hours:,} h"
