"""YAML: the same as JSON, for configuration files and for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptopt.results.export.json_format import export_object

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource


def render(source: ExportSource) -> str:
    """The keys of JSON. Texts of several lines stand as blocks where YAML can hold them so."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        # The emitter falls back to quotes for what a block cannot hold exactly, but for the line
        # breaks that only YAML knows: in a block they come back as others.
        foreign = any(mark in value for mark in "\r\x85\u2028\u2029")
        style = '"' if foreign else "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    value: dict[str, Any] = export_object(source)
    written: str = yaml.dump(
        value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=2**31 - 1
    )
    return written
