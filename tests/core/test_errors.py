"""What is wrong with a call is said by type, argument and row."""

from __future__ import annotations

import numpy as np
import pytest

from promptopt._core import (
    Choices,
    CoreError,
    EmptyReferencesError,
    ParameterError,
    References,
    ShapeError,
    editops,
    extract_choice,
    levenshtein,
    levenshtein_many,
    normalize,
    score,
    score_choices,
    within_budget,
    words,
)

REFERENCES = References([["a"], ["b"]])
CHOICES = Choices([["a", "b"], ["c"]], [[0], [0]])


def test_every_error_of_the_core_is_a_value_error():
    for error in (ShapeError, EmptyReferencesError, ParameterError):
        assert issubclass(error, CoreError)
        assert error.__module__ == "promptopt._core"
    assert issubclass(CoreError, ValueError)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: normalize("text"), "texts must be a sequence of str, not str"),
        (lambda: normalize(b"text"), "texts must be a sequence of str, not bytes"),
        (lambda: normalize(None), "texts must be a sequence of str, not NoneType"),
        (lambda: normalize({"a": 1}), "texts must be a sequence of str, not dict"),
        (lambda: normalize({"a"}), "texts must be a sequence of str, not set"),
        (lambda: normalize(iter(["a"])), "texts must be a sequence of str, not list_iterator"),
        (lambda: normalize(["a", 1]), r"texts\[1\] must be a str, not int"),
        (lambda: References(["a"]), r"answers\[0\] must be a sequence of str, not str"),
        (lambda: References([["a"], ["b", None]]), r"answers\[1\]\[1\] must be a str, not None"),
        (lambda: score(["a", 2], REFERENCES, "contains"), r"predictions\[1\] must be a str"),
        (lambda: score(["a"], REFERENCES, "contains", rows=0), "rows must be a sequence of int"),
        (lambda: score(["a"], REFERENCES, "contains", rows=[1.0]), r"rows\[0\] must be an int"),
        (lambda: score(["a"], REFERENCES, "contains", rows=["0"]), r"rows\[0\] must be an int"),
        (lambda: score(["a", "b"], REFERENCES, "contains", threads=1.0), "threads must be an int"),
        (lambda: Choices(["ab"], [[0]]), r"choices\[0\] must be a sequence of str, not str"),
        (lambda: Choices([["a"]], [0]), r"correct\[0\] must be a sequence of int, not int"),
        (lambda: Choices([["a"]], [["0"]]), r"correct\[0\]\[0\] must be an int, not str"),
        (lambda: score_choices(["a", 2], CHOICES), r"predictions\[1\] must be a str, not int"),
        (lambda: extract_choice(1, ["a"]), "text must be a str, not int"),
        (lambda: extract_choice("a", ["a", 1]), r"choices\[1\] must be a str, not int"),
        (lambda: words(None), "text must be a str, not NoneType"),
        (lambda: levenshtein("a", 1), "b must be a str, not int"),
        (lambda: levenshtein("a", "b", score_cutoff="1"), "score_cutoff must be an int, not str"),
        (lambda: levenshtein_many("a", ["b", b"c"]), r"candidates\[1\] must be a str, not bytes"),
        (lambda: within_budget("a", "b", 1), "candidates must be a sequence of str, not str"),
        (lambda: editops(1, "a"), "a must be a str, not int"),
    ],
)
def test_another_type(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda text: normalize(["a", text]), "texts[1]"),
        (lambda text: References([["a"], ["b", text]]), "answers[1][1]"),
        (lambda text: score(["a", text], REFERENCES, "contains"), "predictions[1]"),
        (lambda text: Choices([["a"], [text]], [[0], [0]]), "choices[1][0]"),
        (lambda text: score_choices(["a", text], CHOICES), "predictions[1]"),
        (lambda text: extract_choice(text, ["a"]), "text"),
        (lambda text: words(text), "text"),
        (lambda text: levenshtein(text, "a"), "a"),
        (lambda text: editops("a", text), "b"),
        (lambda text: levenshtein_many("a", [text]), "candidates[0]"),
        (lambda text: within_budget(text, [], 1), "parent"),
    ],
)
@pytest.mark.parametrize("text", ["\ud800", "a\udfff b", "é\udc80"])
def test_a_lone_surrogate(call, name, text):
    with pytest.raises(UnicodeEncodeError) as caught:
        call(text)
    assert caught.value.reason == f"surrogates not allowed in {name}"
    assert caught.value.object == text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score(["a"], REFERENCES, "contains"), "1 predictions for 2 rows"),
        (lambda: score(["a"], REFERENCES, "contains", rows=[0, 1]), "1 predictions but 2 rows"),
        (lambda: score(["a"], REFERENCES, "contains", rows=[2]), r"rows\[0\] is 2, .* 2 rows"),
        (lambda: score(["a"], REFERENCES, "contains", rows=[-1]), r"rows\[0\] is -1"),
        (
            lambda: score(["a"], REFERENCES, "contains", rows=np.array([10**18])),
            r"rows\[0\] is 10{18}",
        ),
        (lambda: score(["a"], REFERENCES, "contains", rows=[10**30]), r"rows\[0\] is 92233"),
        (lambda: Choices([["a"]], []), "1 rows of choices but 0 of correct"),
        (lambda: Choices([["a"], []], [[0], [0]]), r"choices\[1\] is empty"),
        (lambda: Choices([["a"]], [[1]]), r"correct\[0\]\[0\] is 1, but there are 1 options"),
        (lambda: score_choices(["a"], CHOICES, rows=[5]), r"rows\[0\] is 5"),
    ],
)
def test_lengths_that_do_not_fit(call, message):
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "row"),
    [
        (lambda: References([["a"], [], []]), 1),
        (lambda: References([()]), 0),
        (lambda: Choices([["a"], ["b"]], [[0], []]), 1),
    ],
)
def test_a_row_without_answers(call, row):
    with pytest.raises(EmptyReferencesError, match=rf"\[{row}\] is empty") as caught:
        call()
    assert caught.value.row == row


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: normalize([], "Ape"), "normalizer must be one of 'ape', .*, not 'Ape'"),
        (lambda: References([["a"]], ""), "normalizer must be one of"),
        (lambda: score([], REFERENCES, "em"), "metric must be one of 'exact_match', .*, not 'em'"),
        (lambda: score(["a"] * 2, REFERENCES, "contains", threads=0), "threads must be at least 1"),
        (lambda: levenshtein("a", "b", score_cutoff=-1), "score_cutoff must be at least 0, not -1"),
        (lambda: levenshtein_many("a", [], score_cutoff=-(10**30)), "must be at least 0"),
        (lambda: within_budget("a", [], -5), "budget must be at least 0, not -5"),
    ],
)
def test_an_option_that_is_not_possible(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_an_error_of_the_argument_itself_comes_through():
    class Broken:
        def __getitem__(self, index):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        normalize(Broken())


def test_sequences_of_any_kind_are_taken():
    class Pair:
        def __getitem__(self, index):
            return ("A.", "B.")[index]

    class Name(str):
        __slots__ = ()

    for texts in (["A.", "B."], ("A.", "B."), np.array(["A.", "B."]), Pair(), [Name("A."), "B."]):
        assert normalize(texts) == ["a", "b"]
