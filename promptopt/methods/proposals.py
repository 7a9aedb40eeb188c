"""What a model wrote, turned into an instruction; and when two of them are the same."""

from __future__ import annotations

import re

from promptopt.llm.thought import without_thought

_ignore = re.IGNORECASE

# A block of code around the whole reply, or around what stands in it.
_block = re.compile(r"```[\w-]*\n(.+?)(?:\n```|\Z)", re.DOTALL)

# How models begin when they are asked to name or to vary an instruction. Each is taken off once,
# in this order.
_openings = (
    # "Sure, here it is:", "Certainly! Here is a variation of the instruction:"
    re.compile(
        r"(?:sure|certainly|of course|okay|ok|absolutely|here is|here's|here are)\b"
        r"[^\n:]{0,100}:\s*",
        _ignore,
    ),
    # "Based on the examples, the instruction was", "I think the instruction that was given is"
    re.compile(
        r"(?:(?:based on|from|given|judging by|looking at) [^\n:]{0,60}?,\s*|i (?:think|believe)"
        r"(?: that)?\s+|it (?:seems|looks like)(?: that)?\s+)?"
        r"(?:(?:the|my|your) (?:[\w'’]+ ){0,3}instruction"
        r"(?: (?:that (?:was|is)|given)\b[^\n.:\"]{0,40}?)?"
        r" (?:was|is)(?: most)?(?: likely| probably)?\s*:?\s*"
        r"|(?:the|my|your) friend was (?:asked|told|instructed)\s+(?=to\b))",
        _ignore,
    ),
    # What goes on from "The instruction was" alone: "most likely to ...", "as follows: ..."
    re.compile(
        r"(?:most )?(?:likely|probably)\b\s*:?\s*(?=to\b|[\"'“‘])|as follows\s*:\s*", _ignore
    ),
    # "Instruction:", "The missing instruction:", "A variation of it:". A verb in front would make
    # it a part of the instruction: "Write the output: ..."
    re.compile(
        r"(?:(?:the|an?|my|another) )?(?:most )?"
        r"(?:(?:missing|new|final|possible|likely|probable|correct|original) )?"
        r"(?:instruction|variation|output|\[?insert\]?)"
        r"(?: of [^\n:]{0,40})?:\s*",
        _ignore,
    ),
)
_bold = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_number = re.compile(r"(?:\(?\d{1,2}[.)]|[-*•])\s+")
_item = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*•])\s+", re.MULTILINE)
_end = re.compile(r"\n\s*\n|\n(?:Input|Output|Q|A|Instruction|Explanation|Note)\s*:", _ignore)
# A closing quote whose opening one stands in the text that was completed, not one of inches.
_closed = re.compile(r"([^\"“”]*[^\W\d_][.!?]?)[\"”](?:[\s.,;][^\"“”]*)?\Z")
_sentence = 3  # words from which on what is quoted is no mere answer
_quotes = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`", "«": "»"}


def clean(text: str) -> str:
    """The instruction in a reply: its first paragraph without opening words, quotes and marks.

    "to write the plural" becomes "Write the plural": the forward template ends in "The
    instruction was", which models go on from with an infinitive. A lone number in front goes;
    a list of several items stays as it is, for they may be the steps of one instruction.
    """
    text = _without_openings(without_thought(text))
    block = _block.match(text)
    text = (block[1] if block else text).strip()
    text = _end.split(text, maxsplit=1)[0].strip()
    text = _unquote(text.lstrip(":").strip())
    if len(_item.findall(text)) == 1:
        text = _unquote(_number.sub("", text, count=1).strip())
    infinitive = re.match(r"to\s+(?=[\w\"'“‘])", text)
    if infinitive:
        text = _unquote(text[infinitive.end() :])
    closed = _closed.match(text)
    text = closed[1] if closed else text
    return text[:1].upper() + text[1:]


def fingerprint(text: str) -> str:
    """Equal for texts that differ in case, white space, quotes and outer punctuation alone."""
    words = " ".join(text.casefold().split())
    return words.strip(" .!?:;,\"'“”‘’`")


def _without_openings(text: str) -> str:
    """The text without the words that introduce it, and without bold marks around them or it."""
    for opening in _openings:
        plain = _bold.sub(r"\2", text, count=1) if text.startswith(("**", "__")) else text
        match = opening.match(plain)
        text = plain[match.end() :].strip() if match else text
    whole = _bold.fullmatch(text.split("\n", 1)[0].strip())
    if whole:
        text = "\n".join([whole[2], *text.split("\n")[1:]])
    return text


def _unquote(text: str) -> str:
    """The text without quotes around the whole of it, or an opening one that was cut off.

    What is said about a quoted sentence behind it goes too.
    """
    close = _quotes.get(text[:1])
    if close is None:
        return text
    quoted, _, behind = text[1:].partition(close)
    if len(quoted.split()) >= _sentence and re.match(r"\.?\s+[A-Z]", behind):
        return quoted.strip()
    # A full stop may stand behind the quote.
    for whole in (text, text.rstrip(".")):
        if len(whole) > 1 and whole.endswith(close):
            # "Yes" or "no" is no quotation.
            return whole[1:-1].strip() if close not in whole[1:-1] else text
    return text[1:].strip() if close not in text[1:] else text
