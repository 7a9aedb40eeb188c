from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from promptopt.evaluation.score import Score
from promptopt.results.json_text import json_text
from promptopt.results.statistics import stored_difference
from promptopt.results.summary import difference_object, run_summary
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

from .played_run import PROPOSALS, SEED_PROMPT, Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store


def test_a_finished_run(store: Store) -> None:
    state = store.state(play_run(store))
    summary = run_summary(state)
    assert list(summary) == [
        *("run_id", "status", "method", "preset", "settings", "task", "seed_prompt", "best"),
        *("difference", "usage", "saved", "rounds", "candidates", "front", "caps"),
    ]
    assert summary["front"][0] == "c002"
    # Three candidates were scored on all of dev, two on its first ten examples.
    assert summary["saved"] == {"scored": 140, "cells": 200, "share": pytest.approx(0.3)}
    assert [(each["step"], each["made"]) for each in summary["rounds"]] == [(0, 4)]
    assert summary["run_id"] == "singular-to-plural-ape-1"
    assert (summary["status"], summary["method"]) == ("done", "ape")
    assert summary["task"] == "singular_to_plural"
    assert summary["best"]["id"] == "c002"
    assert summary["best"]["text"] == PROPOSALS[1]
    assert summary["best"]["dev"] == {
        "score": 0.9,
        "stderr": pytest.approx(math.sqrt(0.09 / 39)),
        "n": 40,
    }
    assert summary["best"]["test"] == {
        "score": 0.9,
        "stderr": pytest.approx(math.sqrt(0.09 / 59)),
        "n": 60,
    }
    assert summary["seed_prompt"]["text"] == SEED_PROMPT
    assert summary["seed_prompt"]["test"]["score"] == 0.5
    assert summary["usage"] == {
        "calls": 266,
        "cached_calls": 3,
        "prompt_tokens": 266 * 52,
        "completion_tokens": 266 * 7,
        "usd": 0.0,
        "lost_calls": 0,
        "tokens_at_most": 266 * 59,
        "usd_at_most": 0.0,
    }
    assert summary["caps"] == {"max_calls": 500, "max_tokens": None, "max_usd": None}
    assert [each["id"] for each in summary["candidates"]] == [
        "c000",
        "c001",
        "c002",
        "c003",
        "c004",
    ]
    assert summary["candidates"][2] == {
        "id": "c002",
        "text": PROPOSALS[1],
        "operation": "forward",
        "parents": [],
        "step": 0,
        "status": "winner",
        "dev": summary["best"]["dev"],
        "test": summary["best"]["test"],
        "distance": None,
        "edit_budget": None,
        "edit_outcome": None,
    }
    assert summary["difference"] is None
    assert json.loads(json_text(summary)) == summary


def test_the_difference_has_its_interval(store: Store) -> None:
    run = play_run(store)
    difference = run_summary(store.state(run), stored_difference(store, run, 2, 0, "test"))[
        "difference"
    ]
    low, high = difference.pop("interval")
    # The mean of 60 draws of which each is 1 with probability .4: quantiles 17/60 and 32/60.
    assert (low, high) == (pytest.approx(17 / 60), pytest.approx(32 / 60))
    assert difference == {
        "mean": pytest.approx(0.4),
        "stderr": pytest.approx(math.sqrt(0.24 / 59)),
        "n": 60,
        "fixed": 24,
        "broken": 0,
        "unpaired": 0,
        "within_noise": False,
    }


def test_of_graded_answers_fixed_and_broken_are_not_told(store: Store) -> None:
    run = play_run(store, Script(wrong=0.5))
    difference = difference_object(stored_difference(store, run, 2, 0, "test"))
    assert difference is not None
    assert (difference["fixed"], difference["broken"]) == (None, None)
    assert difference["mean"] == pytest.approx(0.2)


def test_preset_settings_and_edits(store: Store) -> None:
    script = Script(
        preset="gpo-no-control",
        settings={"schedule": "none", "steps": 4},
        edits={2: (9, 9, "projected")},
    )
    summary = run_summary(store.state(play_run(store, script)))
    assert (summary["method"], summary["preset"]) == ("ape", "gpo-no-control")
    assert summary["settings"] == {"schedule": "none", "steps": 4}
    cut = summary["candidates"][2]
    assert [cut[key] for key in ("distance", "edit_budget", "edit_outcome")] == [9, 9, "projected"]


@pytest.mark.parametrize(
    ("task_model", "optimizer_model", "usd"),
    [
        ("local", "scripted:echo", 0.0),
        ("local:a.gguf", "local", 0.0),
        ("local", "openai:m", None),
        ("openai:m", "local", None),
    ],
)
def test_a_price_is_not_made_up(
    store: Store, task_model: str, optimizer_model: str, usd: float | None
) -> None:
    script = Script(task_model=task_model, optimizer_model=optimizer_model)
    assert run_summary(store.state(play_run(store, script)))["usage"]["usd"] == usd


def test_before_anything_happened() -> None:
    summary = run_summary(RunState("new"), status="interrupted")
    assert summary["status"] == "interrupted"
    assert summary["method"] is summary["task"] is summary["best"] is summary["seed_prompt"] is None
    assert summary["candidates"] == []
    assert summary["usage"]["usd"] is None


def test_reason_and_limit_only_where_set(store: Store) -> None:
    script = Script(
        status="failed", reason="the endpoint is gone", limit=("max_calls", "500 of 500 used")
    )
    summary = run_summary(store.state(play_run(store, script)))
    assert summary["status"] == "failed"
    assert summary["reason"] == "the endpoint is gone"
    assert summary["limit"] == "max_calls"


def test_never_nan() -> None:
    state = RunState("r")
    state.apply(1, 0.0, ev.CandidateAdded(0, "x", "seed", 0))
    state.candidates[0].dev = Score(math.nan, None, 1)
    state.candidates[0].test = Score(0.5, math.inf, 3)
    candidate = run_summary(state)["candidates"][0]
    assert candidate["dev"] is None
    assert candidate["test"] == {"score": 0.5, "stderr": None, "n": 3}
    with pytest.raises(ValueError, match="JSON"):
        json_text({"x": math.nan})
