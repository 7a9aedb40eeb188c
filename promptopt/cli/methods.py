"""promptopt methods"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from promptopt.cli.output import say, say_json, say_line, say_table, tell

if TYPE_CHECKING:
    from promptopt.methods.describe import Setting
    from promptopt.methods.registry import Method


@click.command("methods")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(name: str | None, as_json: bool) -> None:
    """List the methods and their presets, or describe the one called NAME.

    A method is described with its settings, which stand in [method] of a configuration; a preset
    with all that it sets.
    """
    from promptopt.methods.presets import preset_names
    from promptopt.methods.registry import METHODS

    methods = list(METHODS.values())
    presets = list(preset_names())
    if name is not None:
        _check(name, [*METHODS, *presets])
        methods = [each for each in methods if each.name == name]
        presets = [each for each in presets if name in (each, _method_of(each))]
    if as_json:
        say_json(
            {
                "methods": [_method_object(each) for each in methods],
                "presets": [_preset_object(each) for each in presets],
            }
        )
    elif name is None:
        _say_list(methods, presets)
    else:
        for method in methods:
            _say_method(method)
            say()
            _say_presets(presets)
        if name in presets:
            if methods:
                say()
            _say_preset(name)


def _check(name: str, known: list[str]) -> None:
    import difflib

    from promptopt.errors import InputError

    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        raise InputError(f"there is no method or preset {name!r}; {hint}")


def _say_list(methods: list[Method], presets: list[str]) -> None:
    say_table(
        ("method", "source", "what it does"),
        [(each.name, each.source, each.summary) for each in methods],
    )
    say()
    _say_presets(presets)
    tell("look into one with: promptopt methods NAME; take one with: promptopt run --preset NAME")


def _say_presets(presets: list[str]) -> None:
    from promptopt.methods.presets import preset_summary

    say_table(("preset", "what it is"), [(each, preset_summary(each)) for each in presets])


def _say_method(method: Method) -> None:
    from promptopt.methods.describe import settings_of

    say(f"{method.name}: {method.summary}")
    say(f"{method.source}")
    say()
    say("settings, in [method]:")
    for setting in settings_of(method.settings):
        say_line(f"  {setting.name} = {_shown(setting)}")
        for line in _wrapped(setting.meaning):
            say_line(f"      {line}")


def _shown(setting: Setting) -> str:
    """ "50 (whole number from 1)"."""
    default = "not set" if setting.default is None else json.dumps(setting.default)
    return f"{default}  ({setting.type})"


def _say_preset(name: str) -> None:
    from promptopt.methods.presets import preset_summary, preset_text

    say(f"preset {name}: {preset_summary(name)}")
    say("it sets:")
    say()
    for line in preset_text(name).splitlines():
        say_line(line)


def _wrapped(text: str) -> list[str]:
    import shutil
    import textwrap

    width = min(100, shutil.get_terminal_size().columns)
    return textwrap.wrap(text, max(width - 6, 30))


def _method_of(preset: str) -> str:
    from promptopt.methods.presets import preset_tables

    return str(preset_tables(preset, "")["method"]["name"])


def _method_object(method: Method) -> dict[str, Any]:
    from promptopt.methods.describe import settings_of

    return {
        "name": method.name,
        "summary": method.summary,
        "source": method.source,
        "settings": [
            {
                "name": each.name,
                "type": each.type,
                "default": each.default,
                "meaning": each.meaning,
            }
            for each in settings_of(method.settings)
        ],
    }


def _preset_object(name: str) -> dict[str, Any]:
    from promptopt.methods.presets import preset_summary, preset_tables

    return {
        "name": name,
        "method": _method_of(name),
        "summary": preset_summary(name),
        "sets": preset_tables(name, ""),
    }
