"""Multiple choice: the rules by example, and against their plain form."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt._core import Choices, extract_choice, score_choices
from tests.core import reference_choices
from tests.core.texts import CHOICE_FRAGMENTS, CHOICE_TEXTS, FUZZ_CASES, choice_text, texts

CITIES = ["Paris", "London", "New York", "York"]


def random_choices(generator: random.Random) -> list[str]:
    return [generator.choice(CHOICE_TEXTS) for _ in range(generator.choice([1, 2, 3, 4, 4, 5, 10]))]


def test_every_choice_is_that_of_plain_python() -> None:
    generator = random.Random("extract_choice")
    for _ in range(FUZZ_CASES):
        text, choices = choice_text(generator), random_choices(generator)
        expected = reference_choices.extract_choice(text, choices)
        assert extract_choice(text, choices) == expected, (text, choices)


@given(
    text=st.one_of(texts(), st.lists(st.sampled_from(CHOICE_FRAGMENTS)).map("".join)),
    choices=st.lists(st.one_of(st.sampled_from(CHOICE_TEXTS), texts(5)), max_size=30),
)
def test_hypothesis_finds_no_other_choice(text: str, choices: list[str]) -> None:
    assert extract_choice(text, choices) == reference_choices.extract_choice(text, choices)


@pytest.mark.parametrize(
    "text", ["(B)", "B.", "B)", "B:", "B", "b", "[b]", "**B**", "London", "london!"]
)
def test_a_letter_or_a_text_alone(text: str) -> None:
    assert extract_choice(text, CITIES) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Answer: C",
        "answer: (c)",
        "**Answer:** C",
        "**Answer**: (C)",
        "Answer:\n(C) New York",
        "The answer is (C)",
        "The answer is (C), since (A) is too small",
        "The answer is C because Paris is not in America.",
        "the correct answer is: new york",
        "The correct option would be C.",
        "I considered (A) but the answer is (C)",
        "The answer is (A). Wait, no. The answer is (C).",
        "The answer is not (A), it is (C).",
        "The answer is not Paris. (C)",
        "(A) is wrong. (C) is correct. (B) is wrong.",
        "C is the best answer, although B looks right",
        "Option A is false, so option C",
        "First (A), then (B), finally (C)",
        "A) Paris\nB) London\nC) New York\nD) York\n\nC",
        "C because it is the largest",
        "C) New York",
        "It must be New York",
        "I go with C",
        "It can't be A or D; rather than B, C",
    ],
)
def test_the_final_answer_wins(text: str) -> None:
    assert extract_choice(text, CITIES) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "A or B",
        "(A)/(B)",
        "The answer is (A) or (B).",
        "The answer is either A, or B",
        "The answer is not (A).",
        "A) Paris\nB) London",
        "Paris or London",
        "It is not in the list",
        "A dog is an animal",
        "An A-level student can't read U.S. law",
        "E",
        "I like C++",
    ],
)
def test_ambiguity_and_silence_name_nothing(text: str) -> None:
    assert extract_choice(text, CITIES) is None


@pytest.mark.parametrize(
    ("text", "choices", "expected"),
    [
        ("A dog ate it", ["cat", "dog"], 1),
        ("A", ["cat", "dog"], 0),
        ("a", ["cat", "dog"], 0),
        ("The answer is a dog", ["cat", "dog"], 1),
        ("The answer is a.", ["cat", "dog"], 0),
        ("A because it barks", ["cat", "dog"], 0),
        ("Answer: Vitamin C", ["Vitamin C", "Vitamin D", "Iron"], 0),
        ("B", ["B", "A"], None),
        ("Answer: B cells", ["B cells", "A cells"], 0),
        ("Option B, cells", ["B cells", "A cells"], 1),
        ("B", ["A", "B"], 1),
        ("A", ["B", "A"], None),
        ("Answer: A", ["B", "A"], None),
        ("C++", ["Java", "C++", "C"], 1),
        ("-24", ["24", "-24"], 1),
        ("It is -24", ["24", "-24"], 1),
        ("dog", ["dog", "Dog"], 0),
        ("DOG", ["dog", "Dog"], None),
        ("I think it is J", [str(n) for n in range(10, 20)], 9),
        ("(Z)", [str(n) for n in range(10, 50)], 25),
        ("49", [str(n) for n in range(10, 50)], 39),
        ("anything", [], None),
        ("(B)", ["only one"], None),
    ],
)
def test_by_example(text: str, choices: list[str], expected: int | None) -> None:
    assert extract_choice(text, choices) == expected


def test_a_prediction_scores_by_the_option_it_names() -> None:
    choices = Choices([CITIES, ["yes", "no"], CITIES], [[2], [0], [0, 3]])
    assert len(choices) == 3
    predictions = ["The answer is (C)", "no", "Answer: D"]
    scores = score_choices(predictions, choices)
    assert scores.dtype == np.float64
    assert scores.tolist() == [1.0, 0.0, 1.0]
    assert score_choices(["A", "B", "?"], choices, rows=[2, 2, 0]).tolist() == [1.0, 0.0, 0.0]


def test_a_score_is_one_exactly_where_the_extracted_option_is_correct() -> None:
    generator = random.Random("score_choices")
    rows = [random_choices(generator) for _ in range(500)]
    correct = [[generator.randrange(len(row))] for row in rows]
    predictions = [choice_text(generator) for _ in rows]
    scores = score_choices(predictions, Choices(rows, correct))
    for prediction, row, [right], got in zip(predictions, rows, correct, scores, strict=True):
        assert got == float(extract_choice(prediction, row) == right)


def test_very_long_texts() -> None:
    assert extract_choice("A dog, " * 20_000 + "the answer is (B)", CITIES) == 1
    assert extract_choice("a " * 50_000 + "x", ["x", "y"]) == 0
    assert extract_choice("answer is " * 10_000, CITIES) is None
    assert extract_choice("Paris " * 20_000, CITIES) == 0
