"""Numbers as people type them, with their thousands marked off or not."""

from __future__ import annotations

import re
from typing import TypeVar

Number = TypeVar("Number", int, float)

_grouped = re.compile(r"[+-]?[1-9]\d{0,2}([,_])\d{3}(?:\1\d{3})*(?:\.\d*)?")


def typed_number(text: str, kind: type[Number]) -> Number:
    """The number that a text says, read as `kind`.

    A comma or an underscore may stand between whole groups of three digits, as in "1,200,000".
    Anywhere else it is refused: who types 2,5 means two and a half, and 25 would be ten times
    what may be spent.

    Returns:
        It, of any sign and size; a float may be infinite or not a number.

    Raises:
        ValueError: the text is no such number; `comma_hint` knows whether a comma is why.
    """
    text = text.strip()
    if "," in text or "_" in text:
        if _grouped.fullmatch(text) is None:
            raise ValueError(f"{text!r} is no number")
        text = text.replace(",", "").replace("_", "")
    return kind(text)


def comma_hint(text: str) -> str:
    """What to do about the commas of a text that is no number because of them; "" otherwise."""
    text = text.strip().removeprefix("$")
    if "," not in text or _grouped.fullmatch(text) or not re.fullmatch(r"[+-]?[\d.,]+", text):
        return ""
    return "write decimals with a point; a comma goes between groups of three digits, as in 1,200"
