"""The expressions that lists are filtered by, taken apart.

A filter is terms with blanks between them; what it shows fulfils all of them. A term is a word,
an "exact text" in quotes, a `field:value`, or a comparison such as `score>0.8`; a "-" before it
turns it around. `field:a,b` holds for either value, `field:2..5` for the numbers from 2 to 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_term = re.compile(
    r"""
    (?P<minus>-?)
    (?:
        "(?P<text>[^"]*)(?P<closed>"?)
      | (?P<field>[A-Za-z][A-Za-z_-]*) (?P<operator>>=|<=|!=|[:=<>])
        (?: "(?P<quoted>[^"]*)(?P<ended>"?) | (?P<value>[^\s"]*) )
      | (?P<word>[^\s]+)
    )
    """,
    re.VERBOSE,
)


class FilterError(ValueError):
    """A filter that means nothing.

    Attributes:
        unfinished: whether it may come to mean something when more is typed.
    """

    def __init__(self, message: str, *, unfinished: bool = False) -> None:
        super().__init__(message)
        self.unfinished = unfinished


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        text: a text to look for, whatever its case; "" for a condition on a field.
        field: name of a field; "" for a text.
        operator: ":", "=", "!=", "<", "<=", ">" or ">=".
        values: what stands after the operator; one of them has to fit.
        negated: whether the rows are shown that do not fulfil it.
    """

    text: str = ""
    field: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()
    negated: bool = False


def parse_filter(text: str) -> list[Term]:
    """The terms of a filter, in their order.

    Raises:
        FilterError: a quote is not closed, or nothing stands after an operator.
    """
    terms: list[Term] = []
    at, end = 0, len(text)
    while True:
        while at < end and text[at].isspace():
            at += 1
        if at >= end:
            return terms
        match = _term.match(text, at)
        assert match is not None  # whatever is no blank is at least a word
        at = match.end()
        if at < end and not text[at].isspace() and '"' in (match[0][-1], text[at]):
            raise FilterError(f"put a blank after {match[0]}, or quotes around all of it")
        term = _read(match, at_end=at >= end)
        if term is not None:
            terms.append(term)


def start_of_last_term(text: str) -> int:
    """Where the last term begins; the length of the text where nothing stands at its end."""
    start, at, end = len(text), 0, len(text)
    while at < end:
        if text[at].isspace():
            at += 1
            start = end
        else:
            match = _term.match(text, at)
            assert match is not None  # whatever is no blank is at least a word
            start, at = at, match.end()
    return start


def _read(match: re.Match[str], *, at_end: bool) -> Term | None:
    negated = bool(match["minus"])
    if match["text"] is not None:
        _closed(match["closed"], at_end)
        return Term(match["text"], negated=negated) if match["text"] else None
    if match["field"] is None:
        return Term(match["word"], negated=negated)
    field, operator = match["field"].lower(), match["operator"]
    if match["quoted"] is not None:
        _closed(match["ended"], at_end)
        values: tuple[str, ...] = (match["quoted"],)
    else:
        values = tuple(match["value"].split(","))
    if not all(values):
        what = f"{field}{operator}"
        raise FilterError(f"something has to stand after {what}", unfinished=at_end)
    return Term("", field, operator, values, negated)


def _closed(quote: str, at_end: bool) -> None:
    if not quote:
        raise FilterError('a " is not closed', unfinished=at_end)


def number_of(value: str, field: str) -> float:
    """A value as a number.

    Raises:
        FilterError: it is none.
    """
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if number != number:
        unfinished = value in ("-", ".", "-.", "+")
        raise FilterError(f"{field} is a number; {value} is none", unfinished=unfinished)
    return number
