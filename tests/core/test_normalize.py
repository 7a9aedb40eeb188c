"""Normalisation against its plain form, and against the published one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from promptopt._core import normalize
from tests.core import reference
from tests.core.reference import Normalizer
from tests.core.texts import any_text, cases, texts

NORMALIZERS: list[Normalizer] = [
    "ape",
    "ape_whole",
    "ape_reference",
    "squad",
    "gpo",
    "gpo_reference",
    "none",
]


@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_every_text_is_normalised_like_in_plain_python(normalizer: Normalizer) -> None:
    plain = reference.NORMALIZERS[normalizer]
    for tried in cases(any_text, f"normalize {normalizer}"):
        for text, normalized in zip(tried, normalize(tried, normalizer), strict=True):
            assert normalized == plain(text), repr(text)


@pytest.mark.parametrize("normalizer", NORMALIZERS)
@settings(max_examples=40)
@given(text=texts())
def test_hypothesis_finds_no_other_text(normalizer: Normalizer, text: str) -> None:
    assert normalize([text], normalizer) == [reference.NORMALIZERS[normalizer](text)]


@pytest.mark.parametrize("normalizer", NORMALIZERS)
def test_very_long_texts(normalizer: Normalizer) -> None:
    tried = ["a" * 300_000, "-1.5, and " * 1_000, "Σ'" * 50_000 + "\n." * 50_000, "." * 1_000]
    assert normalize(tried, normalizer) == [reference.NORMALIZERS[normalizer](t) for t in tried]


def test_very_long_texts_of_marks() -> None:
    for text in ("." * 1_000_000, "-" * 1_000_000):
        assert normalize([text, "x" + text]) == [text, "x"]


@given(text=texts())
def test_white_space_around_a_text_does_not_matter(text: str) -> None:
    for normalizer in NORMALIZERS:
        if normalizer == "ape_reference":
            continue
        assert normalize([f" \n{text}\t\u3000"], normalizer) == normalize([text], normalizer)


@pytest.mark.parametrize(
    ("text", "published", "ours"),
    [
        ("-24", " 24", "-24"),
        ("−24", "−24", "-24"),
        ("1.5", "1", "1.5"),
        (".5", "", ".5"),
        ("1/2", "12", "1/2"),
        ("10:30", "1030", "10:30"),
        ("cat,dog", "catdog", "cat dog"),
        ("yes .", "yes ", "yes"),
        ("Yes  sir", "yes  sir", "yes sir"),
        ("don’t", "don’t", "dont"),
        ("Mr. Smith", "mr", "mr smith"),
        ("the U.S. Army", "the u", "the us army"),
        ("... Paris", "", "paris"),
        ("] ) >", "  ", "] ) >"),
        ("cat And dog", "cat and dog", "cat dog"),
        (" and ", "", "and"),
        ("x and and y", "x and y", "x y"),
    ],
)
def test_where_ours_differs_from_the_published_form(text: str, published: str, ours: str) -> None:
    assert normalize([text], "ape_reference") == [published]
    assert normalize([text], "ape") == [ours]


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("The cat. A dog", "the cat"),
        ("\n Paris\nbecause", "paris"),
        ("The \n", "the"),
        ("Sentence 1: It rained", "it rained"),
        ("Cats and dogs!", "cats dogs"),
        ("well-known", "well known"),
        ("don't", "dont"),
    ],
)
def test_where_both_forms_agree(text: str, normalized: str) -> None:
    assert normalize([text], "ape_reference")[0].strip() == normalized
    assert normalize([text], "ape") == [normalized]


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("The Cat's an A. hat", "cats hat"),
        ("24", "24"),
        ("-24", "24"),
        ("theatre  an", "theatre"),
        ("’a’", "’ ’"),
    ],
)
def test_squad(text: str, normalized: str) -> None:
    assert normalize([text], "squad") == [normalized]


def test_the_whole_of_a_text() -> None:
    text = "Sentence 1: It is -1.5.\nMr. Smith and Ms. Jones, too. No!"
    assert normalize([text], "ape_whole") == ["it is -1.5 mr smith ms jones too no"]
    assert normalize([text], "ape") == ["it is -1.5"]


def test_ape_is_the_default() -> None:
    assert normalize(["-1."]) == ["-1"]
    assert normalize([]) == []
