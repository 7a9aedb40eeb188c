from __future__ import annotations

from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.runs.config import config_from_dict

PLURALS = {"source": "plurals"}


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (
            {"method": {"name": "gpo", "schedule": "consine"}},
            "method.schedule cannot be 'consine'; did you mean cosine?; "
            "known: none, fixed, linear, cosine",
        ),
        (
            {"method": {"name": "gpo", "refinement": "x"}},
            "method.refinement cannot be 'x'; known: generate, edit",
        ),
        (
            {"task_model": {"api": "chatt"}},
            "task_model.api cannot be 'chatt'; did you mean chat?; known: chat, completion",
        ),
        ({"method": {"keep": 2.0}}, "method.keep: expected a number < 1.0"),
        (
            {"method": {"proposals": "many"}},
            "method.proposals: expected a whole number, got a text",
        ),
        (
            {"method": {"name": "gpo", "steps": "x"}},
            "method.steps: expected a whole number, got a text",
        ),
        ({"budget": 3}, "budget: expected a table, got a whole number"),
        (
            {"task": {**PLURALS, "final_turn": 3}},
            "task.final_turn: expected true or false or a text, got a whole number",
        ),
        ({"bugdet": {}}, "unknown option bugdet at the top level; did you mean budget?"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_file(tables: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as raised:
        config_from_dict({"task": PLURALS, **tables}, "run.toml")
    assert str(raised.value) == f"run.toml: {told}"


def test_an_option_like_no_other_is_answered_with_all_there_are() -> None:
    with pytest.raises(InputError, match=r"unknown option zzz \[budget\]; known: max_calls, "):
        config_from_dict({"task": PLURALS, "budget": {"zzz": 1}}, "run.toml")
