"""What a configuration asks of its models: which roles there are, and what an example costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from promptopt.errors import InputError
from promptopt.llm.model import Role
from promptopt.llm.sampling import sampling_for
from promptopt.llm.settings import ModelSettings
from promptopt.runs.config import RunConfig
from promptopt.tasks.task import Task

if TYPE_CHECKING:
    from promptopt.evaluation.predictions import ScoreFunction

PROBE = "probe"
"""The stage in which it is found out whether the task model tells log-probabilities."""


def models_of(config: RunConfig, task: Task) -> dict[Role, ModelSettings]:
    """The models that a run works with, by their roles.

    Raises:
        InputError: something has to be judged, and no judge is named.
    """
    models: dict[Role, ModelSettings] = {
        "task": config.task_model,
        "optimizer": optimizer_settings(config),
    }
    judged = _judged(config, task)
    if judged:
        if config.judge_model is None:
            raise InputError(
                f"{judged[0]!r} is graded by a judge model, and none is named; name one with "
                "[judge_model] or --judge-model SPEC"
            )
        models["judge"] = config.judge_model
    if config.embedder is not None:
        models["embedder"] = config.embedder
    return models


def optimizer_settings(config: RunConfig) -> ModelSettings:
    """The optimizer model: the one named, or the task model in its other role.

    Sampling that was set for the task model stays there; its endpoint carries over.
    """
    if config.optimizer_model is not None:
        return config.optimizer_model
    return msgspec.structs.replace(config.task_model, temperature=None, top_p=None, max_tokens=None)


def score_function(config: RunConfig) -> ScoreFunction:
    """What dev is scored by."""
    return config.method.score


def dev_score(config: RunConfig) -> str:
    """What dev is scored by, for people; "" where it is the task's metric."""
    if score_function(config) == "log_probability":
        return "log-probability"
    return objectives_shown(config)


def objectives_shown(config: RunConfig) -> str:
    """The objectives with their weights, for people; "" where there are none."""
    weights = config.task.objectives
    total = sum(weights.values())
    return " + ".join(f"{weight / total:.2g} {name}" for name, weight in weights.items())


def metrics_of(config: RunConfig, task: Task, split: str) -> tuple[str, ...]:
    """What predictions on a split are scored by: the objectives, but for train."""
    if split == "train":
        return (task.metric,)
    return tuple(config.task.objectives) or (task.metric,)


def calls_per_example(config: RunConfig, task: Task, split: str) -> int:
    """Calls that scoring one candidate on one example takes at the most.

    Args:
        split: "train", "dev", "test" or "test-other".
    """
    from promptopt.evaluation.objectives import questions_of
    from promptopt.evaluation.predictions import calls_of_cell

    sampling = sampling_for(config.task_model, "task")
    questions = questions_of(task, metrics_of(config, task, split))
    score = score_function(config) if split == "dev" else "execution_accuracy"
    return calls_of_cell(task, sampling, questions, score)


def probe_calls(config: RunConfig) -> int:
    """Calls of the probe at the most: an endpoint is tried in one form after the other."""
    from promptopt.llm.likelihood import FORMS

    return len(FORMS) if config.task_model.kind == "openai" else 1


def check_objectives(config: RunConfig, task: Task) -> None:
    """Find out whether candidates can be scored as asked.

    Raises:
        InputError: an objective that is unknown or does not suit the examples, a judge that is
            missing, or objectives beside a log-probability.
    """
    from promptopt.evaluation.objectives import Objectives

    if config.task.objectives:
        if score_function(config) == "log_probability":
            raise InputError(
                'objectives are of predictions, and score = "log_probability" makes none on dev; '
                "leave one of them out"
            )
        for split in ("dev", "test"):
            Objectives(task, split, config.task.objectives)
    models_of(config, task)


def _judged(config: RunConfig, task: Task) -> list[str]:
    from promptopt.metrics.judged import is_judged

    return [name for name in (task.metric, *config.task.objectives) if is_judged(name)]
