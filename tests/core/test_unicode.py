"""What a letter, white space and lower case are, for every character there is."""

from __future__ import annotations

import string

import numpy as np
import pytest

from promptopt._core import References, normalize, score, words
from tests.core.texts import stable_characters

# Every one of them where the interpreter has the core's Unicode version; a sample of what both
# have agreed on since Unicode 3.2 elsewhere.
CHARACTERS = stable_characters()


def test_letters_and_digits() -> None:
    """`contains` asks whether the character goes on the word beside it."""
    references = References([["a"]], "none")
    expected = np.array([not (c.isalnum() or c == "_") for c in CHARACTERS], dtype=np.float64)
    rows = [0] * len(CHARACTERS)
    for predictions in ([f"- a{c}" for c in CHARACTERS], [f"{c}a -" for c in CHARACTERS]):
        scores = score(predictions, references, "contains", rows=rows)
        assert np.array_equal(scores, expected)


def test_white_space() -> None:
    stripped = normalize([f"{c}." for c in CHARACTERS], "none")
    assert stripped == [f"{c}.".strip() for c in CHARACTERS]
    spaces = [c for c in CHARACTERS if len(words(f"a{c}b")) == 2]
    assert spaces == [c for c in CHARACTERS if c.isspace()]


@pytest.mark.parametrize("around", ["aΣ{}", "{}Σ", "a{}Σ"])
def test_lower_case(around: str) -> None:
    """With a capital sigma, whose lower case depends on the letters around it."""
    texts = [around.format(c) for c in CHARACTERS if c not in string.punctuation + "\n"]
    lowered = normalize(texts, "ape_reference")
    assert lowered == [text.strip().lower() for text in texts]
