"""Plain text: the instruction, ready to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource


def render(source: ExportSource) -> str:
    """The instruction exactly as it was scored; nothing is added, not even a newline."""
    return source.candidate.text
