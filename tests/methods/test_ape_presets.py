"""The presets of APE: what each sets apart from the paper's own, and that each runs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.presets import preset_names
from promptopt.runs.config import RunConfig, config_from_dict
from promptopt.runs.prepare import prepare

from ..workspace import Workspace

PRESETS = [name for name in preset_names() if name == "ape" or name.startswith("ape-")]

DIFFERENCES: dict[str, dict[str, Any]] = {
    "ape": {},
    "ape-iterative": {"resample_rounds": 3},
    "ape-few-shot": {},
    "ape-log-probability": {"score": "log_probability"},
    "ape-ucb": {"selection": "ucb1", "subset": 5, "exploration": 0.71},
    "ape-reverse": {"mode": "reverse"},
    "ape-cot": {"target": "reasoning_prefix", "score": "log_probability"},
    "ape-truthfulqa": {
        "proposals": 200,
        "demonstrations": 6,
        "mode": "custom",
        "finalists": 10,
        "template": "Professor Smith was given the following instructions: {instruction}\n\n"
        "Here are the Professor's responses:\n\n{pairs}",
    },
    "ape-code": {"proposals": 90, "forward": "code", "subset": 20, "keep": 0.01, "finalists": 1},
}
"""What the method's settings differ in from those of the preset "ape"."""


def configured(name: str, **changes: Any) -> RunConfig:
    return config_from_dict({"preset": name, "task": "plurals", **changes}, "the test")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_differs_from_the_paper_s_in_what_it_names(name: str) -> None:
    plain = msgspec.structs.asdict(configured("ape").method)
    this = msgspec.structs.asdict(configured(name).method)
    changed = {key: value for key, value in this.items() if value != plain[key]}
    assert changed == DIFFERENCES[name]


def test_the_paper_s_settings() -> None:
    config = configured("ape", task_model="openai:some-model")
    assert config.method == ApeSettings()
    assert (config.method.proposals, config.method.demonstrations) == (50, 5)
    optimizer = config.optimizer_model
    assert optimizer is not None
    assert (optimizer.temperature, optimizer.top_p, optimizer.max_tokens) == (0.9, 0.9, 50)
    # Sampling alone names no model.
    assert optimizer.spec == "openai:some-model"
    assert config.task_model.temperature is None


def test_an_optimizer_model_of_ones_own_keeps_the_sampling() -> None:
    config = configured(
        "ape", task_model="openai:small", optimizer_model={"spec": "openai:big", "top_p": 0.5}
    )
    assert config.optimizer_model is not None
    assert config.optimizer_model.spec == "openai:big"
    assert (config.optimizer_model.temperature, config.optimizer_model.top_p) == (0.9, 0.5)


def test_what_presets_say_beside_the_method() -> None:
    few = configured("ape-few-shot").task
    assert (few.demonstrations, few.report_both) == (5, True)
    thinking = configured("ape-cot")
    assert thinking.task.seed_prompt == "Let's think step by step."
    assert thinking.task.template.layout == "Q: {input}\nA: {instruction}"
    assert (thinking.task_model.max_tokens, thinking.task.final_turn) == (512, True)
    code = configured("ape-code").task_model
    assert (code.temperature, code.max_tokens) == (0.7, 200)
    assert configured("ape-truthfulqa").task.objectives == {"truthful": 1, "informative": 1}


def test_a_key_of_ones_own_goes_before_the_preset() -> None:
    config = configured("ape-iterative", method={"resample_rounds": 1})
    assert config.method == ApeSettings(resample_rounds=1)


@pytest.mark.parametrize("name", PRESETS)
def test_a_tiny_run_of_each(workspace: Workspace, name: str) -> None:
    tables = {
        "preset": name,
        "task": {"source": str(workspace.data), "train": 6, "dev": 8, "test": 4},
        "method": {"proposals": 5, "finalists": 2},
        "task_model": {"spec": "scripted:plural", "api": "completion"},
        "judge_model": "scripted:judge",
    }
    config = config_from_dict(tables, "the test")
    store = workspace.store()
    state = store.state(workspace.finish(config, store))
    assert (state.status, state.reason) == ("done", "")
    assert state.best is not None
    assert state.usage.calls <= prepare(config).calls
