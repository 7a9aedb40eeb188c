"""Endpoints that tell no usage, or nonsense: estimated for people, at its worst for the caps."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from promptopt.llm.model import Response
from promptopt.llm.prices import Price
from promptopt.llm.tariff import Tariff, Untold
from promptopt.llm.token_counts import Estimate
from promptopt.results.export import export_text
from promptopt.results.progress import final_lines, status_line
from promptopt.results.summary import run_summary
from promptopt.runs import control
from promptopt.runs.events import UNTOLD, Warned
from promptopt.runs.state import RunState

from ..llm.asking import ask_for
from ..llm.endpoint import Answer, Endpoint, Received, plural
from ..results.test_spending import state_of
from ..workspace import Workspace, wait_until
from .held import Held, model_at

PRICE = {"input": 100.0, "output": 400.0}
NONSENSE: dict[str, Any] = {
    "nothing": None,
    "zeros": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "negative": {"prompt_tokens": -100, "completion_tokens": -1},
    "endless": {"prompt_tokens": 1e30, "completion_tokens": 1e30},
    "words": {"prompt_tokens": "many", "completion_tokens": []},
}


class Silent:
    """Tells this of its usage; counts what it has truly taken, a token for every four letters."""

    def __init__(self, usage: Any) -> None:
        self.prompt = self.completion = 0
        self._usage = usage
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> Answer:
        answer = plural(received)
        said = answer.body["choices"][0]["message"]["content"]
        with self._lock:
            self.prompt += -(-len(received.prompt) // 4)
            self.completion += -(-len(said) // 4)
        answer.body.pop("usage")
        if self._usage is not None:
            answer.body["usage"] = self._usage
        return answer

    @property
    def usd(self) -> float:
        return (self.prompt * PRICE["input"] + self.completion * PRICE["output"]) / 1e6


def ran(workspace: Workspace, usage: Any, **budget: Any) -> tuple[RunState, Silent, list[str]]:
    with Endpoint() as endpoint:
        endpoint.behaviour = silent = Silent(usage)
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "price": PRICE}
        run_id = workspace.finish(workspace.config(model, budget=budget), store)
    warned = [e.event.message for e in store.events(run_id) if isinstance(e.event, Warned)]
    return store.state(run_id), silent, warned


@pytest.mark.parametrize("usage", NONSENSE.values(), ids=NONSENSE)
def test_what_was_not_told_is_estimated_and_said_to_be(workspace: Workspace, usage: Any) -> None:
    state, silent, warned = ran(workspace, usage)
    assert state.status == "done"
    assert warned == [UNTOLD]
    calls = state.usage.calls
    shown = "\n".join(final_lines(state))
    assert (
        f"about {silent.prompt:,} prompt and {silent.completion:,} completion tokens (estimated: "
        f"the endpoint told nothing of {calls} calls), about $" in shown
    )
    assert state.usage.usd is not None
    assert state.usage.usd > 2 * silent.usd  # the worst, of which the caps think
    told = run_summary(state)["usage"]
    assert (told["prompt_tokens"], told["completion_tokens"], told["usd"]) == (None, None, None)
    assert told["untold_calls"] == calls
    assert told["estimated"]["prompt_tokens"] == silent.prompt
    assert told["estimated"]["completion_tokens"] == silent.completion
    assert told["estimated"]["usd"] == pytest.approx(silent.usd)
    assert told["usd_at_most"] == state.usage.usd


def test_the_caps_hold_the_worst_of_what_was_not_told(workspace: Workspace) -> None:
    state, silent, _ = ran(workspace, None, max_usd=2.0)
    assert state.limit == "max_usd"
    assert silent.usd <= 2.0
    assert state.usage.usd is not None
    # Nobody knows that it was less: what stands against the cap is the worst.
    assert 1.0 < state.usage.usd <= 2.0
    assert "lost calls and those without usage at their most" in "\n".join(final_lines(state))


def test_a_resumed_run_goes_on_with_the_estimate(workspace: Workspace) -> None:
    held = Held(40, Silent(None))
    with Endpoint(held) as endpoint:
        store = workspace.store()
        model = model_at(endpoint, 4) | {"price": PRICE}
        run_id = control.start(store, workspace.config(model))
        wait_until(lambda: store.state(run_id).usage.untold == 40)
        workspace.kill_engine(store, run_id)
        before = store.state(run_id).usage
        held.let()
        # What the dead have sent is still being read by the endpoint.
        wait_until(lambda: not endpoint.connections)
        lost = len(endpoint.requests) - 40
        control.resume(store, run_id)
        workspace.wait_until_over(store, run_id)
    usage = store.state(run_id).usage
    assert usage.untold == len(endpoint.requests) - lost
    assert usage.untold_prompt_tokens > before.untold_prompt_tokens > 0
    assert usage.usd is not None
    assert 0 < usage.untold_excess < usage.usd


def test_a_part_that_was_told_stays_what_it_is() -> None:
    tariff = Tariff(Estimate(), Price(1e6, 2e6))
    tariff.used(ask_for("x" * 40), Response("y" * 8, prompt_tokens=7), (100, 50))
    assert tariff.untold == Untold(1, 0, 2, 48 * 2 * 10**12)
    tariff.used(ask_for("x" * 40), Response("y" * 8, completion_tokens=3), (100, 50))
    assert tariff.untold == Untold(2, 10, 2, (48 * 2 + 90) * 10**12)
    tariff.used(ask_for("x" * 40), Response("y" * 8, None, 7, 3), (100, 50))
    assert tariff.untold.calls == 2


def test_while_it_goes_on_the_likely_cost_is_shown() -> None:
    usage = {"usd": 3.0, "untold": 7, "untold_prompt_tokens": 900, "untold_excess": 2.75}
    line = status_line(state_of(usage=usage), 100.0)
    assert "~$0.25" in line
    assert "$3.00 of $5.00" in status_line(state_of(usage=usage, max_usd=5.0), 100.0)


def test_the_markdown_report_says_it_too(workspace: Workspace) -> None:
    state, _, _ = ran(workspace, None)
    report = export_text(state, "markdown")
    assert "(estimated: the endpoint told nothing of" in report
