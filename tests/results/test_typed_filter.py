"""What a filter shows while it is being typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.results.candidate_filter import FIELD_NAMES, IS, NUMBERS, candidate_filter
from promptopt.results.filter_syntax import FilterError, start_of_last_term
from promptopt.results.typed_filter import typed_filter


@pytest.mark.parametrize("typed", ["score>0.8", "-step:3..12", "is:front", "status:kept"])
@pytest.mark.parametrize("before", ["", "animals ", 'op:edit "two words" '])
def test_on_the_way_to_a_condition_nothing_else_is_shown(before: str, typed: str) -> None:
    whole = candidate_filter(before + typed)
    for end in range(len(typed)):
        part = typed_filter(before + typed[:end])
        if part.text != before.strip():  # a shorter condition, never a word
            assert part.chosen.terms[-1].field == whole.terms[-1].field
            assert part.hint == ""
        elif end:
            assert part.hint
    assert typed_filter(before + typed).chosen == whole


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("sc", ""),
        ("animals -score", "animals"),
        ("score ", "score"),  # a blank after it: the word is meant
        ('"score"', '"score"'),
        ("scores", "scores"),
        ('op:edit "sco', "op:edit"),
        ("step:12..2", ""),
        ("op:edit step:12..2", "op:edit"),
    ],
)
def test_what_is_left_out_of_it(text: str, left: str) -> None:
    typed = typed_filter(text)
    assert typed.text == left
    assert typed.chosen == candidate_filter(left)
    assert bool(typed.hint) == (text.strip() != left)


@pytest.mark.parametrize("text", ["score>foo", "step:12..2 ", "score> ", "score>foo op:"])
def test_what_means_nothing_however_it_goes_on_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        typed_filter(text)


def test_the_other_way_round_of_a_range_is_told() -> None:
    with pytest.raises(FilterError, match=r"the wrong way round; write step:2\.\.5"):
        candidate_filter("step:5..2")


_terms = st.sampled_from(
    ["whale", '"a b"', '-"score', "score", "-st", "é  ", *(f"{each}:1" for each in NUMBERS)]
    + [f"is:{each}" for each in IS]
    + list(FIELD_NAMES)
)


@given(st.lists(_terms, max_size=5).map(" ".join), st.integers(0, 60))
def test_what_is_left_out_stands_at_the_end(text: str, end: int) -> None:
    text = text[:end]
    assert 0 <= start_of_last_term(text) <= len(text)
    try:
        typed = typed_filter(text)
    except FilterError:
        return
    assert text.strip().startswith(typed.text)
    assert typed.chosen == candidate_filter(typed.text)
