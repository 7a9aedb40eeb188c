"""Caps on tokens and money, counted where the calls arrive."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promptopt.runs import control
from promptopt.runs.events import CostEstimated, LimitReached
from promptopt.runs.prepare import prepare
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, fails, plural
from ..workspace import Workspace, wait_until
from .outcomes import outcome, stored_responses

METHOD = {"proposals": 8, "resample_rounds": 1, "variations": 2}
PRICE = {"input": 100.0, "output": 400.0}


class Meter:
    """Tells of a token for every four letters, as models do, and adds up what it tells.

    Every `fails_each`-th request is refused.
    """

    def __init__(self, endpoint: Endpoint, fails_each: int = 0) -> None:
        self.prompt = self.completion = 0
        self._endpoint = endpoint
        self._fails_each = fails_each
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Answer:
        if self._fails_each and len(self._endpoint.requests) % self._fails_each == 0:
            return fails(429, "slow down", retry_after="0")(received)
        answer = plural(received)
        usage = answer.body["usage"]
        said = answer.body["choices"][0]["message"]["content"]
        usage["prompt_tokens"] = 8 + len(received.prompt) // 4
        usage["completion_tokens"] = 1 + len(said) // 4
        with self._lock:
            self.prompt += usage["prompt_tokens"]
            self.completion += usage["completion_tokens"]
        return answer

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion

    @property
    def usd(self) -> float:
        return (self.prompt * PRICE["input"] + self.completion * PRICE["output"]) / 1e6


def model_at(endpoint: Endpoint, concurrency: int = 8, **more: Any) -> dict[str, Any]:
    return {"spec": "openai:m", "base_url": endpoint.url, "concurrency": concurrency, **more}


def compared_on(store: Store, run_id: str) -> int:
    """On how many test examples winner and seed prompt were tested: the same ones."""
    winner = store.state(run_id).winner
    assert winner is not None
    seed, best = (
        [each.example for each in store.predictions(run_id, candidate, "test")]
        for candidate in (0, winner)
    )
    assert seed == best
    return len(seed)


@pytest.mark.parametrize("concurrency", [1, 8, 256])
def test_the_cap_on_tokens_holds_at_the_server(workspace: Workspace, concurrency: int) -> None:
    with Endpoint() as endpoint:
        endpoint.behaviour = meter = Meter(endpoint, fails_each=9)
        store = workspace.store()
        config = workspace.config(
            model_at(endpoint, concurrency), budget={"max_tokens": 4_000}, method=METHOD
        )
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
    assert (state.status, state.limit) == ("done", "max_tokens")
    assert 1_000 < meter.tokens <= 4_000
    # What was refused unread was no token.
    assert store.spent(run_id).tokens == state.usage.tokens == meter.tokens
    assert state.usage.retries > 0
    assert compared_on(store, run_id) == 10


@pytest.mark.parametrize("concurrency", [1, 8, 256])
def test_the_cap_on_money_holds_at_the_server(workspace: Workspace, concurrency: int) -> None:
    with Endpoint() as endpoint:
        endpoint.behaviour = meter = Meter(endpoint)
        store = workspace.store()
        config = workspace.config(
            model_at(endpoint, concurrency, price=PRICE, max_tokens=32),
            budget={"max_usd": 0.5},
            method=METHOD,
        )
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
    assert (state.status, state.limit) == ("done", "max_usd")
    assert 0.1 < meter.usd <= 0.5
    assert state.usage.usd == pytest.approx(meter.usd)
    assert compared_on(store, run_id) == 10


@pytest.mark.parametrize("max_tokens", [500, 1_000, 1_500, 2_500, 5_000])
def test_few_tokens_give_a_winner_or_say_what_to_do(workspace: Workspace, max_tokens: int) -> None:
    with Endpoint() as endpoint:
        endpoint.behaviour = meter = Meter(endpoint)
        store = workspace.store()
        config = workspace.config(model_at(endpoint), budget={"max_tokens": max_tokens})
        run_id = workspace.finish(config, store)
        state = store.state(run_id)
    assert meter.tokens <= max_tokens
    if state.status == "failed":
        assert max_tokens < 1_500
        told = f"max_tokens = {max_tokens:,} ended the search before a candidate was scored: "
        assert state.reason.startswith(told)
        kept = "are kept to test a best prompt, of which there is none; raise it"
        assert state.reason.endswith(kept)
        return
    assert state.status == "done"
    assert compared_on(store, run_id) > 0


def test_without_usage_every_call_counts_at_its_worst(workspace: Workspace) -> None:
    def silent(received: Received) -> Answer:
        answer = plural(received)
        del answer.body["usage"]
        return answer

    with Endpoint(silent) as endpoint:
        store = workspace.store()
        model = model_at(endpoint, max_tokens=32)
        run_id = workspace.finish(
            workspace.config(model, budget={"max_tokens": 20_000}, method=METHOD), store
        )
        state = store.state(run_id)
        sent = sum(len(prompt.encode()) + 16 + 48 + 32 for prompt in endpoint.prompts)
        proposed = [each for each in endpoint.requests if each.body["max_tokens"] != 32]
        sent += sum(each.body["max_tokens"] - 32 for each in proposed)
    assert state.status == "done"
    assert state.limit == "max_tokens"
    assert store.spent(run_id).tokens == state.usage.tokens == sent <= 20_000
    assert (state.usage.prompt_tokens, state.usage.completion_tokens) == (0, 0)
    assert compared_on(store, run_id) > 0


def test_a_cap_that_is_never_reached_changes_nothing(workspace: Workspace) -> None:
    store = workspace.store()
    free = workspace.finish(workspace.config(), store)
    capped = workspace.finish(workspace.config(budget={"max_tokens": 10**6, "max_usd": 1.0}), store)
    states = [store.state(run_id) for run_id in (free, capped)]
    assert [state.status for state in states] == ["done", "done"]
    assert store.spent(capped) == store.spent(free)
    assert not any(isinstance(each.event, LimitReached) for each in store.events(capped))
    assert states[0].best is not None
    assert states[1].best is not None
    assert states[0].best.text == states[1].best.text


@pytest.mark.parametrize("kills", [[2], [15], [50], [70], [5, 30, 60]])
@pytest.mark.parametrize("budget", [{"max_tokens": 8_000}, {"max_usd": 1.6}])
def test_a_capped_run_that_was_killed_comes_to_the_same_end(
    workspace: Workspace, kills: list[int], budget: dict[str, float]
) -> None:
    store = workspace.store()
    model = {"spec": "scripted:plural?delay=0.02", "concurrency": 3, "max_tokens": 8}
    model |= {"price": PRICE}
    # So large that what is lost, at its worst, is less than what the plan leaves over.
    method = METHOD | {"proposals": 30}
    config = workspace.config(model, budget=budget, method=method)
    undisturbed = workspace.finish(config, store)
    expected = outcome(store, undisturbed)
    assert store.state(undisturbed).limit == next(iter(budget))
    run_id = control.start(store, config)
    for number, responses in enumerate(kills):
        if number:
            control.resume(store, run_id)
        wait_until(_reached(store, run_id, responses))
        workspace.kill_engine(store, run_id)
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    assert outcome(store, run_id) == expected
    spent = store.spent(run_id)
    for limit, cap in config.budget.caps.amounts.items():
        assert store.spent(undisturbed).amount(limit) <= spent.amount(limit) <= cap


def _reached(store: Store, run_id: str, responses: int) -> Callable[[], bool]:
    return lambda: stored_responses(store, run_id) >= responses


def test_what_a_killed_engine_had_sent_stays_counted(workspace: Workspace) -> None:
    """Calls that never came back count at their worst, and the caps hold all the same."""
    killed = threading.Event()
    arrived, held = itertools.count(1), []

    with Endpoint() as endpoint:
        meter = Meter(endpoint)

        def holds(received: Received) -> Answer:
            if next(arrived) >= 12:
                held.append(received.prompt)
                killed.wait(30)
            return meter(received)

        endpoint.behaviour = holds
        store = workspace.store()
        config = workspace.config(model_at(endpoint, 4), budget={"max_tokens": 8_000})
        run_id = control.start(store, config)
        wait_until(lambda: len(held) == 4 and stored_responses(store, run_id) == 11)
        workspace.kill_engine(store, run_id)
        before = meter.tokens
        lost = store.spent(run_id).tokens - before
        assert lost == sum(len(prompt.encode()) + 16 + 48 + 256 for prompt in held)
        endpoint.behaviour = meter
        killed.set()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        spent = store.spent(run_id)
        assert spent.calls == len(endpoint.requests)
    assert lost + before < spent.tokens <= 8_000


def test_the_run_says_what_it_was_expected_to_cost_and_what_it_will(workspace: Workspace) -> None:
    model = {"spec": "scripted:plural?delay=0.01", "price": PRICE}
    config = workspace.config(model)
    estimated = prepare(config).cost
    store = workspace.store()
    run_id = control.start(store, config)
    wait_until(lambda: store.state(run_id).usage.calls >= 40)
    usage = store.state(run_id).usage
    workspace.wait_until_over(store, run_id)
    end = store.state(run_id).usage
    # Another engine finds it told already.
    control.launch(store, run_id)
    workspace.wait_until_over(store, run_id)
    told = [each.event for each in store.events(run_id) if isinstance(each.event, CostEstimated)]
    assert len(told) == 1
    assert (told[0].prompt_tokens, told[0].completion_tokens, told[0].usd, told[0].exact) == (
        estimated.prompt_tokens,
        estimated.completion_tokens,
        estimated.usd,
        False,
    )
    assert usage.forecast_tokens is not None
    assert usage.forecast_usd is not None
    # The plan is the most that the search may ask.
    assert end.tokens * 0.8 < usage.forecast_tokens < end.tokens * 2
    assert end.usd is not None
    assert end.usd * 0.8 < usage.forecast_usd < end.usd * 2
    assert abs(usage.forecast_tokens - end.tokens) < abs(
        estimated.prompt_tokens + estimated.completion_tokens - end.tokens
    )


def test_a_run_whose_price_nobody_knows_says_so(workspace: Workspace, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        store = workspace.store()
        run_id = workspace.finish(workspace.config(model_at(endpoint)), store)
        state = store.state(run_id)
    assert state.status == "done"
    assert (state.usage.usd, state.usage.forecast_usd) == (None, None)
    assert state.usage.tokens > 0
    assert state.estimate is not None
    assert state.estimate.usd is None
