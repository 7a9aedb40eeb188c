"""A run as one object, for programs: what `--json` prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from promptopt.results.front import front
from promptopt.results.spending import is_free, likely_usd, shown_tokens, spent_usd
from promptopt.results.waiting import seen_status, waiting_objects
from promptopt.runs.state import CandidateState, RunState, candidate_name

if TYPE_CHECKING:
    from pathlib import Path

    from promptopt.evaluation.score import Score
    from promptopt.results.statistics import PairedDifference
    from promptopt.runs.rounds import Round


def run_summary(
    state: RunState,
    difference: PairedDifference | None = None,
    *,
    status: str | None = None,
    prompt_file: Path | None = None,
) -> dict[str, Any]:
    """The run as JSON values.

    Keys:
        run_id, status, method, task: text; method and task are null before the search began.
        preset: the name of the run's preset; null where none was named.
        settings: those of the method that are not as it has them by itself, by name; null before
            the search began.
        seed_prompt, best: `id`, `text`, `dev` and `test`; null where there is none yet. While
            a run goes on, or when it broke off, `best` is the best so far.
        usage: `calls`, `cached_calls`, `prompt_tokens`, `completion_tokens`, and `usd`, which
            is 0.0 when all models run on this machine and null when a price is not known.
            `lost_calls` failed without a word of what they took: they are in none of these three.
            `tokens_at_most` and `usd_at_most`, null when a price is not known, count them at their
            worst, as the limits do. Where endpoints answered calls without telling their tokens,
            the three are null, and `untold_calls` and `estimated` (the same three) stand beside
            them; in what is at most these calls stand at their worst, too.
        caps: `max_calls`, `max_tokens` and `max_usd`, null where there is none; only where the
            search began.
        saved: `scored` of the `cells`, pairs of a candidate and a dev example, and the `share`
            that was saved against scoring them all.
        rounds: for each round of the search its `step`, how many new candidates it `made` and
            how many of these `survived` it; `best` and `mean` of its last selecting stage.
        candidates: every candidate in the order in which they came, with `id`, `text`,
            `operation`, `parents`, `step`, `status`, `dev` and `test`; `distance`, in words from
            the first parent, `edit_budget` and `edit_outcome`, null where there is none.
        difference: the best prompt minus the seed prompt on test, as by `difference_object`; null
            where it is not known.
        front: the ids of the candidates on the Pareto front, the best dev score first: of the
            objectives, or of the dev score and the number of words where there is one alone.
        demonstrations: how many `test` and `test_other` were made with, only where the winner was
            tested zero-shot and few-shot; `best` and `seed_prompt` have both then.
        prompt_file: the file that the best prompt stands in, only where there is one.
        waiting: the endpoints that are waited for, as they do not answer any more, each with its
            `endpoint`, and `since` when and `again_at`, in seconds since the epoch; only where
            there are any.
        reason: why the run failed or ended, only where it says so.
        limit: the limit that ended the search early, only where one did.

    Where there are several objectives, every prompt has `objectives`: a score for each by name, for
    "dev", and for "test" and "test_other" where it was tested.

    A score is `score`, `stderr` (null for n = 1) and `n`; null where nothing was scored.

    Args:
        difference: winner minus seed prompt on test, from `stored_difference`.
        status: stands for the state's own, where more is known (an engine that has died).
        prompt_file: where `state.prompt_file` is found.
    """
    setup = state.setup
    summary: dict[str, Any] = {
        "run_id": state.run_id,
        "status": status or state.status,
        "method": setup.method if setup else None,
        "preset": (setup.preset or None) if setup else None,
        "settings": setup.settings if setup else None,
        "task": setup.task if setup else None,
        "seed_prompt": _seed_prompt(state),
        "best": prompt_object(state.best) if state.best else None,
        "difference": difference_object(difference),
        "usage": usage_object(state),
        "saved": saved_object(state),
        "rounds": [_round(each) for _, each in sorted(state.rounds.items())],
        "candidates": [_candidate(each) for _, each in sorted(state.candidates.items())],
        "front": [candidate_name(each.id) for each in front(state)],
    }
    if setup is not None:
        summary["caps"] = {
            "max_calls": setup.max_calls,
            "max_tokens": setup.max_tokens,
            "max_usd": setup.max_usd,
        }
    if setup is not None and setup.other_demonstrations is not None:
        summary["demonstrations"] = {
            "test": setup.demonstrations,
            "test_other": setup.other_demonstrations,
        }
    if prompt_file is not None:
        summary["prompt_file"] = str(prompt_file)
    if seen_status(summary["status"], state) == "waiting":
        summary["waiting"] = waiting_objects(state)
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
    if candidate.objectives:
        prompt["objectives"] = objectives_object(candidate)
    return prompt


def objectives_object(candidate: CandidateState) -> dict[str, Any]:
    """The scores by each objective, by split and name."""
    return {
        split.replace("-", "_"): {name: score_object(score) for name, score in scores.items()}
        for split, scores in candidate.objectives.items()
    }


def score_object(score: Score | None) -> dict[str, Any] | None:
    """A score as JSON values; null where it is none or no number."""
    if score is None or not math.isfinite(score.mean):
        return None
    stderr = score.stderr
    if stderr is not None and not math.isfinite(stderr):
        stderr = None
    return {"score": score.mean, "stderr": stderr, "n": score.n}


def difference_object(difference: PairedDifference | None) -> dict[str, Any] | None:
    """A paired difference as JSON values.

    `mean`, `stderr`, `n`, `unpaired` and `within_noise` as in `PairedDifference`; `interval`, the
    two ends of its 95% interval, null for n = 1; `fixed` and `broken`, null where the answers are
    more or less right, and not right or wrong.
    """
    if difference is None:
        return None
    interval = difference.interval
    return {
        "mean": difference.mean,
        "stderr": difference.stderr,
        "interval": list(interval) if interval is not None else None,
        "n": difference.n,
        "fixed": difference.fixed if difference.right_or_wrong else None,
        "broken": difference.broken if difference.right_or_wrong else None,
        "unpaired": difference.unpaired,
        "within_noise": difference.within_noise,
    }


def usage_object(state: RunState) -> dict[str, Any]:
    """What the run has used over its life."""
    usage = state.usage
    prompt, completion = shown_tokens(state)
    spent = {"prompt_tokens": prompt, "completion_tokens": completion, "usd": likely_usd(state)}
    told: dict[str, Any] = {"calls": usage.calls, "cached_calls": usage.cached_calls}
    most = {
        "lost_calls": usage.lost,
        # Older runs did not count tokens.
        "tokens_at_most": max(usage.tokens, prompt + completion),
        "usd_at_most": spent_usd(state),
    }
    if not usage.untold:
        return told | spent | most
    return told | {
        **dict.fromkeys(spent),
        # On this machine nothing costs, whatever is told of it.
        "usd": spent_usd(state) if is_free(state) else None,
        "untold_calls": usage.untold,
        "estimated": spent,
        **most,
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


def _seed_prompt(state: RunState) -> dict[str, Any] | None:
    if state.seed_prompt is not None:
        return prompt_object(state.seed_prompt)
    if state.setup is not None:
        text = state.setup.seed_prompt
        return {"id": candidate_name(0), "text": text, "dev": None, "test": None}
    return None


def _candidate(candidate: CandidateState) -> dict[str, Any]:
    prompt = prompt_object(candidate)
    value = {
        "id": prompt["id"],
        "text": prompt["text"],
        "operation": candidate.operation,
        "parents": [candidate_name(parent) for parent in candidate.parents],
        "step": candidate.step,
        "status": candidate.status,
        "dev": prompt["dev"],
        "test": prompt["test"],
        "distance": candidate.distance,
        "edit_budget": candidate.edit_budget,
        "edit_outcome": candidate.edit_outcome or None,
    }
    if "objectives" in prompt:
        value["objectives"] = prompt["objectives"]
    return value
