from __future__ import annotations

import tomllib
from typing import Any

import msgspec
import pytest

from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.presets import preset_names, preset_summary, preset_tables, preset_text
from promptopt.runs.config import RunConfig, config_from_dict
from promptopt.runs.roles import optimizer_settings

DIFFERENCES: dict[str, dict[str, Any]] = {
    "gpo": {},
    "gpo-no-retrieval": {"momentum": "none"},
    "gpo-fixed-distance": {"schedule": "fixed"},
    "gpo-linear-decay": {"schedule": "linear"},
    "gpo-no-control": {"schedule": "none"},
    "gpo-warm-up": {"warm_up": 0.05},
    "gpo-momentum-none": {"momentum": "none"},
    "gpo-momentum-summary": {"momentum": "summary"},
    "gpo-momentum-recency": {"momentum": "recency"},
    "gpo-momentum-importance": {"momentum": "importance"},
    "gpo-momentum-relevance": {"momentum": "relevance"},
    "gpo-reflection": {"direction": "reflection"},
    "gpo-edit": {"refinement": "edit"},
}


def loaded(name: str, **tables: Any) -> RunConfig:
    return config_from_dict(
        {"preset": name, "task": "plurals", "task_model": "openai:m", **tables}, "the test"
    )


def test_all_are_there() -> None:
    assert {name for name in preset_names() if name.startswith("gpo")} == set(DIFFERENCES)
    assert len({preset_summary(name) for name in DIFFERENCES}) == len(DIFFERENCES)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_differs_from_gpo_by_its_key_alone(name: str) -> None:
    plain, other = loaded("gpo"), loaded(name)
    assert isinstance(plain.method, GpoSettings)
    changed = msgspec.structs.replace(plain.method, **DIFFERENCES[name])
    assert other == msgspec.structs.replace(plain, method=changed, preset=name)
    # In what it shows, too: a key that another preset lacks would be a second difference.
    assert tomllib.loads(preset_text(name)) == preset_tables(name, "")
    assert preset_tables(name, "") == {
        **preset_tables("gpo", ""),
        "method": preset_tables("gpo", "")["method"] | DIFFERENCES[name],
    }


def test_gpo_is_the_default_of_the_method() -> None:
    config = loaded("gpo")
    assert config.method == GpoSettings()
    sampling = optimizer_settings(config)
    assert (sampling.spec, sampling.temperature, sampling.max_tokens) == ("openai:m", 1.0, 512)
    assert (config.task_model.temperature, config.task_model.max_tokens) == (0.0, 256)


def test_one_key_turns_a_part() -> None:
    config = loaded("gpo", method={"schedule": "linear"})
    assert config.method == GpoSettings(schedule="linear")
