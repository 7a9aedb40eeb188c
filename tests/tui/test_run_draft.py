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

ESCAPED = Field("task.seed_prompt", "seed prompt", "", "escaped")


@given(st.text())
def test_a_prompt_stands_in_its_field_as_it_is(text: str) -> None:
    written = ESCAPED.written(text)
    assert shown(written) == written
    if text.strip() and text.strip() != '""':
        assert ESCAPED.read(written) == text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", " 1,200 ", 1200),
        ("int", "many", "many"),
        ("float", "2.5", 2.5),
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
    special = {"api_key_env": "KEY", "base_url": "http://h/v1", "name": "x"}
    special |= {"spec": "local", "preset": "ape", "method.name": "ape"}
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
