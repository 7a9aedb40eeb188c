"""Presets: configurations by name, with the settings of a paper or of one of its ablations.

Each is a TOML file in `presets/`, in the form of a configuration file without a task, with one
more key, `summary`. With `base` it names another preset, of which it only says what differs. What
a configuration says itself goes before what its preset says.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from promptopt.errors import InputError


@cache
def preset_names() -> tuple[str, ...]:
    """All presets, in alphabetical order."""
    names = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def preset_tables(name: str, where: str) -> dict[str, Any]:
    """The tables of a preset with those of its base, without its summary.

    Raises:
        InputError: there is no such preset; `where` names who asked for it.
    """
    tables = {key: value for key, value in _read(_known(name, where)).items() if key != "summary"}
    base = tables.pop("base", None)
    return tables if base is None else _laid_over(tables, preset_tables(base, where))


def preset_summary(name: str) -> str:
    """One sentence about a preset."""
    return str(_read(name)["summary"])


def preset_text(name: str) -> str:
    """What a preset says, as it could stand in a configuration."""
    if "base" in _read(name):
        return "\n\n".join(_written(preset_tables(name, "")))
    _, _, text = _file(name).partition("\n")
    return text.strip("\n")


def _laid_over(tables: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in tables.items():
        under = both.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            value = _laid_over(value, under)
        both[key] = value
    return both


def _written(tables: dict[str, Any], name: str = "") -> Iterator[str]:
    """Tables as TOML, one text each."""
    # Strings, numbers and truth values are written as in JSON.
    keys = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in tables.items()
        if not isinstance(value, dict)
    ]
    if keys:
        yield "\n".join([f"[{name}]", *keys] if name else keys)
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from _written(value, f"{name}.{key}" if name else key)


def _known(name: str, where: str) -> str:
    names = preset_names()
    if name in names:
        return name
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(names)}"
    raise InputError(f"{where}: unknown preset {name!r}; {hint}")


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(_file(name))


def _file(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
