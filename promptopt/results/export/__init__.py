"""A prompt, taken out of its run. One format a file."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from promptopt.errors import InputError
from promptopt.results.candidates import find_candidate
from promptopt.results.export import (
    csv_format,
    full_format,
    json_format,
    markdown_format,
    messages_format,
    text_format,
    toml_format,
    yaml_format,
)
from promptopt.results.export.source import ExportSource
from promptopt.results.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from promptopt.results.statistics import PairedDifference
    from promptopt.runs.state import RunState
    from promptopt.tasks.task import Task

FORMATS: dict[str, Callable[[ExportSource], str]] = {
    "text": text_format.render,
    "full": full_format.render,
    "messages": messages_format.render,
    "json": json_format.render,
    "yaml": yaml_format.render,
    "toml": toml_format.render,
    "markdown": markdown_format.render,
    "csv": csv_format.render,
}
"""Name of a format to what writes it."""

SUFFIXES = {
    "text": ".txt",
    "full": ".txt",
    "messages": ".json",
    "json": ".json",
    "yaml": ".yaml",
    "toml": ".toml",
    "markdown": ".md",
    "csv": ".csv",
}
"""Name of a format to the ending that its files have."""


def export_text(
    state: RunState,
    format: str,  # noqa: A002 - the word that the option has
    candidate: str | int | None = None,
    *,
    task: Task | None = None,
    difference: PairedDifference | None = None,
) -> str:
    """A candidate of a run as the text of a file.

    Args:
        format: "text", the instruction and nothing else, not even a newline at the end;
            "full", the whole prompt as it was sent, with `{input}` in the input's place;
            "messages", that prompt as OpenAI's chat messages; "json", "yaml" and "toml", the
            instruction with its numbers and where it comes from; "markdown", a report for
            people; "csv", all candidates of the run.
        candidate: "c007", 7 or "seed"; the best where left out.
        task: the run's task; its template and demonstrations go into all but "text".
        difference: the candidate minus the seed prompt on test, for all but "text", "full",
            "messages" and "csv".

    Raises:
        InputError: the format or the candidate is unknown, or there is no best prompt yet.
    """
    if format not in FORMATS:
        close = difflib.get_close_matches(format, FORMATS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(FORMATS)}"
        raise InputError(f"unknown format {visible(format)!r}; {hint}")
    chosen = find_candidate(state, candidate)
    return FORMATS[format](ExportSource(state, chosen, task, difference))
