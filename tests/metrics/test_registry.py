from __future__ import annotations

import pytest

from promptopt.errors import InputError
from promptopt.metrics import METRICS, check_metric, scorer, suggest_metric
from promptopt.tasks.example import Example

PLAIN = Example("capital of France?", ("Paris",))
CHOICE = Example("capital of France?", ("Paris",), ("Rome", "Paris"))


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_gives_a_right_prediction_the_full_score(metric: str) -> None:
    examples = [CHOICE, CHOICE]
    assert scorer(metric, examples).score(["Paris", "Oslo"], [1, 0]) == [1.0, 0.0]
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


def test_the_metric_that_suits_the_data() -> None:
    assert suggest_metric([CHOICE, CHOICE]) == "choice"
    assert suggest_metric([CHOICE, PLAIN]) == "exact_match"
    assert suggest_metric([]) == "exact_match"
