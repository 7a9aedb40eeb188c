"""Presets: configurations by name, with the settings of a paper or of one of its ablations.

Each is a TOML file in `presets/`, in the form of a configuration file without a task, with one
more key, `summary`. What a configuration says itself goes before what its preset says.
"""

from __future__ import annotations

import difflib
import tomllib
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
    """The tables of a preset, without its summary.

    Raises:
        InputError: there is no such preset; `where` names who asked for it.
    """
    tables = dict(_read(_known(name, where)))
    del tables["summary"]
    return tables


def preset_summary(name: str) -> str:
    """One sentence about a preset."""
    return str(_read(name)["summary"])


def preset_text(name: str) -> str:
    """The file of a preset, without its summary: what could stand in a configuration."""
    _, _, text = _file(name).partition("\n")
    return text.strip("\n")


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
