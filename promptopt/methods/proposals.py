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
    if len(text) > 1 and _quotes.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    # A reply that was cut off, or ended by a full stop behind the quote.
    if text[:1] in _quotes and text.rstrip(".").endswith(_quotes[text[0]]):
        return text.rstrip(".")[1:-1].strip()
    if text[:1] in _quotes and _quotes[text[0]] not in text[1:]:
        return text[1:].strip()
    return text
