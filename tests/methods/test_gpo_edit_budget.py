from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt import _core
from promptopt.methods.edit_budget import EditBudget, distance, project


@pytest.mark.parametrize(
    ("current", "proposal", "budget", "projected"),
    [
        # Whole hunks in order, as far as they fit.
        ("say a b word c d now", "say x y word z now", 2, "say x y word c d now"),
        ("say a b c word d now", "say x y z word e now", 1, "say a b c word e now"),
        # Then single edits of the first hunk that did not.
        ("say a b c word d now", "say x y z word e now", 2, "say x b c word e now"),
        ("a b c", "x y z", 2, "x y c"),
        ("a b", "a b c d e", 2, "a b c d"),
        ("a b c d e", "a e", 1, "a c d e"),
        ("a b", "c d", 0, "a b"),
        ("a b", "a c", 5, "a c"),
        ("a b", "", 1, "b"),
        ("", "a b", 1, "a"),
        # White space stays with its words.
        ("Read.\n\nThen say a b", "Read.\n\nThen  say:\n x y", 1, "Read.\n\nThen  say: a b"),
    ],
)
def test_projections(current: str, proposal: str, budget: int, projected: str) -> None:
    made = project(current, proposal, budget)
    assert made.split() == projected.split()


def test_white_space_stays_with_its_words() -> None:
    proposal = "One.\n\nTwo  four\tlast behind"
    assert project("One.\n\nTwo  three last", proposal, 1) == "One.\n\nTwo  four\tlast"


texts = st.lists(st.sampled_from(list("abcde")), max_size=14).map(" ".join)
odd_texts = st.text(st.sampled_from("ab \n\t\x1f\u2003"), max_size=20)


@given(texts | odd_texts, texts | odd_texts, st.integers(0, 20))
def test_a_projection_lies_on_a_shortest_way_within_the_budget(
    current: str, proposal: str, budget: int
) -> None:
    far = distance(current, proposal)
    made = project(current, proposal, budget)
    assert distance(current, made) == min(budget, far)
    assert distance(made, proposal) == max(0, far - budget)
    if budget >= far:
        assert made.split() == proposal.split()


@given(texts, texts, st.integers(0, 20))
def test_the_core_agrees_that_it_is_within(current: str, proposal: str, budget: int) -> None:
    assert _core.within_budget(current, [project(current, proposal, budget)], budget)[0]


def test_what_is_sent_back_names_distance_and_budget() -> None:
    said = EditBudget(12).complaint(31)
    assert "by 31 words" in said
    assert "up to 12 words" in said


@pytest.mark.parametrize(
    ("proposal", "near"),
    [
        ("a X Y Z b c d e Q", "a b c d e Q"),  # words that come in together
        ("a d e f Q", "a b c d e f Q"),  # words that go together
        ("a X Y c d e Q", "a b c d e Q"),  # one replaced and one that comes in
    ],
)
def test_a_hunk_that_does_not_fit_waits_behind_those_that_do(proposal: str, near: str) -> None:
    assert project("a b c d e f", proposal, 1) == near
