"""Word edit distance against the full table, and alignments against what they must make."""

from __future__ import annotations

import random
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt._core import (
    EDIT_DELETE,
    EDIT_INSERT,
    EDIT_REPLACE,
    editops,
    levenshtein,
    levenshtein_cdist,
    levenshtein_many,
    within_budget,
    words,
)
from tests.core import reference
from tests.core.texts import FUZZ_CASES, any_text, cases, near, texts

PHRASES = st.lists(st.sampled_from("abcdé"), max_size=90).map(" ".join)


def phrase(generator: random.Random, longest: int) -> list[str]:
    return generator.choices("abcdefgh"[: generator.randint(1, 8)], k=generator.randint(0, longest))


def pair(generator: random.Random, longest: int) -> tuple[str, str]:
    """Two texts: unrelated, one an edited copy of the other, or of characters of every category."""
    if generator.random() < 0.2:
        text = any_text(generator)
        return text, near(generator, text)
    a = phrase(generator, longest)
    b = phrase(generator, longest) if generator.random() < 0.3 else list(a)
    for _ in range(generator.randint(0, 10)):
        at = generator.randint(0, len(b))
        b[at : at + generator.randint(0, 3)] = phrase(generator, 3)
    return " ".join(a), "\n ".join(b)


def test_every_distance_is_that_of_the_full_table() -> None:
    generator = random.Random("levenshtein")
    for case in range(FUZZ_CASES):
        a, b = pair(generator, 200 if case % 50 == 0 else 30)
        expected = reference.levenshtein(a, b)
        assert levenshtein(a, b) == expected
        close = max(0, expected + generator.randint(-3, 3))
        for cutoff in (0, close, generator.randint(0, 200)):
            assert levenshtein(a, b, score_cutoff=cutoff) == min(expected, cutoff + 1)


def test_every_alignment_is_that_of_the_full_table() -> None:
    generator = random.Random("editops")
    for case in range(FUZZ_CASES):
        a, b = pair(generator, 200 if case % 50 == 0 else 30)
        edits = editops(a, b)
        assert edits.dtype == np.int32
        assert edits.shape == (reference.levenshtein(a, b), 3)
        assert edits.tolist() == reference.editops(a, b)
        assert reference.applied(a, b, edits.tolist()) == b.split()


@given(a=PHRASES, b=PHRASES, cutoff=st.one_of(st.none(), st.integers(0, 100)))
def test_hypothesis_finds_no_other_distance(a: str, b: str, cutoff: int | None) -> None:
    expected = reference.levenshtein(a, b, cutoff)
    assert levenshtein(a, b, score_cutoff=cutoff) == expected
    assert levenshtein(b, a, score_cutoff=cutoff) == expected
    assert levenshtein_many(a, [b], score_cutoff=cutoff).tolist() == [expected]


@given(a=texts(), b=texts())
def test_any_text_can_be_aligned(a: str, b: str) -> None:
    edits = editops(a, b)
    assert edits.tolist() == reference.editops(a, b)
    assert reference.applied(a, b, edits.tolist()) == b.split()
    assert len(edits) == levenshtein(a, b) == reference.levenshtein(a, b)


@given(a=PHRASES, b=PHRASES, c=PHRASES)
def test_the_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert levenshtein(a, a) == 0
    assert levenshtein(a, c) <= levenshtein(a, b) + levenshtein(b, c)


def test_words_are_those_of_split() -> None:
    for text in chain.from_iterable(cases(any_text, "words")):
        assert words(text) == text.split(), repr(text)


@given(text=texts())
def test_hypothesis_finds_no_other_words(text: str) -> None:
    assert words(text) == text.split()


def test_every_one_of_many_is_that_of_the_full_table() -> None:
    generator = random.Random("levenshtein_many")
    compared = 0
    while compared < FUZZ_CASES:
        (longest,) = generator.choices([10, 30, 70, 300], [60, 30, 8, 2])
        pairs = [pair(generator, longest) for _ in range(generator.randint(0, 150))]
        parent, _ = pair(generator, longest)
        candidates = [*(b for _, b in pairs), "", parent, pair(generator, 300)[1]]
        expected = [reference.levenshtein(parent, candidate) for candidate in candidates]
        distances = levenshtein_many(parent, candidates)
        assert distances.dtype == np.uint32
        assert distances.tolist() == expected
        for budget in (0, generator.choice(expected), generator.randint(0, 300)):
            cut = levenshtein_many(parent, candidates, score_cutoff=budget)
            assert cut.tolist() == [min(distance, budget + 1) for distance in expected]
            within = within_budget(parent, candidates, budget)
            assert within.dtype == np.bool_
            assert within.tolist() == [distance <= budget for distance in expected]
        compared += len(candidates)


@pytest.mark.parametrize("longest", [10, 70, 300])
def test_every_cell_of_a_matrix_is_that_of_the_full_table(longest: int) -> None:
    generator = random.Random(f"levenshtein_cdist {longest}")
    side = max(9, round((FUZZ_CASES * 60 / longest**1.5) ** 0.5))
    queries, candidates = zip(*(pair(generator, longest) for _ in range(side)), strict=True)
    candidates = ("", *candidates[3:], queries[1])
    expected = np.array([[reference.levenshtein(q, c) for c in candidates] for q in queries])
    distances = levenshtein_cdist(queries, candidates)
    assert distances.dtype == np.uint32
    assert np.array_equal(distances, expected)
    assert np.array_equal(levenshtein_cdist(candidates, queries), expected.T)
    for cutoff in (0, 3, longest // 4, longest):
        cut = levenshtein_cdist(queries, candidates, score_cutoff=cutoff)
        assert np.array_equal(cut, np.minimum(expected, cutoff + 1))
    for threads in (1, 2, 7):
        assert np.array_equal(levenshtein_cdist(queries, candidates, threads=threads), expected)


@given(
    queries=st.lists(PHRASES, max_size=10),
    candidates=st.lists(PHRASES, max_size=3),
    cutoff=st.one_of(st.none(), st.integers(0, 100)),
)
def test_hypothesis_finds_no_other_matrix(
    queries: list[str], candidates: list[str], cutoff: int | None
) -> None:
    expected = [[levenshtein(q, c, score_cutoff=cutoff) for c in candidates] for q in queries]
    for matrix in (
        levenshtein_cdist(queries, candidates, score_cutoff=cutoff),
        levenshtein_cdist(candidates, queries, score_cutoff=cutoff).T,
    ):
        assert matrix.shape == (len(queries), len(candidates))
        assert matrix.tolist() == expected


@given(texts=st.lists(texts(12), max_size=4))
def test_any_texts_make_a_matrix(texts: list[str]) -> None:
    expected = [[levenshtein(a, b) for b in texts] for a in texts]
    assert levenshtein_cdist(texts, texts).tolist() == expected


def test_nothing_is_compared_to_no_candidates() -> None:
    assert levenshtein_cdist([], []).shape == (0, 0)
    assert levenshtein_cdist(["a"], []).shape == (1, 0)
    assert levenshtein_cdist([], ["a", "b"]).shape == (0, 2)
    assert levenshtein_many("a", []).shape == (0,)
    assert within_budget("a", (), 0).shape == (0,)


REPLACE, DELETE, INSERT = EDIT_REPLACE, EDIT_DELETE, EDIT_INSERT


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", []),
        ("a b", "a b", []),
        ("a b", "a c", [[REPLACE, 1, 1]]),
        ("a b c", "a c", [[DELETE, 1, 1]]),
        ("a c", "a b c", [[INSERT, 1, 1]]),
        ("", "a", [[INSERT, 0, 0]]),
        ("a", "", [[DELETE, 0, 0]]),
        # Several are best. Shared ends are kept first, those at the start before those at the end.
        ("x", "x x", [[INSERT, 1, 1]]),
        ("a x x b", "a x b", [[DELETE, 2, 2]]),
        # The last word that can be deleted is; what is left is replaced.
        ("p q r", "s t", [[REPLACE, 0, 0], [REPLACE, 1, 1], [DELETE, 2, 2]]),
        # Replacing comes before inserting.
        ("p q", "s t u", [[INSERT, 0, 0], [REPLACE, 0, 1], [REPLACE, 1, 2]]),
        ("a b", "b c", [[REPLACE, 0, 0], [REPLACE, 1, 1]]),
    ],
)
def test_which_of_the_best_alignments_it_is(a: str, b: str, expected: list[list[int]]) -> None:
    edits = editops(a, b)
    assert edits.shape == (len(expected), 3)
    assert edits.tolist() == expected == reference.editops(a, b)


def test_very_long_texts() -> None:
    generator = random.Random("long")
    a = " ".join(generator.choices("abcdefghij", k=20_000))
    b = " ".join(generator.choices("abcdefghij", k=20_000))
    distance = levenshtein(a, b)
    edits = editops(a, b)
    assert len(edits) == distance
    assert reference.applied(a, b, edits.tolist()) == b.split()
    assert levenshtein(a, b, score_cutoff=100) == 101
    assert levenshtein(a, "x " + a, score_cutoff=1) == 1


def test_a_cutoff_may_be_any_size() -> None:
    assert levenshtein("a", "b c", score_cutoff=10**30) == 2
    assert within_budget("a", ["b c"], 10**30).tolist() == [True]
