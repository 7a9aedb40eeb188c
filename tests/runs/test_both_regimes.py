"""A winner that is tested zero-shot and few-shot, whichever of them it was chosen under."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.results.progress import final_lines
from promptopt.results.summary import run_summary
from promptopt.runs.prepare import prepare

from ..workspace import Workspace


@pytest.mark.parametrize(
    ("chosen_with", "heads"),
    [(3, "test 3-shot  +test zero-shot"), (0, "test zero-shot +test 5-shot")],
)
def test_both_are_tested(workspace: Workspace, chosen_with: int, heads: str) -> None:
    task = {"demonstrations": chosen_with, "report_both": True}
    store = workspace.store()
    run_id = workspace.finish(workspace.config(task=task), store)
    state = store.state(run_id)
    assert state.status == "done"
    for candidate in (state.best, state.seed_prompt):
        assert candidate is not None
        assert candidate.test is not None
        assert candidate.test_other is not None
        assert candidate.test.n == candidate.test_other.n == 10
        first, second = (
            [each.example for each in store.predictions(run_id, candidate.id, split)]
            for split in ("test", "test-other")
        )
        assert first == second
    # Every question in either way is a call of its own, as the prompts differ.
    asked = sum(each.dev.n for each in state.candidates.values() if each.dev)
    assert state.usage.calls == 8 + asked + 2 * 2 * 10
    summary = run_summary(state)
    other = 0 if chosen_with else 5
    assert summary["demonstrations"] == {"test": chosen_with, "test_other": other}
    assert summary["best"]["test_other"]["n"] == 10
    json.dumps(summary)
    (line,) = [line for line in final_lines(state) if "dev" in line and "test" in line][:1]
    first, second = heads.split("+")
    assert first.strip() in line
    assert second in line


def test_one_is_tested_where_nothing_else_is_asked(workspace: Workspace) -> None:
    store = workspace.store()
    state = store.state(workspace.finish(workspace.config(), store))
    assert state.best is not None
    assert state.best.test_other is None
    assert "demonstrations" not in run_summary(state)
    assert "test_other" not in run_summary(state)["best"]


def test_the_calls_of_both_are_planned_and_kept_back(workspace: Workspace) -> None:
    def planned(**task: Any) -> int:
        return prepare(workspace.config(task=task)).calls

    assert planned(report_both=True) - planned() == 2 * 10
    config = workspace.config(task={"report_both": True}, budget={"max_calls": 80})
    store = workspace.store()
    state = store.state(workspace.finish(config, store))
    assert state.best is not None
    assert state.best.test is not None
    assert state.best.test_other is not None
    assert state.best.test_other.n == 10
    assert state.usage.calls <= 80


def test_a_template_without_a_place_for_demonstrations(workspace: Workspace) -> None:
    task = {"report_both": True, "template": {"layout": "{instruction}\n{input}"}}
    with pytest.raises(InputError, match=r"lacks \{demonstrations\}"):
        prepare(workspace.config(task=task))
