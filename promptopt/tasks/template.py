"""Template: puts instruction, demonstrations and input together into one prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from promptopt.errors import InputError
from promptopt.tasks.example import Example

# Zero-shot: Zhou et al. 2023, section 4.1 and appendix; few-shot puts the demonstrations
# between the instruction and the query. What is the same for every example of a candidate
# comes first, so that a model's prefix cache holds it.
DEFAULT_LAYOUT = "Instruction: {instruction}\n\n{demonstrations}Input: {input}\nOutput:"
DEFAULT_DEMONSTRATION = "Input: {input}\nOutput: {output}\n\n"

_placeholder = re.compile(r"\{(\w+)\}")


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an evaluation prompt is laid out.

    Attributes:
        layout: text with `{instruction}` and `{input}`, and `{demonstrations}` where
            demonstrations go. Other braces are left as they are.
        demonstration: text of one demonstration with `{input}` and `{output}`.

    In both, `{input}` is followed by the options of a multiple-choice example;
    `{question}` in its place is the input alone, so that a model has to know them.
    """

    layout: str = DEFAULT_LAYOUT
    demonstration: str = DEFAULT_DEMONSTRATION

    def check(self, *, demonstrations: int = 0) -> None:
        """Raise InputError if a placeholder that is needed is missing."""
        for place, text, other in (
            ("template", self.layout, "instruction"),
            ("template's demonstration", self.demonstration, "output"),
        ):
            if f"{{{other}}}" not in text:
                raise InputError(f"the {place} lacks {{{other}}}; put it where it belongs")
            if "{input}" not in text and "{question}" not in text:
                raise InputError(f"the {place} lacks {{input}}; put it where it belongs")
        if demonstrations and "{demonstrations}" not in self.layout:
            raise InputError(
                "demonstrations are asked for, but the template lacks {demonstrations}; "
                "add it, or set demonstrations to 0"
            )

    def render(
        self, instruction: str, example: Example, demonstrations: Sequence[Example] = ()
    ) -> str:
        """The prompt for one example. Texts are inserted once and never interpreted."""
        shown = "".join(self.render_demonstration(each) for each in demonstrations)
        return _fill(
            self.layout,
            {"instruction": instruction, "demonstrations": shown, **_shown(example)},
        )

    def frame(self, instruction: str, demonstrations: Sequence[Example] = ()) -> str:
        """The prompt with the placeholder of the input still in it."""
        shown = "".join(self.render_demonstration(each) for each in demonstrations)
        return _fill(self.layout, {"instruction": instruction, "demonstrations": shown})

    def render_demonstration(self, example: Example) -> str:
        """One solved example: its input and its first reference."""
        values = {"output": example.references[0], **_shown(example)}
        return _fill(self.demonstration, values)


def show_input(example: Example) -> str:
    """The input as a model sees it: followed by its options where it has choices."""
    if not example.choices:
        return example.input
    options = "\n".join(
        f"({option_letter(index)}) {choice}" if example.lettered else f"- {choice}"
        for index, choice in enumerate(example.choices)
    )
    return f"{example.input}\nOptions:\n{options}"


def _shown(example: Example) -> dict[str, str]:
    return {"input": show_input(example), "question": example.input}


def option_letter(index: int) -> str:
    """The letter of the option at `index`: 0 is A. At most 26 options have a letter."""
    if not 0 <= index < 26:
        raise ValueError(f"option {index} has no letter")
    return chr(ord("A") + index)


def _fill(text: str, values: dict[str, str]) -> str:
    """Replace each `{name}` of `values` in one pass, so that inserted text is not searched."""
    return _placeholder.sub(lambda match: values.get(match[1], match[0]), text)
