from __future__ import annotations

import json
import tomllib

import pytest

from promptopt.methods.presets import preset_names, preset_summary, preset_tables
from promptopt.methods.registry import METHODS

from .conftest import Command


def test_all_methods_and_presets_are_listed(promptopt: Command) -> None:
    done = promptopt("methods")
    assert done.status == 0
    for method in METHODS.values():
        assert f"{method.source}  " in done.out
        assert method.summary in done.out
    for name in preset_names():
        assert preset_summary(name) in done.out


def test_all_as_json(promptopt: Command) -> None:
    listed = json.loads(promptopt("methods", "--json").out)
    assert [each["name"] for each in listed["methods"]] == list(METHODS)
    assert {each["name"]: each["sets"] for each in listed["presets"]} == {
        name: preset_tables(name, "here") for name in preset_names()
    }
    (ape,) = [each for each in listed["methods"] if each["name"] == "ape"]
    settings = {each["name"]: each for each in ape["settings"]}
    assert settings["proposals"]["type"] == "whole number from 1 to 10,000"
    assert settings["proposals"]["default"] == 50
    assert settings["keep"]["type"] == "number above 0 and below 1"
    assert settings["mode"]["type"] == '"custom" | "forward" | "reverse"'
    assert (settings["template"]["type"], settings["template"]["default"]) == ("text", None)


@pytest.mark.parametrize("name", METHODS)
def test_every_setting_of_every_method_is_explained(promptopt: Command, name: str) -> None:
    (method,) = json.loads(promptopt("methods", name, "--json").out)["methods"]
    fields = METHODS[name].settings.__struct_fields__
    assert {each["name"] for each in method["settings"]} == set(fields)
    for setting in method["settings"]:
        assert len(setting["meaning"].split()) > 2, setting["name"]
    shown = promptopt("methods", name).out
    for field in fields:
        assert f"\n  {field} = " in shown


def test_a_method_shows_its_presets_and_no_others(promptopt: Command) -> None:
    shown = json.loads(promptopt("methods", "ape", "--json").out)["presets"]
    assert {"ape", "ape-iterative", "ape-cot"} <= {each["name"] for each in shown}
    assert {each["method"] for each in shown} == {"ape"}


@pytest.mark.parametrize("name", preset_names())
def test_what_a_preset_shows_could_stand_in_a_configuration(promptopt: Command, name: str) -> None:
    done = promptopt("methods", name)
    assert done.status == 0
    assert preset_summary(name) in done.out
    _, _, text = done.out.rpartition("it sets:\n")
    assert tomllib.loads(text) == preset_tables(name, "here")


def test_an_unknown_name(promptopt: Command) -> None:
    done = promptopt("methods", "ape-iteratve")
    assert (done.status, done.out) == (2, "")
    assert "no method or preset 'ape-iteratve'; did you mean ape-iterative?" in done.err
    assert "\x1b" not in promptopt("methods", "x\x1b[2J").err
