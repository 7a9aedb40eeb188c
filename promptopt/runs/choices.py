"""What can be chosen for a run, each with a sentence about it."""

from __future__ import annotations

import msgspec


class Known(msgspec.Struct, frozen=True):
    """Something to choose.

    Attributes:
        value: as a configuration has it.
        meaning: a sentence, "" where the value speaks for itself.
    """

    value: str
    meaning: str = ""


class KnownSetting(msgspec.Struct, frozen=True):
    """A setting of a method.

    Attributes:
        name: of the key under `[method]`.
        type: what may stand there, in words.
        usual: what holds where it is left out and no preset says otherwise, "" for nothing.
        meaning: what it does.
        values: where it is one of a few.
    """

    name: str
    type: str
    usual: str
    meaning: str
    values: tuple[str, ...] = ()


def metrics() -> list[Known]:
    """The metrics by name."""
    from promptopt.metrics import METRICS

    return [Known(name, meaning) for name, meaning in METRICS.items()]


def methods() -> list[Known]:
    """The methods by name."""
    from promptopt.methods.registry import METHODS

    return [Known(each.name, f"{each.summary} {each.source}.") for each in METHODS.values()]


def presets() -> list[Known]:
    """The presets by name."""
    from promptopt.methods.presets import preset_names, preset_summary

    return [Known(name, preset_summary(name)) for name in preset_names()]


def bundled_tasks() -> list[Known]:
    """The tasks that need no file."""
    from promptopt.tasks import bundled

    return [Known(each.name, each.description) for each in bundled.bundled_tasks()]


def data_endings() -> tuple[str, ...]:
    """How the names of files end whose format is known."""
    from promptopt.tasks.file_formats import ENDINGS

    return ENDINGS


def models() -> list[Known]:
    """How models are named."""
    from promptopt.llm.scripted import SCRIPTS

    return [
        Known("local", "the small model that comes with promptopt, on this machine"),
        Known("local:FILE.gguf", "weights of your own, on this machine"),
        Known("openai:MODEL", "a model at OpenAI or at any endpoint that speaks as it does"),
        *(Known(f"scripted:{name}", "a script, to try things out with") for name in SCRIPTS),
    ]


def method_of_preset(preset: str) -> str:
    """The method that a preset is one of.

    Raises:
        InputError: there is no such preset.
    """
    from promptopt.methods.presets import preset_tables

    return str(preset_tables(preset, "the form")["method"]["name"])


def settings_of_method(name: str) -> list[KnownSetting]:
    """The settings of a method, its own first; none where there is no such method."""
    from promptopt.methods.describe import settings_of
    from promptopt.methods.registry import METHODS

    if name not in METHODS:
        return []
    return [
        KnownSetting(
            each.name, each.type, _written(each.default), each.meaning, _values_of(each.type)
        )
        for each in settings_of(METHODS[name].settings)
    ]


def _written(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values_of(kind: str) -> tuple[str, ...]:
    """The values out of `"forward" | "reverse"` or `true | false`."""
    parts = kind.split(" | ")
    return tuple(part.strip('"') for part in parts) if len(parts) > 1 else ()
