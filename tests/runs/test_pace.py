"""Limits of an endpoint that make a run slow are said; those that let nothing through, refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.llm.rates import Bucket
from promptopt.runs.prepare import Prepared, prepare

from ..workspace import Workspace

URL = "http://127.0.0.1:9/v1"


def prepared(workspace: Workspace, *, other: str = URL, **settings: Any) -> Prepared:
    """A small search whose task model has such limits, and whose optimizer model has none."""
    config = workspace.config(
        {"spec": "openai:m", "base_url": URL, **settings},
        optimizer_model={"spec": "openai:o", "base_url": other},
    )
    return prepare(config, models=False)


def test_without_limits_nothing_is_said(workspace: Workspace) -> None:
    ready = prepared(workspace)
    assert (ready.least_seconds, ready.pace) == (0.0, "")
    # Nor where they make no difference.
    ready = prepared(workspace, requests_per_minute=6_000, tokens_per_minute=10**9)
    assert ready.least_seconds < 60
    assert ready.pace == ""


def test_requests_a_minute_hold_for_all_that_ask_the_endpoint(workspace: Workspace) -> None:
    ready = prepared(workspace, requests_per_minute=2)
    # One goes out at once, and then two a minute.
    assert ready.least_seconds == (ready.calls - 1) * 30
    assert ready.pace in ready.notes
    assert ready.pace == (
        f"With no more than 2 requests a minute for {URL}, the calls of this run take "
        "52 min at the least, should it make them all."
    )
    alone = prepared(workspace, requests_per_minute=2, other="http://127.0.0.1:10/v1")
    optimizer = ready.cost.outlook.search["optimizer"]
    assert alone.least_seconds == (ready.calls - optimizer - 1) * 30


def test_tokens_a_minute_hold_by_what_calls_are_expected_to_take(workspace: Workspace) -> None:
    ready = prepared(workspace, requests_per_minute=2_000, tokens_per_minute=300)
    tokens = ready.cost.prompt_tokens + ready.cost.completion_tokens
    assert ready.least_seconds == pytest.approx((tokens - 30) / (271 / 60), rel=0.02)
    assert f"2,000 requests a minute for {URL} and 300 tokens a minute for {URL}" in ready.pace


def test_a_cap_makes_it_shorter(workspace: Workspace) -> None:
    model = {"spec": "openai:m", "base_url": URL, "requests_per_minute": 2}
    config = workspace.config(model, budget={"max_calls": 60})
    assert prepare(config, models=False).least_seconds <= 59 * 30


def test_what_never_fits_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError) as refused:
        prepared(workspace, tokens_per_minute=10)
    assert f"tokens_per_minute = 10 for {URL} is less than one call of the" in str(refused.value)
    assert str(refused.value).endswith(" tokens; raise it")


@pytest.mark.parametrize(("per_minute", "amount"), [(1, 3), (2, 9), (60, 100), (600, 601)])
def test_it_is_as_long_as_the_limits_take(per_minute: int, amount: int) -> None:
    bucket, now = Bucket(per_minute, 0.0), 0.0
    for _ in range(amount):
        while wait := bucket.wait(1, now):
            now += wait
        bucket.take(1)
    assert Bucket(per_minute, 0.0).least_seconds(amount) == pytest.approx(now)


def test_estimate_and_run_say_it(workspace: Workspace) -> None:
    toml = workspace.toml(
        '[task]\nsource = "plurals.csv"\ntrain = 6\ndev = 12\ntest = 10\n'
        '[method]\nname = "ape"\nproposals = 8\nsubset = 4\nfinalists = 2\n'
        '[task_model]\nspec = "scripted:plural"\nrequests_per_minute = 2\n'
    )
    told = "note: With no more than 2 requests a minute for the model scripted:plural, the calls "
    done = workspace.command("estimate", str(toml))
    assert told in done.stderr
    done = workspace.command("estimate", str(toml), "--json")
    assert json.loads(done.stdout)["least_seconds"] == 103 * 30
    watcher = workspace.begin("run", str(toml), "--name", "slow", "--detach")
    _, err = watcher.communicate(timeout=60)
    assert err.startswith(told)
    workspace.command("stop", "slow")
    assert workspace.wait_until_over(workspace.store(), "slow") == "stopped"
