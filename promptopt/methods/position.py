"""Position: where the instruction stands in the evaluation prompt."""

from __future__ import annotations

import msgspec

from promptopt.errors import InputError
from promptopt.tasks.template import DEFAULT_LAYOUT, Template

END_LAYOUT = "{demonstrations}Input: {input}\n{instruction}\nOutput:"
"""The instruction behind the input, as GPO's script has it."""


def is_before(template: Template) -> bool:
    """Whether the instruction stands before the input."""
    places = [template.layout.find(name) for name in ("{input}", "{question}")]
    first = min((at for at in places if at >= 0), default=len(template.layout))
    return template.layout.find("{instruction}") < first


def placed(template: Template, position: str | None) -> Template:
    """The template with its instruction in a position.

    Args:
        template: of the task.
        position: "begin", "end", or "template" for where it stands; None for "end", unless the
            layout is one's own.

    Raises:
        InputError: a layout of one's own has it elsewhere; it is not rearranged.
    """
    if position is None:
        position = "end" if template.layout == DEFAULT_LAYOUT else "template"
    if position == "template" or is_before(template) == (position == "begin"):
        return template
    if template.layout == DEFAULT_LAYOUT:
        return msgspec.structs.replace(template, layout=END_LAYOUT)
    here, there = ("before", "behind") if position == "end" else ("behind", "before")
    raise InputError(
        f'position = "{position}" wants the instruction {there} the input, and the layout in '
        f"[task.template] has it {here} the input; move {{instruction}} in the layout, or set "
        'position = "template"'
    )
