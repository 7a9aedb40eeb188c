"""The whole prompt as it was sent, with a placeholder for the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.errors import InputError

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource


def render(source: ExportSource) -> str:
    """The instruction in its template, with its demonstrations; the scores belong to this.

    Raises:
        InputError: the task is not known.
    """
    task = source.task
    if task is None:
        raise InputError("the whole prompt cannot be put together without the run's task")
    return task.template.frame(source.candidate.text, task.demonstrations)
