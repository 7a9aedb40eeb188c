"""What a model wrote, turned into an instruction; and why a proposal is turned away."""

from __future__ import annotations

import re

# How models begin when they are asked to name or to vary an instruction.
_openings = (
    re.compile(
        r"(?:sure|certainly|of course|okay|here is|here's)\b[^\n:]{0,80}:\s*", re.IGNORECASE
    ),
    re.compile(r"(?:the|my) (?:\w+ )?instruction (?:was|is):?\s*", re.IGNORECASE),
    re.compile(
        r"(?:(?:the|an?) )?(?:\w+ )?(?:instruction|variation|output)(?: of [^\n:]{0,40})?:\s*",
        re.IGNORECASE,
    ),
)
_quotes = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`", "«": "»"}


def clean(text: str) -> str:
    """The instruction in a reply: its first paragraph without opening words and quotes.

    "to write the plural" becomes "Write the plural": the forward template ends in "The
    instruction was", which models go on from with an infinitive.
    """
    text = text.strip()
    for opening in _openings:
        match = opening.match(text)
        text = text[match.end() :].strip() if match else text
    text = re.split(r"\n\s*\n|\n(?:Input|Output|Q|A)\s*:", text, maxsplit=1)[0].strip()
    text = _unquote(text.lstrip(":").strip())
    infinitive = re.match(r"to\s+(?=[\w\"'“‘])", text)
    if infinitive:
        text = _unquote(text[infinitive.end() :])
    return text[:1].upper() + text[1:]


def fingerprint(text: str) -> str:
    """Equal for texts that differ in case, white space, quotes and outer punctuation alone."""
    words = " ".join(text.casefold().split())
    return words.strip(" .!?:;,\"'“”‘’`")


def _unquote(text: str) -> str:
    """The text without quotes around the whole of it, or an opening one that was cut off."""
    close = _quotes.get(text[:1])
    if close is None:
        return text
    # A full stop may stand behind the quote.
    for whole in (text, text.rstrip(".")):
        if len(whole) > 1 and whole.endswith(close):
            # "Yes" or "no" is no quotation.
            return whole[1:-1].strip() if close not in whole[1:-1] else text
    return text[1:].strip() if close not in text[1:] else text
