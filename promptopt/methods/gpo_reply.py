"""Reading the prompt out of what an optimizer model wrote."""

from __future__ import annotations

import re

from promptopt.llm.thought import without_thought
from promptopt.methods.proposals import clean

START, END = "<START>", "<END>"

_mark = re.compile(r"<\s*/?\s*(START|END)\s*/?\s*>", re.IGNORECASE)
_slot = re.compile(r"<\s*/?\s*prompt\s*/?\s*>", re.IGNORECASE)
_label = re.compile(r"(?:new |improved )?prompt\s*:\s*", re.IGNORECASE)


def read_prompt(reply: str) -> str:
    """The prompt between <START> and <END>, polished; empty where there is none.

    A thought in front of the reply does not count. Of several, it is the longest: models mention
    the marks, too. Where the reply breaks off
    behind <START>, it is what follows; where only <END> stands, what precedes. Without marks,
    it is what can be taken for an instruction in the reply's first paragraph.
    """
    parts = _mark.split(without_thought(reply))  # text, mark, text, mark, …, text
    texts, marks = parts[::2], [mark.upper() for mark in parts[1::2]]
    if not marks:
        return polish(clean(reply))
    between = [
        text
        for before, text, behind in zip(marks, texts[1:], [*marks[1:], "END"], strict=True)
        if before == "START" and behind == "END"
    ]
    if "START" not in marks:
        between = [texts[0]]
    return max((polish(text) for text in between), key=lambda text: len(text.split()), default="")


def polish(text: str) -> str:
    """A prompt without the marks of its place, bold type, a label and quotes around it."""
    text = _slot.sub("", text).replace("**", "").strip()
    text = text[match.end() :] if (match := _label.match(text)) else text
    for quote in ('"', "“"):
        close = {"“": "”"}.get(quote, quote)
        inner = text[1:-1]
        quoted = len(text) > 2 and text.startswith(quote) and text.endswith(close)
        if quoted and quote not in inner and close not in inner:
            text = inner.strip()
    return text
