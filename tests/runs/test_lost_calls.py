"""A whole run on an endpoint that loses calls, killed and resumed: what it says of its cost."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from promptopt.results.spending import shown_usd
from promptopt.runs import control

from ..llm.endpoint import Answer, Endpoint, Received, plural
from ..workspace import Workspace, wait_until

PRICE = {"input": 100.0, "output": 400.0}
HELD = 4
FREE = 15
"""Requests before any is held: the proposals and some of the first scoring, of which far more than
`HELD` are left then, whatever their order."""


class Loses:
    """Cuts every seventh reply short, empties every eleventh, and holds some until `going_on`.

    Attributes:
        told: prompt and completion tokens of what was not cut and not held.
        held: prompts of those that were held.
        lost: how many were cut or held.
    """

    def __init__(self) -> None:
        self.told = [0, 0]
        self.answered = 0
        self.lost = 0
        self.held: list[str] = []
        self.going_on = threading.Event()
        self._came = 0
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Answer:
        answer = plural(received)
        with self._lock:
            self._came += 1
            number, holds = self._came, self._came > FREE and not self.going_on.is_set()
            if holds:
                self.held.append(received.prompt)
            if holds or number % 7 == 0:
                self.lost += 1
            else:
                if number % 11 == 0:
                    answer.body["choices"][0]["message"]["content"] = ""
                usage = answer.body["usage"]
                usage["prompt_tokens"] += 30  # which a template of its own takes
                self.answered += 1
                self.told[0] += usage["prompt_tokens"]
                self.told[1] += usage["completion_tokens"]
        if holds:
            self.going_on.wait(60)
        return Answer(answer.body, cut=number % 7 == 0)

    @property
    def usd(self) -> float:
        return (self.told[0] * PRICE["input"] + self.told[1] * PRICE["output"]) / 1e6


def assert_all_is_told(workspace: Workspace, run_id: str, loses: Loses) -> dict[str, Any]:
    """Whatever has become of the engine; returns the usage."""
    shown = workspace.command("show", run_id, "--json")
    told: dict[str, Any] = json.loads(shown.stdout)["usage"]
    assert told["usd"] == pytest.approx(loses.usd, abs=1e-9)
    spent = workspace.store().spent(run_id)
    assert (told["usd_at_most"], told["tokens_at_most"]) == (spent.usd, spent.tokens)
    assert told["lost_calls"] == loses.lost == told["calls"] - loses.answered
    assert [told["prompt_tokens"], told["completion_tokens"]] == loses.told
    return told


@pytest.mark.parametrize("budget", [{}, {"max_usd": 100.0, "max_tokens": 500_000}])
def test_what_is_lost_is_told_beside_what_is_known(
    workspace: Workspace, budget: dict[str, Any]
) -> None:
    loses = Loses()
    with Endpoint(loses) as endpoint:
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "price": PRICE, "timeout": 120.0}
        config = workspace.config(model | {"concurrency": HELD}, budget=budget)
        run_id = control.start(store, config)
        wait_until(lambda: len(loses.held) == HELD)
        workspace.kill_engine(store, run_id)
        assert_all_is_told(workspace, run_id, loses)
        loses.going_on.set()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        assert store.calls_sent(run_id) == len(endpoint.requests)
    usage = store.state(run_id).usage
    assert [usage.prompt_tokens, usage.completion_tokens] == loses.told
    assert usage.lost == loses.lost == usage.calls - loses.answered > HELD
    assert usage.failures > 0
    told = assert_all_is_told(workspace, run_id, loses)
    assert told["usd_at_most"] == pytest.approx(loses.usd + usage.lost_usd, abs=1e-9)
    assert told["tokens_at_most"] == sum(loses.told) + usage.lost_tokens
    prompt, completion = loses.told
    said = (
        f"{prompt:,} prompt and {completion:,} completion tokens, {shown_usd(loses.usd)} and at "
        f"most {shown_usd(usage.lost_usd)} more for {loses.lost} lost calls"
    )
    plain = workspace.command("show", run_id).stdout
    assert said in plain
    assert said in workspace.command("export", run_id, "--format", "markdown").stdout
    counted = f"lost calls at their most: {usage.tokens:,} of 500,000 tokens"
    assert (counted in plain) is bool(budget)
