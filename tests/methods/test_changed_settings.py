from __future__ import annotations

import msgspec
import pytest

from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.presets import preset_names
from promptopt.methods.registry import MethodSettings, changed_settings, method_name
from promptopt.runs.config import RunConfig, config_from_dict


def config_of(preset: str) -> RunConfig:
    return config_from_dict({"preset": preset, "task": "plurals"}, "here")


def test_a_method_by_itself_has_none() -> None:
    assert changed_settings(ApeSettings()) == changed_settings(GpoSettings()) == {}


def test_only_what_differs_is_told() -> None:
    settings = GpoSettings(schedule="none", max_edit=40, steps=4, epochs=GpoSettings().epochs)
    assert changed_settings(settings) == {"schedule": "none", "max_edit": 40, "steps": 4}


@pytest.mark.parametrize("preset", preset_names())
def test_with_the_defaults_they_are_all_the_settings(preset: str) -> None:
    settings = config_of(preset).method
    changed = {"name": method_name(settings), **changed_settings(settings)}
    assert msgspec.convert(changed, MethodSettings) == settings
