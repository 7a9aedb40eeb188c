"""TOML: the same as JSON, but for keys without a value, which TOML cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptopt.results.export.json_format import export_object

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource


def render(source: ExportSource) -> str:
    """The keys of JSON; those that are null there are left out."""
    import tomli_w

    return tomli_w.dumps(_without_none(export_object(source)))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_none(each) for each in value]
    return value
