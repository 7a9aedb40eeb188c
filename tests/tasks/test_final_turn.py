from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.metrics import METRICS
from promptopt.tasks.example import Example
from promptopt.tasks.final_turn import final_turn
from promptopt.tasks.load import load_dataset
from tests.tasks.benchmark_files import FORMS
from tests.tasks.files import load


def options(count: int, *, lettered: bool = True) -> Example:
    texts = tuple(f"o{at}" for at in range(count))
    return Example("q", texts[:1], texts, lettered)


@pytest.mark.parametrize(
    ("metric", "examples", "named"),
    [
        ("choice", [options(2)], "(A) or (B)."),
        ("choice", [options(6), options(6)], "(A) to (F)."),
        ("choice", [options(6), options(4)], "the letter of one option, such as (A)."),
        ("choice", [options(3, lettered=False)], "the text of one of the options."),
        ("boolean", [Example("q", ("yes",)), Example("q", ("No",))], 'only "Yes" or "No".'),
        ("boolean", [Example("q", ("True",))], 'only "True" or "False".'),
        ("boolean", [Example("q", ("invalid",))], 'only "valid" or "invalid".'),
        ("number", [Example("q", ("3",))], "one number"),
        ("brackets", [Example("q", (")",))], "closing brackets"),
        ("word_list", [Example("q", ("a b",))], "sorted words"),
    ],
)
def test_what_is_asked(metric: str, examples: list[Example], named: str) -> None:
    assert named in final_turn(metric, examples)


@pytest.mark.parametrize("metric", [name for name in METRICS if "match" in name or "rouge" in name])
def test_plain_texts_are_not_asked_for_again(metric: str) -> None:
    assert final_turn(metric, [Example("q", ("a",))]) == ""


ASKED = {
    "bbh options",
    "bbh dashes",
    "bbh numbers",
    "mmlu",
    "mmlu of gpo",
    "gsm8k",
    "gsm8k of gpo",
    "schemas of gpo",
    "schemas of the collection",
    "schemas of superglue",
}


@pytest.mark.parametrize("form", FORMS)
def test_which_benchmarks_ask(tmp_path: Path, form: str) -> None:
    path = FORMS[form].write(tmp_path)
    assert bool(load(path).final_turn) == (form in ASKED)


def test_another_metric_asks_otherwise(tmp_path: Path) -> None:
    path = str(FORMS["bbh dashes"].write(tmp_path))
    assert '"Yes" or "No"' in load_dataset(path).final_turn
    assert "text of one of the options" in load_dataset(path, metric="choice").final_turn
    assert load_dataset(path, metric="exact_match").final_turn == ""
