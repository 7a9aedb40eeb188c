"""What a run was made with, in words: the method, its preset, and what was set otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptopt.results.visible import visible

if TYPE_CHECKING:
    from promptopt.runs.events import SearchStarted

LONGEST = 40
"""Characters of a text in a setting, such as a template, that are shown."""


def method_text(setup: SearchStarted) -> str:
    """ "gpo"; "gpo (preset gpo-no-control)"."""
    return f"{setup.method} (preset {setup.preset})" if setup.preset else setup.method


def settings_text(setup: SearchStarted) -> str:
    """ "schedule = none, steps = 4": what differs from the method's defaults; "" for nothing."""
    return ", ".join(f"{name} = {_shown(value)}" for name, value in setup.settings.items())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = visible(str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
