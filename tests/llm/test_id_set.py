from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promptopt.llm.id_set import IdSet


@given(st.sets(st.integers(0, 9_000) | st.integers(10**12, 10**12 + 9_000)), st.integers(0, 9_000))
def test_it_holds_what_was_added(numbers: set[int], other: int) -> None:
    found = IdSet()
    for number in numbers:
        found.add(number)
    assert all(number in found for number in numbers)
    assert (other in found) == (other in numbers)


def test_it_stays_small() -> None:
    found = IdSet()
    for number in range(5_000_000, 5_200_000):
        found.add(number)
    assert sum(map(len, found._pages.values())) < 30_000
