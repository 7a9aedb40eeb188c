"""The limits of a run as they are written and read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from promptopt.results.spending import shown_usd
from promptopt.results.typed_number import comma_hint, typed_number
from promptopt.runs.commands import SetConcurrency, SetLimit
from promptopt.runs.limits_now import LimitNow, LimitsNow


@dataclass(frozen=True, slots=True)
class LimitField:
    """One number that can be changed; `limit` is its name in the budget, "" for the concurrency."""

    label: str
    limit: str


FIELDS = (
    LimitField("calls", "max_calls"),
    LimitField("tokens", "max_tokens"),
    LimitField("dollars", "max_usd"),
    LimitField("concurrency", ""),
)


def written(value: float | None) -> str:
    """A value as it stands in its field: "5,000"; "" for no limit."""
    if value is None:
        return ""
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def read(field: LimitField, text: str) -> int | float | None:
    """The value that a text says; None for no limit.

    Raises:
        ValueError: it is none; the message says what would be.
    """
    plain = text.strip().removeprefix("$")
    if not plain or plain.casefold() == "none":
        if not field.limit:
            raise ValueError("the concurrency is a whole number from 1 on")
        return None
    try:
        value: float = typed_number(plain, float if field.limit == "max_usd" else int)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value <= 0:
        kind = "a number" if field.limit == "max_usd" else "a whole number"
        hint = comma_hint(plain) or ('"none" or nothing lifts the limit' if field.limit else "")
        told = f"{field.label}: {kind} above 0 is asked for"
        raise ValueError(f"{told}; {hint}" if hint else told)
    return value


def change(field: LimitField, text: str) -> SetLimit | SetConcurrency:
    """What is asked of the run for a text.

    Raises:
        ValueError: as `read`.
    """
    value = read(field, text)
    if field.limit:
        return SetLimit(field.limit, value)
    assert isinstance(value, int)
    return SetConcurrency(value)


def detail(field: LimitField, now: LimitsNow, ended_by: str) -> str:
    """What stands beside a field: what is spent, and what is least possible.

    Args:
        ended_by: the limit that ended the run, "" for none.
    """
    if not field.limit:
        return "calls at once to each endpoint"
    limit = now.limits[field.limit]
    if limit.spent is None:
        return "the price of a model is not known"
    told = f"{_amount(field, limit.spent)} spent"
    if ended_by == field.limit and limit.value is not None:
        # What is asked for comes first: a small window cuts off the end.
        return f"ended the run: more than {_amount(field, limit.value)}; {told}"
    return f"{told}, at least ~{_amount(field, _rounded_up(field, limit))}"


def _rounded_up(field: LimitField, limit: LimitNow) -> float:
    if field.limit == "max_usd":
        return limit.least
    return max(1, math.ceil(limit.least))


def _amount(field: LimitField, value: float) -> str:
    return shown_usd(value) if field.limit == "max_usd" else f"{int(value):,}"
