"""The metrics against their plain form, and by example."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt._core import References, score, score_matrix
from tests.core import reference
from tests.core.reference import Metric, Normalizer
from tests.core.texts import FUZZ_CASES, any_text, batches, near, texts

NORMALIZERS: list[Normalizer] = [
    "ape",
    "ape_whole",
    "ape_reference",
    "squad",
    "gpo",
    "gpo_reference",
    "none",
]
METRICS: list[Metric] = ["exact_match", "token_f1", "exact_set", "contains", "rouge_l"]
RAW: list[Metric] = ["rouge_l_reference", "boolean", "boolean_reference"]
FORMS: list[Metric] = ["dyck", "dyck_reference", "word_sorting", "word_sorting_reference"]
EVERY_METRIC: list[tuple[Normalizer, Metric]] = [
    *((normalizer, metric) for normalizer in NORMALIZERS for metric in METRICS),
    *(("none", form) for form in [*RAW, *FORMS]),
]


def score_one(
    prediction: str, answers: list[str], metric: Metric, normalizer: Normalizer = "ape"
) -> float:
    return float(score([prediction], References([answers], normalizer), metric)[0])


@pytest.mark.parametrize(("normalizer", "metric"), EVERY_METRIC)
def test_every_score_is_that_of_plain_python(normalizer: Normalizer, metric: Metric) -> None:
    generator = random.Random(f"score {normalizer} {metric}")
    # Most metrics are tried with every normalizer.
    count = FUZZ_CASES // 4 if metric in METRICS else FUZZ_CASES
    for batch in batches(count):
        answers = [[any_text(generator) for _ in range(generator.randint(1, 3))] for _ in batch]
        predictions = [near(generator, generator.choice(row)) for row in answers]
        scores = score(predictions, References(answers, normalizer), metric)
        assert scores.dtype == np.float64
        assert scores.shape == (len(answers),)
        for prediction, row, got in zip(predictions, answers, scores, strict=True):
            expected = reference.score(prediction, row, metric, normalizer)
            assert got == expected, (prediction, row)


@pytest.mark.parametrize(("normalizer", "metric"), EVERY_METRIC)
@settings(max_examples=40)
@given(prediction=texts(12), answers=st.lists(texts(6), min_size=1, max_size=3))
def test_hypothesis_finds_no_other_score(
    normalizer: Normalizer, metric: Metric, prediction: str, answers: list[str]
) -> None:
    expected = reference.score(prediction, answers, metric, normalizer)
    assert score_one(prediction, answers, metric, normalizer) == expected


def test_every_special_form_is_scored_as_by_plain_python() -> None:
    """On texts that are made of what the rules are about."""
    generator = random.Random("forms")
    lists = [
        "barn",
        "It&t",
        " same",
        "\n",
        " ",
        ",",
        ":",
        "1.",
        "- ",
        "barn it&t",
        "23)",
        "İ",
        "\t",
    ]
    marks = [*"()[]{}<>", " ", " ", "a", "\n", "\u3000", "] ]", "(so)"]
    answers = ["] ]", "]]>", "", "barn it&t same", "barn"]
    for form, batch in product(FORMS, batches()):
        pieces = marks if form.startswith("dyck") else lists
        rows = [
            ("".join(generator.choices(pieces, k=generator.randint(0, 9))), [answer])
            for answer in generator.choices(answers, k=len(batch))
        ]
        scores = score([text for text, _ in rows], References([a for _, a in rows], "none"), form)
        for (prediction, row), got in zip(rows, scores, strict=True):
            assert got == reference.score(prediction, row, form, "none"), prediction


@pytest.mark.parametrize(
    ("metric", "prediction", "answer", "published", "ours"),
    [
        ("dyck", "The rest is ]] >.", "] ] >", 0.0, 1.0),
        ("dyck", "] ] (both closed)", "] ]", 0.0, 1.0),
        ("dyck", "so ] >", "] ] >", 0.0, 0.0),
        ("word_sorting", "Barn, it&t, same.", "barn it&t same", 0.0, 1.0),
        ("word_sorting", "1. barn\n2. it&t\n3. same", "barn it&t same", 0.0, 1.0),
        ("word_sorting", "Sorted:\nbarn\nit&t\nsame", "barn it&t same", 0.0, 1.0),
        ("word_sorting", "same it&t barn", "barn it&t same", 0.0, 0.0),
        ("word_sorting", "So it is:\nbarn it&t", "barn it&t", 1.0, 1.0),
    ],
)
def test_where_a_special_form_differs_from_the_published_one(
    metric: str, prediction: str, answer: str, published: float, ours: float
) -> None:
    references = References([[answer]], "none")
    assert score([prediction], references, f"{metric}_reference")[0] == published  # type: ignore[arg-type]
    assert score([prediction], references, metric)[0] == ours  # type: ignore[arg-type]


@given(prediction=texts(), answers=st.lists(texts(), min_size=1, max_size=3))
def test_an_exact_match_is_perfect_by_every_metric(prediction: str, answers: list[str]) -> None:
    if score_one(prediction, answers, "exact_match") == 1.0:
        assert all(score_one(prediction, answers, metric) == 1.0 for metric in METRICS)


@given(prediction=texts(), answers=st.lists(texts(), min_size=2, max_size=4))
def test_the_best_answer_counts(prediction: str, answers: list[str]) -> None:
    for metric in METRICS:
        each = [score_one(prediction, [answer], metric) for answer in answers]
        assert score_one(prediction, answers, metric) == max(each)


@pytest.mark.parametrize(
    ("metric", "prediction", "answer", "expected"),
    [
        ("exact_match", "Paris.", "paris", 1.0),
        ("exact_match", "24", "-24", 0.0),
        ("exact_match", "1.5", "15", 0.0),
        ("exact_match", "1.5", "1.7", 0.0),
        ("exact_match", "1,000", "1000", 1.0),
        ("exact_match", "] )", ") ]", 0.0),
        ("exact_match", "Mr. Smith", "Mr. Jones", 0.0),
        ("token_f1", "a b c", "a b", 0.8),
        ("token_f1", "cat cat dog", "cat dog dog", 2 / 3),
        ("token_f1", "", " ", 1.0),
        ("token_f1", "cat", "", 0.0),
        ("exact_set", "dog, cat and cat", "cat, dog", 1.0),
        ("exact_set", "dog,cat", "cat, dog", 1.0),
        ("exact_set", "dog", "cat, dog", 0.0),
        ("contains", "it is a big cat", "big", 1.0),
        ("contains", "concatenate", "cat", 0.0),
        ("contains", "it is -24", "-24", 1.0),
        ("contains", "it is -24", "24", 0.0),
        ("contains", "it is 1.5", "5", 0.0),
        ("contains", "at 10:30", "30", 0.0),
        ("contains", "cat", "", 0.0),
        ("contains", "नमस्ते", "नमस", 1.0),
        ("rouge_l", "a b c d", "a c e d", 0.75),
        ("rouge_l", "b a", "a b", 0.5),
        ("rouge_l", "", "", 1.0),
        ("rouge_l", "x", "", 0.0),
    ],
)
def test_by_example(metric: Metric, prediction: str, answer: str, expected: float) -> None:
    assert score_one(prediction, [answer], metric) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "prediction", "answer", "published", "ours"),
    [
        ("exact_match", "1.5", "1.7", 1.0, 0.0),
        ("exact_match", "] )", ") ]", 1.0, 0.0),
        ("exact_match", "yes .", "yes", 0.0, 1.0),
        ("token_f1", "24", "-24", 1.0, 0.0),
        ("token_f1", " ", "", 0.0, 1.0),
        ("exact_set", "dog,cat", "cat, dog", 0.0, 1.0),
        ("contains", "it is -24", "24", 1.0, 0.0),
        ("contains", "cat", "!", 1.0, 0.0),
    ],
)
def test_where_ours_differs_from_the_published_metric(
    metric: Metric, prediction: str, answer: str, published: float, ours: float
) -> None:
    assert score_one(prediction, [answer], metric, "ape_reference") == published
    assert score_one(prediction, [answer], metric) == ours


def test_rows_say_which_answers_a_prediction_is_scored_against() -> None:
    references = References([["a"], ["b"], ["c"]])
    every_kind: list[Any] = [
        [2, 2, 0],
        (2, 2, 0),
        np.array([2, 2, 0]),
        np.array([2, 2, 0], np.int32),
    ]
    for rows in every_kind:
        scores = score(["c", "b", "a"], references, "exact_match", rows=rows)
        assert scores.tolist() == [1.0, 0.0, 1.0]
    assert score([], references, "exact_match", rows=[]).shape == (0,)


def test_a_matrix_is_scored_candidate_by_candidate() -> None:
    generator = random.Random("matrix")
    answers = [[any_text(generator)] for _ in range(50)]
    predictions = [near(generator, row[0]) for _ in range(7) for row in answers]
    references = References(answers)
    matrix = score_matrix(predictions, references, "token_f1")
    assert matrix.shape == (7, 50)
    assert matrix.dtype == np.float64
    for candidate, row in enumerate(matrix):
        own = predictions[50 * candidate : 50 * (candidate + 1)]
        assert np.array_equal(row, score(own, references, "token_f1"))
    assert score_matrix([], references, "token_f1").shape == (0, 50)


def test_references_say_what_they_are() -> None:
    references = References([["a"], ["b", "c"]], "squad")
    assert len(references) == 2
    assert references.normalizer == "squad"
    assert len(References([])) == 0
    with pytest.raises(AttributeError):
        references.normalizer = "ape"  # type: ignore[misc]


@pytest.mark.parametrize("metric", METRICS)
def test_threads_do_not_change_a_score(metric: Metric) -> None:
    generator = random.Random(1)
    answers = [[any_text(generator)] for _ in range(3000)]
    predictions = [near(generator, row[0]) for row in answers]
    references = References(answers)
    alone = score(predictions, references, metric, threads=1)
    for threads in (None, 2, 7):
        assert np.array_equal(score(predictions, references, metric, threads=threads), alone)


@pytest.mark.parametrize("metric", METRICS)
def test_very_long_texts(metric: Metric) -> None:
    long = "word 1.5 -24 " * 30_000
    assert score_one(long, [long], metric) == 1.0
    assert score_one(long.strip() + "x", [long], metric, "none") < 1.0
    assert score_one("a" * 50_000, ["a" * 25_000], metric, "none") == 0.0
