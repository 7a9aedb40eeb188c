"""Templates that a proposal is asked with: a text with room for pairs and a gap to be filled."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from promptopt.errors import InputError
from promptopt.methods.prompts import template_text

SHIPPED = {"truthfulqa": "ape_truthfulqa"}
"""Templates that can be named: that of the paper's search for truthful answers (section 4.4)."""

GAP = "[INSERT]"
"""What stands in the gap where it is shown to a chat model."""

_placeholder = re.compile(r"\{(\w+)\}")
_known = ("pairs", "inputs", "instruction")


class Gapped(msgspec.Struct, frozen=True):
    """A text with a gap.

    Attributes:
        before: the text in front of the gap.
        after: the text behind it; empty where the gap is at the end.
    """

    before: str
    after: str

    def shown(self) -> str:
        """The whole text, its gap marked."""
        return f"{self.before}{GAP}{self.after}"


def fill_template(template: str, pairs: str, inputs: str) -> Gapped:
    """The template with pairs and their number filled in; what is filled in is not searched."""
    before, _, after = template.partition("{instruction}")
    values = {"pairs": pairs, "inputs": inputs}

    def filled(text: str) -> str:
        return _placeholder.sub(lambda match: values[match[1]], text)

    return Gapped(filled(before), filled(after).rstrip())


def gap_is_inside(template: str) -> bool:
    """Whether text follows the gap."""
    return bool(template.partition("{instruction}")[2].strip())


def find_template(value: str, folder: Path) -> str:
    """The text that the setting `template` stands for.

    Args:
        value: the name of a shipped one, a text with placeholders, or a file.
        folder: where a relative file name begins.

    Raises:
        InputError: it is none of these, or the file cannot be read.
    """
    if value in SHIPPED:
        return template_text(SHIPPED[value])
    if not value.strip() or "{" in value or "\n" in value:
        return value  # written out, and checked with the settings
    path = folder / value
    try:
        text = path.read_text(encoding="utf-8-sig").strip("\n")
    except FileNotFoundError:
        known = ", ".join(SHIPPED)
        raise InputError(
            f"there is no template {value!r}: no file {path}, and the names known are {known}; "
            "a template that is written out has {pairs} in it"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the template {path}: {error}") from error
    try:
        check_template(text)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return text


def check_template(text: str) -> None:
    """Raise ValueError unless the text has {pairs}, one gap at the most, and no other name."""
    names = _placeholder.findall(text)
    unknown = [name for name in names if name not in _known]
    if unknown:
        raise ValueError(
            f"the template has {{{unknown[0]}}}, which stands for nothing; known: "
            + ", ".join(f"{{{name}}}" for name in _known)
        )
    if "pairs" not in names:
        raise ValueError("the template lacks {pairs}; put it where the examples belong")
    for name in ("pairs", "instruction"):
        if names.count(name) > 1:
            raise ValueError(f"the template has {{{name}}} {names.count(name)} times; once will do")
    if not _placeholder.sub("", text).strip():
        raise ValueError("the template is nothing but placeholders; say what is to be completed")
