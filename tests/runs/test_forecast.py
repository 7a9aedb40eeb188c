"""What would come of a configuration: the same as its run would say."""

from __future__ import annotations

from typing import Any

import pytest

from promptopt.runs.config import config_from_dict
from promptopt.runs.data_reader import DataReader, Superseded
from promptopt.runs.forecast import Forecast, forecast
from promptopt.runs.prepare import prepare

PLURALS: dict[str, Any] = {"task": {"source": "plurals"}, "task_model": {"spec": "scripted:plural"}}


def of(**changes: Any) -> Forecast:
    tables = {**PLURALS, **changes}
    return forecast(tables, DataReader())


def test_it_is_what_a_run_would_be_prepared_for() -> None:
    found = of()
    prepared = prepare(config_from_dict(PLURALS, "x"))
    assert found.problem == ""
    assert found.cost == prepared.cost
    assert set(prepared.notes) <= set(found.notes)
    assert found.data is not None
    assert found.data.counts["dev"] == len(prepared.task.dev)
    assert found.names == ("input", "output")
    assert found.usual["task.seed_prompt"] == prepared.task.seed_prompt
    assert found.usual["method.name"] == "ape"
    assert found.usual["method.proposals"] == "50"
    assert found.usual["task.input_column"] == "input"


def test_what_a_preset_says_is_usual() -> None:
    found = of(preset="gpo")
    assert found.usual["method.name"] == "gpo"
    assert found.usual["task.seed_prompt"] == "Let's think step by step."
    assert found.usual["task_model.max_tokens"] == "256"


@pytest.mark.parametrize(
    ("changes", "place", "problem"),
    [
        ({"task": {}}, "configuration", "lacks source"),
        ({"seed": "x"}, "configuration", "seed: expected a whole number"),
        ({"task": {"source": "nowhere"}}, "data", "there is no file nowhere"),
        ({"task": {"source": "plurals", "metric": "boolean"}}, "data", "needs yes or no"),
        ({"task": {"source": "plurals", "demonstrations": 900}}, "search", "900 demonstrations"),
        ({"task_model": {"spec": "scripted:none"}}, "models", "no scripted model"),
        (
            {
                "task_model": {"spec": "openai:m", "base_url": "http://h/v1"},
                "budget": {"max_usd": 1},
            },
            "search",
            "the price of openai:m",
        ),
    ],
)
def test_what_keeps_it_from_starting(changes: dict[str, Any], place: str, problem: str) -> None:
    found = of(**changes)
    assert found.place == place
    assert problem in found.problem
    # The data are shown as long as they can be read, whatever else is wrong.
    assert (found.data is None) == (place == "data" or ("task" in changes and not changes["task"]))


def test_an_unknown_price_is_no_money_and_limits_are_told() -> None:
    found = of(
        task_model={"spec": "openai:m", "base_url": "http://127.0.0.1:1/v1"},
        optimizer_model={"spec": "scripted:plural"},
        budget={"max_calls": 5, "max_tokens": 2000},
    )
    assert found.problem == ""
    assert found.cost is not None
    assert found.cost.usd is None
    told = " ".join(found.notes)
    assert "The price of openai:m at http://127.0.0.1:1/v1 is not known" in told
    assert "The limit of 5 calls will end the search early." in told
    assert "The limit of 2,000 tokens may end the search early." in told


def test_nobody_waits_for_what_is_superseded() -> None:
    with pytest.raises(Superseded):
        forecast(PLURALS, DataReader(), lambda: True)
