"""Chat messages in OpenAI's form, ready to be sent once the input is put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.results.export.full_format import render as whole_prompt
from promptopt.results.json_text import json_text

if TYPE_CHECKING:
    from promptopt.results.export.source import ExportSource


def render(source: ExportSource) -> str:
    """A list with the one user message that was sent, `{input}` in the input's place.

    A task whose answers were asked for in a second turn has that turn behind a message of the
    assistant whose content is the placeholder `{reply}`.

    Raises:
        InputError: the task is not known.
    """
    messages = [{"role": "user", "content": whole_prompt(source)}]
    final_turn = source.task.final_turn if source.task is not None else ""
    if final_turn:
        messages.append({"role": "assistant", "content": "{reply}"})
        messages.append({"role": "user", "content": final_turn})
    return json_text(messages, indent=2) + "\n"
