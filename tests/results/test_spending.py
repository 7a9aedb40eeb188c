from __future__ import annotations

from typing import Any

import pytest

from promptopt.results.progress import final_lines, status_line, usage_line
from promptopt.results.spending import (
    caps_text,
    cost_text,
    estimate_text,
    limits_line,
    spent_parts,
    spent_usd,
)
from promptopt.runs import events as ev
from promptopt.runs.state import RunState


def state_of(
    model: str = "openai:m", usage: dict[str, Any] | None = None, **caps: float
) -> RunState:
    """A run in its first stage."""
    state = RunState("r")
    events: list[ev.Event] = [
        ev.EngineStarted(1, 1, "0"),
        ev.SearchStarted("t", "exact_match", "ape", 0, "Seed.", 5, 10, 5, model, model, 99, **caps),  # type: ignore[arg-type]
        ev.StageStarted("propose", 0, 8),
        ev.UsageUpdated(**{"calls": 7, "tokens": 1_200, **(usage or {})}),
    ]
    for number, event in enumerate(events, 1):
        state.apply(number, 100.0, event)
    return state


@pytest.mark.parametrize(
    ("model", "usd", "shown", "text"),
    [
        ("openai:m", None, None, "at a cost that is not known"),
        ("openai:m", 0.0421, 0.0421, "$0.042"),
        ("openai:m", 0.0, 0.0, "$0.00"),
        ("local", None, 0.0, "at no cost"),
        ("scripted:plural", 0.0, 0.0, "at no cost"),
        ("local", 0.5, 0.5, "$0.50"),
    ],
)
def test_what_is_not_known_is_not_nothing(
    model: str, usd: float | None, shown: float | None, text: str
) -> None:
    state = state_of(model, {"usd": usd})
    assert spent_usd(state) == shown
    assert cost_text(state) == text
    assert f"tokens, {text}, " in usage_line(state)


def test_before_anything_was_asked_nothing_is_said() -> None:
    assert cost_text(state_of(usage={"calls": 0})) == ""
    assert spent_parts(RunState("r")) == []
    assert caps_text(RunState("r")) == estimate_text(RunState("r")) == ""


def test_what_was_spent_stands_against_each_cap() -> None:
    usage = {"usd": 0.25, "forecast_tokens": 90_000, "forecast_usd": 0.75}
    state = state_of(usage=usage, max_calls=2_000, max_tokens=50_000, max_usd=1.0)
    assert caps_text(state) == ", limit 2,000 calls, 50,000 tokens, $1.00"
    # A forecast beyond a cap ends there.
    assert spent_parts(state) == [
        "1,200 of 50,000 tokens, up to ~50,000 in all",
        "$0.25 of $1.00, up to ~$0.75 in all",
    ]
    line = status_line(state, 100.0)
    assert all(part in line for part in spent_parts(state))
    assert spent_parts(state_of(usage=usage)) == ["$0.25, up to ~$0.75 in all"]
    assert spent_parts(state_of("local", {"usd": 0.0})) == []
    state.apply(9, 100.0, ev.RunEnded("done"))
    assert spent_parts(state) == ["1,200 of 50,000 tokens", "$0.25 of $1.00"]
    assert limits_line(state).endswith(": 1,200 of 50,000 tokens, $0.25 of $1.00")
    assert limits_line(state) in final_lines(state)
    assert limits_line(state_of(max_calls=5)) == ""


LOST = {"usd": 10.72, "lost": 51, "lost_tokens": 700, "lost_usd": 5.9}


@pytest.mark.parametrize(
    ("model", "usage", "text"),
    [
        ("openai:m", {}, "$4.82 and at most $5.90 more for 51 lost calls"),
        ("openai:m", {"lost": 1}, "$4.82 and at most $5.90 more for 1 lost call"),
        (
            "openai:m",
            {"usd": 5.9, "untold": 0},
            "$0.00 and at most $5.90 more for 51 lost calls",
        ),
        (
            "openai:m",
            {"untold": 3, "untold_excess": 1.8},
            "about $3.02, at most $4.82, and at most $5.90 more for 51 lost calls",
        ),
        ("openai:m", {"usd": None}, "at a cost that is not known"),
        ("openai:m", {"usd": 0.0, "lost_usd": 0.0}, "$0.00"),
        ("local", {"usd": 0.0, "lost_usd": 0.0}, "at no cost"),
    ],
)
def test_what_lost_calls_may_have_cost_is_told_apart(
    model: str, usage: dict[str, Any], text: str
) -> None:
    state = state_of(model, LOST | usage)
    assert cost_text(state) == text
    assert f", {text}, 0s" in usage_line(state)


def test_while_it_goes_on_lost_calls_are_told_apart() -> None:
    state = state_of(usage=LOST)
    assert spent_parts(state) == ["$4.82 and at most $5.90 more for lost calls"]
    state = state_of(usage=LOST | {"usd": 5.9, "forecast_usd": 30.0})
    assert spent_parts(state) == [
        "$0.00 and at most $5.90 more for lost calls, up to ~$30.00 in all"
    ]
    state = state_of(usage=LOST | {"forecast_usd": 30.0}, max_tokens=5_000, max_usd=20.0)
    assert spent_parts(state) == [
        "1,200 of 5,000 tokens (at most 700 of it for lost calls)",
        "$10.72 of $20.00 (at most $5.90 of it for lost calls), up to ~$20.00 in all",
    ]
    assert spent_parts(state_of(usage=LOST | {"usd": None})) == []
    state.apply(9, 100.0, ev.RunEnded("done"))
    # What lost calls may have cost stands in the line above it.
    assert limits_line(state).endswith(
        "lost calls at their most: 1,200 of 5,000 tokens, $10.72 of $20.00"
    )


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0.5, "about 1,100 tokens, $0.50"),
        (0.0, "about 1,100 tokens"),
        (None, "about 1,100 tokens, at a price that is not known"),
    ],
)
def test_the_estimate_in_words(usd: float | None, text: str) -> None:
    state = state_of()
    state.apply(9, 100.0, ev.CostEstimated(1_000, 100, usd, exact=False))
    assert estimate_text(state) == text
