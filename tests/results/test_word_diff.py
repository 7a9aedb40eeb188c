from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from promptopt import _core
from promptopt.results.word_diff import DiffPart, word_diff

some_text = st.lists(
    st.sampled_from(["the", "a", "word", "Answer", "plural.", "日本", "\n", "  ", "é"]), max_size=20
).map(" ".join)


def test_words_that_stayed_went_and_came() -> None:
    diff = word_diff(
        "Let's think step by step and answer.", "Let's work this out step by step, then answer."
    )
    assert diff.parts == (
        DiffPart("equal", "Let's"),
        DiffPart("delete", "think"),
        DiffPart("insert", "work this out"),
        DiffPart("equal", "step by"),
        DiffPart("delete", "step and"),
        DiffPart("insert", "step, then"),
        DiffPart("equal", "answer."),
    )
    assert diff.distance == 5


def test_nothing_changed() -> None:
    assert word_diff("one two", "one  two\n") == word_diff("one two", "one two")
    assert word_diff("one two", "one two").parts == (DiffPart("equal", "one two"),)
    assert word_diff("", "").parts == ()
    assert word_diff("", "").distance == 0


def test_all_went_or_came() -> None:
    assert word_diff("one two", "").parts == (DiffPart("delete", "one two"),)
    assert word_diff("", "one two").parts == (DiffPart("insert", "one two"),)


def test_lone_surrogates_are_no_obstacle() -> None:
    assert word_diff("a \ud800", "a b \udfff").parts[0] == DiffPart("equal", "a")


@given(some_text, some_text)
def test_parts_make_up_both_texts(old: str, new: str) -> None:
    diff = word_diff(old, new)
    was = " ".join(part.text for part in diff.parts if part.kind != "insert")
    becomes = " ".join(part.text for part in diff.parts if part.kind != "delete")
    assert was == " ".join(_core.words(old))
    assert becomes == " ".join(_core.words(new))
    assert diff.distance == _core.levenshtein(old, new)
    kinds = [part.kind for part in diff.parts]
    assert all(one != other for one, other in itertools.pairwise(kinds))


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_any_text_can_be_compared(old: str, new: str) -> None:
    assert word_diff(old, new).distance >= 0
