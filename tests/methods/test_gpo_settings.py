from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.position import END_LAYOUT, placed
from promptopt.methods.registry import METHODS, method_of
from promptopt.runs.config import config_from_dict, config_from_json
from promptopt.runs.prepare import prepare
from promptopt.tasks.template import Template


def loaded(task: Any = "plurals", **method: Any) -> Any:
    tables = {"task": task, "task_model": "scripted:plural", "method": method}
    return config_from_dict(tables, "run.toml")


def test_the_name_tells_the_settings_apart() -> None:
    assert loaded(name="gpo", momentum="none").method == GpoSettings(momentum="none")
    assert loaded(name="ape").method == ApeSettings()
    assert loaded().method == ApeSettings()
    assert method_of(GpoSettings()) is METHODS["gpo"]


def test_a_stored_configuration_comes_back() -> None:
    config = loaded(name="gpo", schedule="linear", steps=4, excess="reject")
    assert config_from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (
            {"name": "gpo", "momentun": "none"},
            r"run\.toml: unknown option momentun \[method\]; did you mean momentum\?",
        ),
        (
            {"name": "gpo", "proposals": 3},
            r"run\.toml: unknown option proposals \[method\]; known: name, score, max_words, dir",
        ),
        (
            {"name": "ape", "momentum": "none"},
            r"run\.toml: unknown option momentum \[method\]; known: name, score, max_words",
        ),
        (
            {"name": "gpo", "schedule": "consine"},
            r"run\.toml: method\.schedule cannot be 'consine'; did you mean cosine\?",
        ),
        ({"name": "gpo", "min_edit_share": 0}, r"run\.toml: method\.min_edit_share: expected"),
        (
            {"name": "gpo", "max_edit": "50"},
            r"run\.toml: method\.max_edit: expected a whole",
        ),
        ({"name": "gop"}, r"run\.toml: unknown method 'gop'; did you mean gpo\?"),
    ],
)
def test_what_is_wrong_is_named(method: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        loaded(**method)


# The subject of MMLU


@pytest.mark.parametrize(
    ("name", "seed_prompt"),
    [
        ("college_physics", "Questions about college physics."),
        ("pets", "Questions about {subject}."),
    ],
)
def test_the_subject_is_filled_into_the_seed_prompt(
    tmp_path: Path, name: str, seed_prompt: str
) -> None:
    file = tmp_path / f"{name}.csv"
    file.write_text("input,output\n" + "".join(f"what {n},that {n}\n" for n in range(20)))
    task = {"source": str(file), "seed_prompt": "Questions about {subject}."}
    assert prepare(loaded(name="gpo", task=task)).task.seed_prompt == seed_prompt


# Position


def test_the_position_places_the_instruction_in_the_evaluation_prompt() -> None:
    assert prepare(loaded(name="gpo", position="end")).task.template.layout == END_LAYOUT
    assert prepare(loaded(name="gpo")).task.template.layout == END_LAYOUT  # as in the paper
    for position in ("begin", "template"):
        assert prepare(loaded(name="gpo", position=position)).task.template == Template()
    assert prepare(loaded(name="ape")).task.template == Template()


def test_a_layout_of_ones_own_is_not_rearranged() -> None:
    behind = Template("Q: {question}\n{instruction}\nA:")
    before = Template("{instruction}\nQ: {input}\nA:")
    assert placed(behind, "end") is behind
    assert placed(behind, "template") is behind
    assert placed(before, "begin") is before
    assert placed(before, None) is before
    assert placed(behind, None) is behind
    with pytest.raises(InputError, match=r'position = "end" wants the instruction behind'):
        placed(before, "end")
    with pytest.raises(InputError, match=r"the layout in \[task\.template\] has it behind"):
        placed(behind, "begin")
