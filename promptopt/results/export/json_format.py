"""JSON: the instruction with its numbers and where it comes from, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptopt.results.candidates import lineage
from promptopt.results.json_text import json_text
from promptopt.results.summary import (
    difference_object,
    objectives_object,
    run_summary,
    score_object,
)
from promptopt.runs.state import candidate_name

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource
    from promptopt.tasks.task import Task

VERSION = 1
"""Grows when a key changes its meaning or goes away, not when one is added."""


def render(source: ExportSource) -> str:
    """The object of `export_object`, with its keys in a fixed order."""
    return json_text(export_object(source), indent=2) + "\n"


def export_object(source: ExportSource) -> dict[str, Any]:
    """What the structured formats hold; `prompt` is the instruction exactly as it was scored.

    Keys: `version`; `prompt`, `id`, `operation`, `step`, `parents`, `distance`, `edit_budget`,
    `edit_outcome`, `dev`, `test` of the candidate, and `objectives` where there are several;
    `is_winner`; `difference`, the candidate minus the seed prompt on test, as in the summary of a
    run, null where it is not known; `seed_prompt`; `run`, with its method, preset and the method's
    `settings` that are not as it has them by itself; `usage`; `lineage`, the candidate and its
    first parents, the oldest first; where the task is known, `template` with the demonstrations
    that were shown, and `full_prompt`, which is all that was sent, with the placeholder `{input}`
    (or `{question}`) for the example.
    """
    state, candidate = source.state, source.candidate
    summary = run_summary(state)
    value: dict[str, Any] = {
        "version": VERSION,
        "prompt": candidate.text,
        "id": candidate_name(candidate.id),
        "operation": candidate.operation,
        "step": candidate.step,
        "parents": [candidate_name(parent) for parent in candidate.parents],
        "distance": candidate.distance,
        "edit_budget": candidate.edit_budget,
        "edit_outcome": candidate.edit_outcome or None,
        "dev": score_object(candidate.dev),
        "test": score_object(candidate.test),
        "is_winner": candidate.id == state.winner,
        "difference": difference_object(source.difference),
        "seed_prompt": summary["seed_prompt"],
        "run": _run(source),
        "usage": summary["usage"],
        "lineage": [
            {"id": candidate_name(each.id), "operation": each.operation, "text": each.text}
            for each in lineage(state, candidate)
        ],
    }
    if candidate.objectives:
        value["objectives"] = objectives_object(candidate)
    if source.task is not None:
        task = source.task
        value["template"] = _template(task)
        value["full_prompt"] = task.template.frame(candidate.text, task.demonstrations)
    return value


def _run(source: ExportSource) -> dict[str, Any]:
    state, setup = source.state, source.state.setup
    run: dict[str, Any] = {"id": state.run_id, "status": state.status}
    if setup is not None:
        run |= {
            "task": setup.task,
            "metric": setup.metric,
            "dev_score": setup.dev_score or setup.metric,
            "test_score": setup.test_score or setup.metric,
            "method": setup.method,
            "preset": setup.preset or None,
            "settings": setup.settings,
            "seed": setup.seed,
            "task_model": setup.task_model,
            "optimizer_model": setup.optimizer_model,
            "judge_model": setup.judge_model or None,
            "embedder": setup.embedder or None,
            "train": setup.train,
            "dev": setup.dev,
            "test": setup.test,
        }
    return run


def _template(task: Task) -> dict[str, Any]:
    return {
        "layout": task.template.layout,
        "demonstration": task.template.demonstration,
        "demonstrations": [
            {"input": each.input, "output": each.references[0]} for each in task.demonstrations
        ],
    }
