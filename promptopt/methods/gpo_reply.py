"""Reading the prompt out of what an optimizer model wrote."""

from __future__ import annotations

import re

from promptopt.llm.thought import without_thought
from promptopt.methods.proposals import clean

START, END = "<START>", "<END>"

_mark = re.compile(r"<\s*/?\s*(START|END)\s*/?\s*>", re.IGNORECASE)
_slot = re.compile(r"<\s*/?\s*prompt\s*/?\s*>", re.IGNORECASE)
_label = re.compile(r"(?:the )?(?:new |improved |revised )?prompt(?: is)?\s*:\s*", re.IGNORECASE)
# What stands between the marks where they are only spoken of.
_mention = re.compile(r"\W*(?:(?:and|or|to)\W*)?", re.IGNORECASE)


def read_prompt(reply: str) -> str:
    """The prompt between <START> and <END>, polished; empty where there is none.

    A thought in front of the reply does not count. Of several, it is the longest: models mention
    the marks, too. Where the reply breaks off behind <START>, it is what follows. What is not
    behind <START> is talk or a refusal, and no prompt.
    """
    return max(_between(without_thought(reply)), key=lambda text: len(text.split()), default="")


def read_on(reply: str) -> str:
    """The prompt in a text that goes on behind a <START>, which stood in what was asked.

    It ends at the first mark; without one, it is what can be taken for an instruction in the
    first paragraph. Where nothing precedes the first mark, the text has marks of its own.
    """
    text = without_thought(reply)
    if not _mark.search(text):
        return polish(clean(text))
    return next(iter(_between(START + text)), "")


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


def _between(text: str) -> list[str]:
    """What stands between <START> and <END>, or between <START> and the end, polished."""
    parts = _mark.split(text)  # text, mark, text, mark, …, text
    texts, marks = parts[::2], [mark.upper() for mark in parts[1::2]]
    found = [
        polish(text)
        for before, text, behind in zip(marks, texts[1:], [*marks, "END"][1:], strict=True)
        if before == "START" and behind == "END"
    ]
    return [each for each in found if not _mention.fullmatch(each)]
