"""The methods by name, with their settings."""

from __future__ import annotations

import difflib

import msgspec

from promptopt.errors import InputError
from promptopt.methods.ape_settings import ApeSettings

MethodSettings = ApeSettings
"""The settings of any method; a tagged union once there is more than one."""

METHODS: dict[str, type[msgspec.Struct]] = {"ape": ApeSettings}


def method_name(settings: MethodSettings) -> str:
    """What the method of these settings is called."""
    return str(settings.__struct_config__.tag)


def settings_type(name: str, where: str) -> type[msgspec.Struct]:
    """The settings of the method called `name`.

    Raises:
        InputError: there is no such method.
    """
    if name in METHODS:
        return METHODS[name]
    close = difflib.get_close_matches(name, METHODS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(METHODS)}"
    raise InputError(f"{where}: unknown method {name!r}; {hint}")
