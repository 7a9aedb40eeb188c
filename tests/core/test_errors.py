"""What is wrong with a call is said by type, argument and row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from promptopt import _core
from promptopt._core import (
    Choices,
    CoreError,
    EmptyReferencesError,
    ParameterError,
    References,
    ScoreError,
    Selection,
    ShapeError,
)

# Most calls here are such as the stub forbids.
core: Any = _core
select: Any = Selection
REFS = References([["a"], ["b"]])
CHOICES = Choices([["a", "b"], ["c"]], [[0], [0]])


def test_every_error_of_the_core_is_a_value_error() -> None:
    for error in (ShapeError, EmptyReferencesError, ParameterError, ScoreError):
        assert issubclass(error, CoreError)
        assert error.__module__ == "promptopt._core"
    assert issubclass(CoreError, ValueError)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.normalize("text"), "texts must be a sequence of str, not str"),
        (lambda: core.normalize(b"text"), "texts must be a sequence of str, not bytes"),
        (lambda: core.normalize(None), "texts must be a sequence of str, not NoneType"),
        (lambda: core.normalize({"a": 1}), "texts must be a sequence of str, not dict"),
        (lambda: core.normalize({"a"}), "texts must be a sequence of str, not set"),
        (lambda: core.normalize(iter(["a"])), "texts must be a sequence of str, not list_iterator"),
        (lambda: core.normalize(["a", 1]), r"texts\[1\] must be a str, not int"),
        (lambda: core.References(["a"]), r"answers\[0\] must be a sequence of str, not str"),
        (
            lambda: core.References([["a"], ["b", None]]),
            r"answers\[1\]\[1\] must be a str, not None",
        ),
        (lambda: core.score(["a", 2], REFS, "contains"), r"predictions\[1\] must be a str"),
        (
            lambda: core.score(["a"], REFS, "contains", rows=0),
            "rows must be a sequence of int",
        ),
        (
            lambda: core.score(["a"], REFS, "contains", rows=[1.0]),
            r"rows\[0\] must be an int",
        ),
        (
            lambda: core.score(["a"], REFS, "contains", rows=["0"]),
            r"rows\[0\] must be an int",
        ),
        (
            lambda: core.score(["a", "b"], REFS, "contains", threads=1.0),
            "threads must be an int",
        ),
        (lambda: core.Choices(["ab"], [[0]]), r"choices\[0\] must be a sequence of str, not str"),
        (lambda: core.Choices([["a"]], [0]), r"correct\[0\] must be a sequence of int, not int"),
        (lambda: core.Choices([["a"]], [["0"]]), r"correct\[0\]\[0\] must be an int, not str"),
        (lambda: core.score_choices(["a", 2], CHOICES), r"predictions\[1\] must be a str, not int"),
        (lambda: core.extract_choice(1, ["a"]), "text must be a str, not int"),
        (lambda: core.extract_choice("a", ["a", 1]), r"choices\[1\] must be a str, not int"),
        (
            lambda: core.extract_answers(["a", None], "number"),
            r"texts\[1\] must be a str, not NoneType",
        ),
        (
            lambda: core.extract_answers(["a"], "number", decimals=float("nan")),
            "decimals must be an int, not float",
        ),
        (lambda: select.race("2", 3), "n_candidates must be an int, not str"),
        (lambda: select.race(2, 3, error="a"), "error must be a float, not str"),
        (
            lambda: select.race(2, 3).tell(0.5),
            "scores must be a sequence of float or None, not float",
        ),
        (lambda: select.race(1, 2).replay([[0, "a"]]), r"scores\[0\]\[1\] must be a float"),
        (lambda: core.paired_bootstrap([1.0], ["a"]), r"b\[0\] must be a float, not str"),
        (lambda: core.words(None), "text must be a str, not NoneType"),
        (lambda: core.levenshtein("a", 1), "b must be a str, not int"),
        (
            lambda: core.levenshtein("a", "b", score_cutoff="1"),
            "score_cutoff must be an int, not str",
        ),
        (
            lambda: core.levenshtein_many("a", ["b", b"c"]),
            r"candidates\[1\] must be a str, not bytes",
        ),
        (
            lambda: core.levenshtein_cdist(["a", 1], ["b"]),
            r"queries\[1\] must be a str, not int",
        ),
        (
            lambda: core.levenshtein_cdist(["a"], "b"),
            "candidates must be a sequence of str, not str",
        ),
        (
            lambda: core.levenshtein_cdist(["a"], ["b"], score_cutoff=float("nan")),
            "score_cutoff must be an int, not float",
        ),
        (lambda: core.within_budget("a", "b", 1), "candidates must be a sequence of str, not str"),
        (lambda: core.editops(1, "a"), "a must be a str, not int"),
    ],
)
def test_another_type(call: Callable[..., object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda text: core.normalize(["a", text]), "texts[1]"),
        (lambda text: core.References([["a"], ["b", text]]), "answers[1][1]"),
        (lambda text: core.score(["a", text], REFS, "contains"), "predictions[1]"),
        (lambda text: core.Choices([["a"], [text]], [[0], [0]]), "choices[1][0]"),
        (lambda text: core.score_choices(["a", text], CHOICES), "predictions[1]"),
        (lambda text: core.extract_choice(text, ["a"]), "text"),
        (lambda text: core.extract_answers(["a", text], "boolean"), "texts[1]"),
        (lambda text: core.words(text), "text"),
        (lambda text: core.levenshtein(text, "a"), "a"),
        (lambda text: core.editops("a", text), "b"),
        (lambda text: core.levenshtein_many("a", [text]), "candidates[0]"),
        (lambda text: core.levenshtein_cdist(["a", text], [text]), "queries[1]"),
        (lambda text: core.levenshtein_cdist(["a"], ["b", text]), "candidates[1]"),
        (lambda text: core.within_budget(text, [], 1), "parent"),
        (lambda text: core.within_budget("a", ["b", "c", text], 1), "candidates[2]"),
    ],
)
@pytest.mark.parametrize("text", ["\ud800", "a\udfff b", "é\udc80"])
def test_a_lone_surrogate(call: Callable[..., object], name: str, text: str) -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        call(text)
    assert caught.value.reason == f"surrogates not allowed in {name}"
    assert caught.value.object == text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.score(["a"], REFS, "contains"), "1 predictions for 2 rows"),
        (
            lambda: core.score(["a"], REFS, "contains", rows=[0, 1]),
            "1 predictions but 2 rows",
        ),
        (lambda: core.score(["a"], REFS, "contains", rows=[2]), r"rows\[0\] is 2, .* 2 rows"),
        (lambda: core.score(["a"], REFS, "contains", rows=[-1]), r"rows\[0\] is -1"),
        (
            lambda: core.score(["a"], REFS, "contains", rows=np.array([10**18])),
            r"rows\[0\] is 10{18}",
        ),
        (lambda: core.score(["a"], REFS, "contains", rows=[10**30]), r"rows\[0\] is 92233"),
        (
            lambda: core.score_matrix(["a"] * 3, REFS, "contains"),
            "3 predictions are not a multiple",
        ),
        (lambda: select.race(2, 3).tell([0.5]), "1 scores for 0 cells"),
        (
            lambda: select.race(2, 3).replay([[0, 1], [1, 0]]),
            "scores has 2 rows of 2, but there are 2 candidates and 3 examples",
        ),
        (
            lambda: select.race(2, 3, known=np.zeros((1, 3))),
            "known has 1 rows of 3, but there are 2 candidates",
        ),
        (lambda: core.pareto_front([[1.0], [1.0, 2.0]]), r"scores\[1\] has 2 columns"),
        (lambda: core.pareto_front([[]]), "scores has no columns"),
        (lambda: core.paired_bootstrap([], []), "a has 0 scores and b has 0"),
        (lambda: core.paired_bootstrap([1.0], [1.0, 0.0]), "a has 1 scores and b has 2"),
        (lambda: core.Choices([["a"]], []), "1 rows of choices but 0 of correct"),
        (lambda: core.Choices([["a"], []], [[0], [0]]), r"choices\[1\] is empty"),
        (lambda: core.Choices([["a"]], [[1]]), r"correct\[0\]\[0\] is 1, but there are 1 options"),
        (lambda: core.score_choices(["a"], CHOICES, rows=[5]), r"rows\[0\] is 5"),
    ],
)
def test_lengths_that_do_not_fit(call: Callable[..., object], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "row"),
    [
        (lambda: core.References([["a"], [], []]), 1),
        (lambda: core.References([()]), 0),
        (lambda: core.Choices([["a"], ["b"]], [[0], []]), 1),
    ],
)
def test_a_row_without_answers(call: Callable[..., object], row: int) -> None:
    with pytest.raises(EmptyReferencesError, match=rf"\[{row}\] is empty") as caught:
        call()
    assert caught.value.row == row


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.normalize([], "Ape"), "normalizer must be one of 'ape', .*, not 'Ape'"),
        (lambda: core.References([["a"]], ""), "normalizer must be one of"),
        (
            lambda: core.score([], REFS, "em"),
            "metric must be one of 'exact_match', .*, not 'em'",
        ),
        (
            lambda: core.score(["a"] * 2, REFS, "dyck"),
            "metric 'dyck' needs references with the normalizer 'none', not 'ape'",
        ),
        (lambda: core.extract_answers([], "letter"), "kind must be one of 'number', .*, not 'let"),
        (
            lambda: core.extract_answers([], "number", variant="ours"),
            "variant must be one of 'default', 'reference', not 'ours'",
        ),
        (
            lambda: core.extract_answers([], "number", decimals=-1),
            "decimals must be at least 0, not -1",
        ),
        (lambda: core.extract_answers([], "number", decimals=101), "decimals must be at most 100"),
        (lambda: core.extract_answers([], "number", threads=0), "threads must be at least 1"),
        (
            lambda: core.score(["a"] * 2, REFS, "contains", threads=0),
            "threads must be at least 1",
        ),
        (
            lambda: core.levenshtein("a", "b", score_cutoff=-1),
            "score_cutoff must be at least 0, not -1",
        ),
        (lambda: core.levenshtein_many("a", [], score_cutoff=-(10**30)), "must be at least 0"),
        (lambda: core.levenshtein_cdist([], [], score_cutoff=-1), "must be at least 0, not -1"),
        (lambda: core.levenshtein_cdist([], [], threads=0), "threads must be at least 1, not 0"),
        (lambda: select.race(-1, 3), "n_candidates must be at least 0, not -1"),
        (lambda: select.race(2, 0), "n_examples must be at least 1, not 0"),
        (lambda: select.race(2, 3, seed=-1), "seed must be at least 0, not -1"),
        (
            lambda: select.race(2, 3, error=float("nan")),
            "error must be between 0 and 1, not NaN",
        ),
        (lambda: select.race(2, 3, error=1.0), "error must be between 0 and 1, not 1"),
        (
            lambda: select.race(9, 30, budget=89),
            "budget must be at least 90 for a batch of 9",
        ),
        (lambda: select.race(2, 3, bound="normal"), "bound must be one of 'hoeffding'"),
        (lambda: select.ucb(2, 3, 9, variant="ucb2"), "variant must be one of 'ucb1'"),
        (lambda: select.ucb(2, 3, -9), "budget must be at least 1, not -9"),
        (
            lambda: select.ucb(2, 3, 9, exploration=float("inf")),
            "exploration must be finite and not negative, not inf",
        ),
        (
            lambda: select.ucb(2, 3, 9, candidates_per_round=0),
            "candidates_per_round must be at",
        ),
        (
            lambda: select.ucb(2, 3, 9, examples_per_round=0),
            "examples_per_round must be at",
        ),
        (lambda: select.successive_halving(8, 3, 23), "budget must be at least 24 for 8"),
        (
            lambda: select.successive_halving(8, 3, 99, divisor=1),
            "divisor must be at least 2",
        ),
        (
            lambda: select.successive_rejects(8, 3, 8),
            "budget must be more than one for each",
        ),
        (lambda: select.adaptive_filter(8, 3, 0), "examples_per_stage must be at least 1"),
        (lambda: select.adaptive_filter(8, 3, 1, keep=1.0), "keep must be between 0 and 1"),
        (lambda: select.adaptive_filter(8, 3, 1, few=0), "few must be at least 1"),
        (
            lambda: select.race(2, 3).simulate([[0, 0, 0]] * 2, [1, -1]),
            r"seeds\[1\] must be at",
        ),
        (
            lambda: core.paired_bootstrap([1.0], [1.0], confidence_level=float("nan")),
            "confidence_level must be between 0 and 1, not NaN",
        ),
        (lambda: core.paired_bootstrap([1.0], [1.0], n_resamples=0), "n_resamples must be at"),
        (
            lambda: core.paired_bootstrap([1.0], [1.0], n_resamples=10**30),
            "n_resamples must be at most 10000000",
        ),
        (lambda: select.race(10**30, 1), "n_candidates must be at most 16777216"),
        (lambda: select.race(1, 10**30), "n_examples must be at most 268435456"),
        (lambda: select.race(1, 1).add_candidates(10**30), "n_candidates must be at most"),
        (lambda: core.within_budget("a", [], -5), "budget must be at least 0, not -5"),
    ],
)
def test_an_option_that_is_not_possible(call: Callable[..., object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()


def told(scores: list[float]) -> None:
    selection = Selection.race(2, 1)
    selection.ask()
    selection.tell(scores)


NAN = float("nan")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: told([0.5, NAN]), r"scores\[1\] must be between 0 and 1, not NaN"),
        (lambda: told([1.5, 1.0]), r"scores\[0\] must be between 0 and 1, not 1.5"),
        (
            lambda: select.race(1, 2, known=[[NAN, -1.0]]),
            r"known\[0\]\[1\] must be between",
        ),
        (
            lambda: select.race(2, 1).replay([[0.5], [2.0]]),
            r"scores\[1\]\[0\] must be between",
        ),
        (lambda: select.race(2, 1).replay([[0.5], [NAN]]), r"scores\[1\]\[0\] is missing"),
        (
            lambda: select.race(2, 1).simulate([[0.5], [NAN]], [1]),
            r"scores\[1\]\[0\] is miss",
        ),
        (lambda: core.pareto_front([[1.0, NAN]]), r"scores\[0\]\[1\] must be a finite number"),
        (lambda: core.paired_bootstrap([NAN], [1.0]), r"a\[0\] must be a finite number, not NaN"),
        (lambda: core.paired_bootstrap([1], [float("inf")]), r"b\[0\] must be a finite number"),
    ],
)
def test_a_score_that_is_none(call: Callable[..., object], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        call()


def test_rounds_that_have_begun_take_no_candidates() -> None:
    for selection in (
        Selection.successive_halving(4, 9, 100),
        Selection.successive_rejects(4, 9, 100),
        Selection.adaptive_filter(4, 9, 2),
    ):
        selection.add_candidates(1)
        selection.ask()
        with pytest.raises(CoreError, match="takes no further candidates once it has begun"):
            selection.add_candidates(1)


def test_an_error_of_the_argument_itself_comes_through() -> None:
    class Broken:
        def __getitem__(self, index: int) -> str:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        core.normalize(Broken())


def test_sequences_of_any_kind_are_taken() -> None:
    class Pair:
        def __getitem__(self, index: int) -> str:
            return ("A.", "B.")[index]

    class Name(str):
        __slots__ = ()

    for texts in (["A.", "B."], ("A.", "B."), np.array(["A.", "B."]), Pair(), [Name("A."), "B."]):
        assert core.normalize(texts) == ["a", "b"]
