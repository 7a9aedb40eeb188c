"""What the form for a new run holds, and how it stands in its fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.runs.config import config_from_dict
from tui.cells import shown
from tui.new_run_fields import SECTIONS, Field, method_fields
from tui.run_draft import RunDraft

prices = st.floats(0, 1_000_000) | st.integers(0, 1_000_000)

ESCAPED = Field("task.seed_prompt", "seed prompt", "", "escaped")


@given(st.text())
def test_a_prompt_stands_in_its_field_as_it_is(text: str) -> None:
    written = ESCAPED.written(text)
    assert shown(written) == written
    if text.strip() and text.strip() != '""':
        assert ESCAPED.read(written) == text


@given(st.integers(), st.floats(allow_nan=False), prices, prices)
def test_numbers_stand_in_their_fields_as_they_are(
    whole: int, number: float, prompts: float, replies: float
) -> None:
    values: dict[Any, Any] = {"int": whole, "float": number}
    values["price"] = {"input": prompts, "output": replies}
    for kind, value in values.items():
        field = Field("x.y", "", "", kind)
        assert field.read(field.written(value)) == value


@given(prices, prices)
def test_a_price_is_saved_and_loads_back(
    tmp_path_factory: pytest.TempPathFactory, prompts: float, replies: float
) -> None:
    path = tmp_path_factory.mktemp("saved") / "run.toml"
    draft = RunDraft()
    draft.set("task.source", "plurals")
    for role in ("task_model", "optimizer_model", "judge_model", "embedder"):
        draft.set(f"{role}.spec", "openai:m")
        field = next(
            each for _, fields in SECTIONS for each in fields if each.path == f"{role}.price"
        )
        draft.set(field.path, field.read(f"{prompts} / {replies}"))
    path.write_text(draft.text_for(path))
    again = RunDraft()
    again.open(path)
    assert again.tables == draft.tables
    config = config_from_dict(again.tables, "the test")
    for model in (config.task_model, config.optimizer_model, config.judge_model, config.embedder):
        assert model is not None
        assert model.price is not None
        assert (model.price.input, model.price.output) == (prompts, replies)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", " 1,200 ", 1200),
        ("int", "many", "many"),
        ("int", "1,2005", "1,2005"),
        ("float", "2.5", 2.5),
        ("float", "2,5", "2,5"),
        ("float", "0,50", "0,50"),
        ("float", "1,000.5", 1000.5),
        ("price", "$0.15 / $0.60", {"input": 0.15, "output": 0.6}),
        ("price", " 1,200 0 ", {"input": 1200.0, "output": 0.0}),
        ("price", "0,15 / 0,60", "0,15 / 0,60"),
        ("price", "0.15", "0.15"),
        ("price", "1 / 2 / 3", "1 / 2 / 3"),
        ("bool", "true", True),
        ("bool", "yes", "yes"),
        ("column", '""', ""),
        ("column", "a b", "a b"),
        ("text", "  ", None),
        ("escaped", r"a\nb\\n", "a\nb\\n"),
    ],
)
def test_what_is_typed(kind: Any, text: str, value: object) -> None:
    field = Field("x.y", "", "", kind)
    assert field.read(text) == value
    assert field.read(field.written(value)) == value


def test_every_field_is_an_option_that_a_configuration_knows() -> None:
    samples = {"int": 3, "float": 3.0, "bool": True}
    special: dict[str, Any] = {"api_key_env": "KEY", "base_url": "http://h/v1", "name": "x"}
    special |= {"spec": "local", "preset": "ape", "method.name": "ape"}
    special["price"] = {"input": 1.0, "output": 2.0}
    for _, fields in SECTIONS:
        for field in fields:
            draft = RunDraft()
            draft.set("task.source", "plurals")
            last = field.path.rpartition(".")[2]
            value = special.get(field.path, special.get(last, samples.get(field.kind, "x")))
            draft.set(field.path, value)
            config_from_dict(draft.tables, "the test")
    for method in ("ape", "gpo"):
        paths = [field.path for field in method_fields(method)]
        assert "method.max_words" in paths
        assert len(paths) == len(set(paths)) > 10


def test_other_data_have_columns_of_their_own() -> None:
    draft = RunDraft()
    for path, value in {"source": "a.csv", "input_column": "q", "split_column": ""}.items():
        draft.set(f"task.{path}", value)
    draft.set("task.dev", 5)
    draft.take_data("a.csv")
    assert draft.get("task.input_column") == "q"
    draft.take_data("b.csv")
    assert draft.tables == {"task": {"source": "b.csv", "dev": 5}}


def test_an_option_that_is_left_out_leaves_no_empty_table() -> None:
    draft = RunDraft()
    assert draft.set("budget.max_calls", 5)
    assert not draft.set("budget.max_calls", 5)
    assert draft.set("budget.max_calls", None)
    assert draft.tables == {}


def test_one_is_not_true() -> None:
    draft = RunDraft()
    for value in (1, True, 1.0):
        assert draft.set("seed", value)
        assert draft.get("seed") is value


def test_a_method_keeps_only_what_it_knows() -> None:
    draft = RunDraft()
    draft.set("method.max_words", 50)
    draft.set("method.proposals", 9)
    draft.set("preset", "gpo-edit")
    assert draft.tables == {"method": {"max_words": 50}, "preset": "gpo-edit"}
    assert draft.method == "gpo"
    draft.set("method.name", "gpo")
    assert draft.get("preset") == "gpo-edit"
    draft.set("method.name", "ape")
    assert draft.tables == {"method": {"max_words": 50, "name": "ape"}}
    # Half a name, while it is typed, takes nothing away.
    draft.set("method.name", "gp")
    assert draft.get("method.max_words") == 50


def test_a_file_is_unsaved_only_when_something_else_was_said(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("# mine\ntask = 'plurals'\nseed = 1\n")
    draft = RunDraft()
    draft.set("task.source", "run.t")
    assert not draft.unsaved
    draft.open(path)
    assert not draft.unsaved
    assert draft.as_text() == path.read_text()
    draft.set("seed", 2)
    assert draft.unsaved
    assert "# mine" not in draft.as_text()
    draft.set("seed", 1)
    assert not draft.unsaved
    draft.set("seed", 3)
    draft.saved(path, draft.text_for(path))
    assert not draft.unsaved


def test_changed_is_what_the_file_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("# mine\ntask = 'plurals'\nseed = 1\n")
    draft = RunDraft()
    draft.set("seed", 1)
    assert not draft.changed  # there is no file yet
    draft.open(path)
    assert not draft.changed
    draft.set("name", "x")
    draft.started()
    assert draft.changed  # a run has it, the file has not
    draft.set("name", None)
    assert not draft.changed
    assert draft.as_text() == path.read_text()
    assert draft.take_text("# other\ntask = 'plurals'\nseed = 1\n")
    assert draft.changed
    draft.saved(path, draft.text_for(path))
    assert not draft.changed
    draft.set("task.dev", 5)
    draft.clear()
    assert not draft.changed


def test_a_bad_text_changes_nothing_and_is_kept(tmp_path: Path) -> None:
    draft = RunDraft()
    draft.set("task.source", "plurals")
    before = draft.tables
    assert not draft.take_text("task = 'plurals'\nseed = oops\n")
    assert draft.tables == before
    assert draft.as_text() == "task = 'plurals'\nseed = oops\n"
    assert "line 2" in draft.broken[1]
    assert draft.unsaved
    assert draft.take_text("task = 'plurals' # mine\nseed = 7\n")
    assert draft.get("seed") == 7
    assert "# mine" in draft.as_text()
    with pytest.raises(InputError):
        draft.open(tmp_path / "nowhere.toml")
    assert draft.get("seed") == 7
