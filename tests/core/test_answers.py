"""Which answer a text gives, against plain Python and by example."""

from __future__ import annotations

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt._core import extract_answers
from tests.core import reference_answers
from tests.core.texts import any_text, batches, choice_text, fragments_of, texts

Kind = Literal["number", "boolean", "multiple_choice"]
KINDS: list[Kind] = ["number", "boolean", "multiple_choice"]

# fmt: off
FRAGMENTS = [
    *"0123456789.,-$€%=: \n()'*_abC²½३١\u2212\u2013’İſΣé\u3000\x1c", " ", " ", " ",
    "answer", "Answer", "ANSWER", " is ", " is: ", "answer is ", "answer: ", "Answer: ", "are: ",
    "#### ", "####", " is the answer", " is the Final answer", " is the correct answer",
    "5", " 12", "1,234", "1_000", ",567", "-24", ".5", "0.50", "2.5", "007", "$", "12kg", "6th",
    "inf", "nan", "1e3", " -$", "infinity", "٤", "one", " two", "twenty", "-one ", " Forty two",
    "/", "3/4", " 2/6", "/0", "1/8", "/07", "5/4/2020", "/1,000", "123456789012345678/",
    "zero", "yes", " No", "true", " FALSE ", "valid", "invalid", " not ", "n't ", "isn’t ", "knot ",
    "(A)", " (b)", "C", "(é)",
]
# fmt: on


def answer_text(generator: random.Random) -> str:
    make = generator.choice([any_text, choice_text, None, None, None])
    return make(generator) if make else fragments_of(generator, FRAGMENTS, 10)


@pytest.mark.parametrize("decimals", [None, 0, 2, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_that_of_plain_python(kind: Kind, decimals: int | None) -> None:
    generator = random.Random(f"answers {kind} {decimals}")
    for batch in batches():
        made = [answer_text(generator) for _ in batch]
        ours = extract_answers(made, kind, decimals=decimals)
        published = extract_answers(made, kind, decimals=decimals, variant="reference")
        for text, got, got_published in zip(made, ours, published, strict=True):
            assert got == reference_answers.default(text, kind, decimals), repr(text)
            assert got_published == reference_answers.published(text, kind, decimals), repr(text)


@given(text=texts(), kind=st.sampled_from(KINDS), decimals=st.none() | st.integers(0, 30))
def test_hypothesis_finds_no_other_answer(text: str, kind: Kind, decimals: int | None) -> None:
    ours = reference_answers.default(text, kind, decimals)
    assert extract_answers([text], kind, decimals=decimals) == [ours]
    published = reference_answers.published(text, kind, decimals)
    got = extract_answers([text], kind, decimals=decimals, variant="reference")
    assert got == [published]


@given(value=st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_number_is_exact_however_long(value: object) -> None:
    (answer,) = extract_answers([f"So the answer is {value:,f}."], "number", decimals=4)
    assert answer == f"{value:f}".replace("-0.0000", "0.0000")


@pytest.mark.parametrize(
    ("kind", "text", "published", "ours"),
    [
        ("number", "Answer: 5, not 6", "6", "5"),
        ("number", "The answer is -1,250.5", "-1250", "-1250.5"),
        ("number", "The answer is twenty-one.", "twenty-one.", "21"),
        ("number", "It is 3/4", "4", "0.75"),
        ("number", "It was 12 (of 15).", "15", "15"),
        ("number", "nothing", "", None),
        ("boolean", "Yes, they do.", "yes they do", "yes"),
        ("boolean", "So it is not valid.", "so it is not valid", "invalid"),
        ("boolean", "The answer is **No**.", "no", "no"),
        ("multiple_choice", "I considered (A) but it is (C)", "(a)", "C"),
        ("multiple_choice", "Answer: B", "answer: b", "B"),
        ("multiple_choice", "The answer is: (b).", "(b)", "B"),
    ],
)
def test_where_ours_differs_from_the_published_answer(
    kind: Kind, text: str, published: str, ours: str | None
) -> None:
    assert extract_answers([text], kind, variant="reference") == [published]
    assert extract_answers([text], kind) == [ours]


@pytest.mark.parametrize(
    ("text", "decimals", "answer"),
    [
        ("3/4", None, "0.75"),
        ("6/8", None, "0.75"),
        ("-3/4", 1, "-0.8"),
        ("1/8", 2, "0.12"),
        ("-2/6", None, "-1/3"),
        ("2/3", 3, "0.667"),
        ("12/4", None, "3"),
        ("0/7", None, "0"),
        ("$3/4kg", None, "0.75"),
        ("1/262144", None, "0.000003814697265625"),
        ("12 / 4", None, "4"),
        ("5 1/2", None, "0.5"),
        ("3/0", None, "0"),
        ("1.5/2", None, "2"),
        ("1,000/2", None, "2"),
        ("1/2,000", None, "2000"),
        ("on 3/4/2020", None, "2020"),
        ("1234567890123456789/5", None, "5"),
    ],
)
def test_a_fraction_is_one_number(text: str, decimals: int | None, answer: str) -> None:
    assert extract_answers([text], "number", decimals=decimals) == [answer]
    assert reference_answers.default(text, "number", decimals) == answer


def test_threads_do_not_change_an_answer() -> None:
    generator = random.Random("threads")
    made = [answer_text(generator) for _ in range(5000)]
    for kind in KINDS:
        alone = extract_answers(made, kind, threads=1)
        assert all(extract_answers(made, kind, threads=threads) == alone for threads in (2, 7))
