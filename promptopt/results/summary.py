"""A run as one object, for programs: what `--json` prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from promptopt.runs.state import CandidateState, RunState, candidate_name

if TYPE_CHECKING:
    from promptopt.evaluation.score import Score
    from promptopt.runs.rounds import Round

_FREE = ("local", "scripted")


def run_summary(state: RunState, *, status: str | None = None) -> dict[str, Any]:
    """The run as JSON values.

    Keys:
        run_id, status, method, task: text; method and task are null before the search began.
        seed_prompt, best: `id`, `text`, `dev` and `test`; null where there is none yet. While
            a run goes on, or when it broke off, `best` is the best so far.
        usage: `calls`, `cached_calls`, `prompt_tokens`, `completion_tokens`, and `usd`, which
            is 0.0 when all models run on this machine and null when the price is not known.
        saved: `scored` of the `cells`, pairs of a candidate and a dev example, and the `share`
            that was saved against scoring them all.
        rounds: for each round of the search its `step`, how many new candidates it `made` and
            how many of these `survived` it; `best` and `mean` of its last selecting stage.
        candidates: every candidate in the order in which they came, with `id`, `text`,
            `operation`, `parents`, `step`, `status`, `dev`, `test` and `distance`.
        demonstrations: how many `test` and `test_other` were made with, only where the winner was
            tested zero-shot and few-shot; `best` and `seed_prompt` have both then.
        reason: why the run failed or ended, only where it says so.
        limit: the limit that ended the search early, only where one did.

    A score is `score`, `stderr` (null for n = 1) and `n`; null where nothing was scored.

    Args:
        status: stands for the state's own, where more is known (an engine that has died).
    """
    setup = state.setup
    summary: dict[str, Any] = {
        "run_id": state.run_id,
        "status": status or state.status,
        "method": setup.method if setup else None,
        "task": setup.task if setup else None,
        "seed_prompt": _seed_prompt(state),
        "best": prompt_object(state.best) if state.best else None,
        "usage": usage_object(state),
        "saved": saved_object(state),
        "rounds": [_round(each) for _, each in sorted(state.rounds.items())],
        "candidates": [_candidate(each) for _, each in sorted(state.candidates.items())],
    }
    if setup is not None and setup.other_demonstrations is not None:
        summary["demonstrations"] = {
            "test": setup.demonstrations,
            "test_other": setup.other_demonstrations,
        }
    if state.reason:
        summary["reason"] = state.reason
    if state.limit:
        summary["limit"] = state.limit
    return summary


def prompt_object(candidate: CandidateState) -> dict[str, Any]:
    """A prompt with its numbers."""
    prompt = {
        "id": candidate_name(candidate.id),
        "text": candidate.text,
        "dev": score_object(candidate.dev),
        "test": score_object(candidate.test),
    }
    if candidate.test_other is not None:
        prompt["test_other"] = score_object(candidate.test_other)
    return prompt


def score_object(score: Score | None) -> dict[str, Any] | None:
    """A score as JSON values; null where it is none or no number."""
    if score is None or not math.isfinite(score.mean):
        return None
    stderr = score.stderr
    if stderr is not None and not math.isfinite(stderr):
        stderr = None
    return {"score": score.mean, "stderr": stderr, "n": score.n}


def usage_object(state: RunState) -> dict[str, Any]:
    """What the run has used over its life."""
    usage = state.usage
    return {
        "calls": usage.calls,
        "cached_calls": usage.cached_calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": 0.0 if is_free(state) else None,
    }


def saved_object(state: RunState) -> dict[str, Any]:
    """What selecting has saved against scoring every candidate on all of dev."""
    saved = state.saved
    return {"scored": saved.scored, "cells": saved.cells, "share": saved.share}


def _round(each: Round) -> dict[str, Any]:
    return {
        "step": each.step,
        "made": each.made,
        "survived": each.survived,
        "best": score_object(each.best),
        "mean": each.mean if each.mean is not None and math.isfinite(each.mean) else None,
    }


def is_free(state: RunState) -> bool:
    """Whether every model of the run runs on this machine."""
    if state.setup is None:
        return False
    return all(model.partition(":")[0] in _FREE for model in state.setup.models.values())


def _seed_prompt(state: RunState) -> dict[str, Any] | None:
    if state.seed_prompt is not None:
        return prompt_object(state.seed_prompt)
    if state.setup is not None:
        text = state.setup.seed_prompt
        return {"id": candidate_name(0), "text": text, "dev": None, "test": None}
    return None


def _candidate(candidate: CandidateState) -> dict[str, Any]:
    prompt = prompt_object(candidate)
    return {
        "id": prompt["id"],
        "text": prompt["text"],
        "operation": candidate.operation,
        "parents": [candidate_name(parent) for parent in candidate.parents],
        "step": candidate.step,
        "status": candidate.status,
        "dev": prompt["dev"],
        "test": prompt["test"],
        "distance": candidate.distance,
    }
