"""The cap on calls, counted where they arrive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptopt.llm.budget import Budget
from promptopt.llm.outlook import CallCost, Outlook
from promptopt.llm.spend import Caps, Spend
from promptopt.runs import control
from promptopt.runs.config import config_from_dict
from promptopt.runs.events import LimitReached
from promptopt.runs.prepare import prepare

from ..llm.endpoint import Endpoint, Received, fails, plural
from ..workspace import Workspace, wait_until
from .held import Held, model_at
from .outcomes import stored_responses
from .steered import broken_off, came_to, carry_out, steered


@pytest.mark.parametrize("concurrency", [1, 8, 64])
def test_the_cap_holds_at_the_server(workspace: Workspace, concurrency: int) -> None:
    """Some requests fail in passing; their retries count."""
    with Endpoint() as endpoint:
        slow_down = fails(429, "slow down", retry_after="0")

        def sometimes(received: Received) -> object:
            return (slow_down if len(endpoint.requests) % 9 == 0 else plural)(received)

        endpoint.behaviour = sometimes  # type: ignore[assignment]
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": concurrency}
        store = workspace.store()
        config = workspace.config(model, budget={"max_calls": 60}, method={"proposals": 12})
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
        assert state.status == "done"
        assert len(endpoint.requests) <= 60
        assert store.calls_sent(run_id) == state.usage.calls == len(endpoint.requests)
        assert endpoint.most_at_once <= concurrency
        assert state.usage.retries > 0
        # The search was made to fit, and the test had its reserve.
        assert state.limit == "max_calls"


@pytest.mark.parametrize("max_calls", range(2, 30, 3))
def test_few_calls_give_a_winner_that_was_tested_like_the_seed_prompt(
    workspace: Workspace, max_calls: int
) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": max_calls}), store)
    state = store.state(run_id)
    assert store.calls_sent(run_id) <= max_calls
    if state.status == "failed":
        assert max_calls < 5
        assert f"max_calls = {max_calls} ended the search before a candidate was scored" in (
            state.reason
        )
        return
    assert state.status == "done"
    assert state.winner is not None
    assert state.limit == "max_calls"
    seed, winner = (
        [each.example for each in store.predictions(run_id, candidate, "test")]
        for candidate in (0, state.winner)
    )
    # The test is cut short for both alike.
    assert seed == winner
    assert 0 < len(seed) <= max_calls


def test_no_candidate_could_be_scored(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(budget={"max_calls": 1}), store)
    state = store.state(run_id)
    assert state.status == "failed"
    assert "raise it" in state.reason
    assert store.calls_sent(run_id) == 1


def test_a_run_that_was_killed_keeps_to_its_cap(workspace: Workspace) -> None:
    held = Held(15)
    with Endpoint(held) as endpoint:
        store = workspace.store()
        config = workspace.config(model_at(endpoint, 4), budget={"max_calls": 50})
        run_id = control.start(store, config)
        wait_until(lambda: stored_responses(store, run_id) == 15)
        workspace.kill_engine(store, run_id)
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert len(endpoint.requests) <= store.calls_sent(run_id) <= 50


def test_a_cap_that_is_never_reached_changes_nothing(workspace: Workspace) -> None:
    store = workspace.store()
    free = workspace.finish(workspace.config(), store)
    sent = store.calls_sent(free)
    planned = prepare(workspace.config()).calls
    capped = workspace.finish(workspace.config(budget={"max_calls": planned}), store)
    states = [store.state(run_id) for run_id in (free, capped)]
    assert [state.status for state in states] == ["done", "done"]
    assert store.calls_sent(capped) == sent
    assert states[1].limit == ""
    assert not any(isinstance(each.event, LimitReached) for each in store.events(capped))
    assert states[0].best is not None
    assert states[1].best is not None
    assert states[0].best.text == states[1].best.text


def test_the_plan_behind_a_test_counts_half_of_it() -> None:
    """The seed prompt's share is not asked again, and the reserve is for both still."""
    costs = {"task": CallCost(30.0, 2_000.0, 50, 3_000)}
    outlook = Outlook({"task": 100}, {"task": 20}, costs, costs)
    budget = Budget(Caps(400, 12_000, 1e-6), outlook=outlook)
    budget.charge("task", Spend(60, 1_800, 120_000))
    before = budget.charged
    assert (budget.plan(), budget.limit) == (285, "max_tokens")
    budget.count_former_test()
    # The test of 20 calls, with its margins: in calls, tokens and picodollars.
    assert budget.charged - before == Spend(10, 360, 24_000)
    assert budget.plan() == 274
    assert budget.spent == Spend()


METHODS: dict[str, dict[str, Any]] = {
    "ape": {"name": "ape", "proposals": 30, "subset": 5, "finalists": 4, "resample_rounds": 2},
    "gpo": {"name": "gpo"},
}


@pytest.mark.parametrize(("method", "max_calls"), [("ape", 100), ("ape", 400), ("gpo", 400)])
async def test_what_proposals_leave_of_a_cap_is_used(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    method: str,
    max_calls: int,
) -> None:
    """Many are turned away or known, and cost less than was planned for them."""
    store = workspace.store()
    config = config_from_dict(
        {
            "task": {"source": str(workspace.data), "train": 12, "dev": 20, "test": 18},
            "task_model": "scripted:plural",
            "method": METHODS[method],
            "budget": {"max_calls": max_calls},
        },
        "the test",
    )
    run_id = await steered(store, config, monkeypatch, {})
    expected = came_to(store, run_id)
    assert store.state(run_id).status == "done"
    assert store.state(run_id).limit == "max_calls"
    sent = store.calls_sent(run_id)
    assert 0.93 * max_calls < sent <= max_calls
    last = store.state(run_id).last_seq
    for share in (0.3, 0.6, 0.9):
        stop = broken_off(store, run_id, tmp_path, int(share * last), int(share * sent))
        with stop as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            assert came_to(broken, run_id) == expected
            assert broken.calls_sent(run_id) == sent
