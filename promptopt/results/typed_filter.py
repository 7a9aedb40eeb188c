"""A filter while it is being typed: what stands at its end may not be all of it yet."""

from __future__ import annotations

from dataclasses import dataclass

from promptopt.results.candidate_filter import FIELD_NAMES, CandidateFilter, candidate_filter
from promptopt.results.filter_syntax import FilterError, start_of_last_term


@dataclass(frozen=True, slots=True)
class TypedFilter:
    """As much of a filter as can be gone by.

    Attributes:
        text: that part of what is typed.
        hint: why the rest is left out; "" where nothing is.
    """

    chosen: CandidateFilter
    text: str
    hint: str = ""


def typed_filter(text: str) -> TypedFilter:
    """Read a filter that may go on.

    Left out is a condition at the end that lacks its value, and a word there that begins the
    name of a field: on the way to `score>0.8` nobody looks for the word "score". A blank after
    it says that the word is meant.

    Raises:
        FilterError: it means nothing, however it goes on.
    """
    start = start_of_last_term(text)
    try:
        chosen = candidate_filter(text)
    except FilterError as error:
        if not error.unfinished or start == len(text):
            raise
        return _without_the_last(text, start, str(error))
    if text[start:] == "-":
        return _without_the_last(text, start, "a word or a condition that must not hold")
    word = text[start:].removeprefix("-").lower()
    fields = [name for name in FIELD_NAMES if word and name.startswith(word)]
    if fields:
        hint = f"a condition, such as {fields[0]}:value? enter looks for the word {word}"
        return _without_the_last(text, start, hint)
    return TypedFilter(chosen, text.strip())


def _without_the_last(text: str, start: int, hint: str) -> TypedFilter:
    rest = text[:start]
    return TypedFilter(candidate_filter(rest), rest.strip(), hint)
