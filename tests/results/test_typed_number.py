"""Numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.results.typed_number import comma_hint, typed_number


@given(st.integers())
def test_a_whole_number_is_read_as_it_is_shown(number: int) -> None:
    for text in (f"{number}", f"{number:,}", f"{number:_}", f" {number:,} "):
        assert typed_number(text, int) == number
        assert comma_hint(text) == ""


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_number_is_read_as_it_is_shown(number: float) -> None:
    assert typed_number(repr(number), float) == number
    assert typed_number(f"{number:,.2f}", float) == float(f"{number:.2f}")


@pytest.mark.parametrize(
    "text", ["2,5", "0,50", "12,34", "1,2005", "0,500", "1,200,5", ",5", "5,", "1,,200", "1200,000"]
)
def test_a_comma_elsewhere_than_between_groups_of_three_is_no_number(text: str) -> None:
    for kind in (int, float):
        with pytest.raises(ValueError, match=r"."):
            typed_number(text, kind)
    assert "a comma goes between groups of three digits" in comma_hint(text)


@pytest.mark.parametrize("text", ["", "many", "1_2005", "1,200_000", "1, 200", "$5"])
def test_what_else_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        typed_number(text, float)
    assert comma_hint(text) == ""


@pytest.mark.parametrize(
    ("text", "number"), [("2.5", 2.5), ("1,234.5", 1234.5), ("1e3", 1000.0), ("-1,000", -1000.0)]
)
def test_numbers(text: str, number: float) -> None:
    assert typed_number(text, float) == number
