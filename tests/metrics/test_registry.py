from __future__ import annotations

import pytest

from promptopt.errors import InputError
from promptopt.metrics import METRICS, check_metric, scorer, suggest_metric
from promptopt.metrics.judged import is_judged
from promptopt.tasks.example import Example

PLAIN = Example("capital of France?", ("Paris",))
CHOICE = Example("capital of France?", ("Paris",), ("Rome", "Paris"))


RIGHT_AND_WRONG = {"number": ("24", "-24"), "boolean": ("yes", "no"), "brackets": ("] >", "> ]")}


@pytest.mark.parametrize("metric", [name for name in METRICS if not is_judged(name)])
def test_every_metric_gives_a_right_prediction_the_full_score(metric: str) -> None:
    right, wrong = RIGHT_AND_WRONG.get(metric, ("Paris", "Oslo"))
    example = CHOICE if metric == "choice" else Example("q", (right,), wrong=(wrong,))
    assert scorer(metric, [example, example]).score([right, wrong], [1, 0]) == [1.0, 0.0]
    assert METRICS[metric]


def test_an_unknown_metric() -> None:
    with pytest.raises(InputError) as caught:
        scorer("exact-match", [PLAIN])
    assert "did you mean exact_match?" in str(caught.value)
    with pytest.raises(InputError) as caught:
        check_metric("???", [])
    assert str(caught.value) == f"there is no metric '???'; known: {', '.join(METRICS)}"


def test_choice_needs_choices() -> None:
    with pytest.raises(InputError, match="1 of 2 examples have none"):
        scorer("choice", [CHOICE, PLAIN])


@pytest.mark.parametrize(
    ("metric", "answer", "said"),
    [
        ("number", "Paris", "needs numbers as answers, which 'Paris' is not"),
        ("number", "1/2", "which '1/2' is not"),
        ("number", "-", "which '-' is not"),
        ("boolean", "maybe", "yes or no, true or false, valid or invalid as answers"),
        ("brackets", "( )", "needs closing brackets as answers, which '( )' is not"),
    ],
)
def test_answers_that_a_metric_cannot_read(metric: str, answer: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_metric(metric, [Example("the question", (answer,))])
    assert said in str(caught.value)
    assert "the question" in str(caught.value)


@pytest.mark.parametrize("answer", ["7", "-24", "+3", "1,500", "$2.50", "-$3", "12%", ".5", "3.0"])
def test_what_a_number_is(answer: str) -> None:
    example = Example("q", (answer,))
    assert scorer("number", [example]).score([f"It is {answer}.", "99"], [0, 0]) == [1.0, 0.0]


def test_nearest_true_needs_wrong_answers() -> None:
    with pytest.raises(InputError, match="1 of 2 examples have none"):
        check_metric("nearest_true", [PLAIN, Example("q", ("a",), wrong=("b",))])


def test_numbers_suggest_no_metric_of_their_own() -> None:
    assert suggest_metric([Example("q", ("1",)), Example("r", ("0",))]) == "exact_match"


def test_the_metric_that_suits_the_data() -> None:
    assert suggest_metric([CHOICE, CHOICE]) == "choice"
    assert suggest_metric([CHOICE, PLAIN]) == "exact_match"
    assert suggest_metric([]) == "exact_match"
