"""Configurations as files: what is written loads to what was meant."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from promptopt.errors import InputError
from promptopt.methods.presets import preset_names
from promptopt.runs import config_file
from promptopt.runs.config import RunConfig, config_from_dict, load_config

texts = st.text(max_size=40)
counts = st.integers(1, 10**6)
models = st.fixed_dictionaries(
    {"spec": st.sampled_from(["local", "openai:a/b", "scripted:plural", "local:x y.gguf"])},
    optional={
        "base_url": st.just("http://127.0.0.1:8000/v1"),
        "api_key_env": st.sampled_from(["OPENAI_API_KEY", "MY_KEY"]),
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1, exclude_min=True),
        "max_tokens": counts,
        "concurrency": st.integers(1, 1024),
        "timeout": st.floats(0.1, 1e9),
        "price": st.fixed_dictionaries({"input": st.floats(0, 100), "output": st.floats(0, 100)}),
        "tokenizer": st.text(
            st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20
        ),
    },
)
tasks = st.fixed_dictionaries(
    {"source": texts},
    optional={
        "input_column": texts,
        "choices_column": texts,
        "answer_separator": texts,
        "metric": texts,
        "seed_prompt": texts,
        "demonstrations": st.integers(0, 10),
        "train": counts,
        "dev": counts,
        "final_turn": st.booleans() | texts,
        "objectives": st.dictionaries(texts, st.floats(0, 10), max_size=2),
        "report_both": st.booleans(),
        "template": st.just({"layout": "{instruction}\r\n{demonstrations}Q: {input}\tA:"}),
    },
)
methods = st.one_of(
    st.fixed_dictionaries(
        {"name": st.just("ape")},
        optional={
            "proposals": st.integers(1, 100),
            "keep": st.floats(0, 1, exclude_min=True, exclude_max=True),
            "mode": st.just("forward"),
        },
    ),
    st.fixed_dictionaries(
        {"name": st.just("gpo")}, optional={"epochs": counts.filter(lambda n: n <= 100)}
    ),
)
configurations: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"task": tasks},
    optional={
        "method": methods,
        "task_model": models,
        "optimizer_model": models | st.just({"temperature": 1.0}) | st.just({}),
        "judge_model": models,
        "embedder": models,
        "budget": st.fixed_dictionaries(
            {}, optional={"max_calls": counts, "max_usd": st.floats(0.001, 1e6)}
        ),
        "seed": st.integers(0, 2**60),
        "name": st.sampled_from(["a", "my-run.1", "x_2"]),
    },
) | st.fixed_dictionaries(
    {"task": tasks, "preset": st.sampled_from(preset_names())},
    optional={"task_model": models, "optimizer_model": st.just({"temperature": 0.5})},
)


def meant_by(tables: dict[str, Any]) -> RunConfig | None:
    try:
        return config_from_dict(tables, "the test")
    except InputError:
        return None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configurations)
def test_what_is_saved_loads_back_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, Any]
) -> None:
    meant = meant_by(tables)
    if meant is None:
        return
    path = tmp_path_factory.mktemp("saved") / "run.toml"
    path.write_bytes(config_file.text_for(tables, path.parent).encode())
    # A path such as "." is written as the one that it means here.
    source = config_file.full_source(meant.task.source)
    meant = replace(meant, task=replace(meant.task, source=source))
    assert load_config(path) == meant
    # And from there once more, through the form.
    text, read = config_file.read(path)
    assert config_from_dict(read, "the test") == meant
    assert config_file.text_for(read, path.parent, text) == text


def test_a_persons_own_text_is_kept_while_it_says_the_same(tmp_path: Path) -> None:
    text = "# mine\ntask = 'a.csv' # short\nseed=3\n"
    tables = config_file.parse(text, tmp_path, "x")
    assert tables == {"task": {"source": "a.csv"}, "seed": 3}
    assert config_file.text_for(tables, tmp_path, text) == text
    tables["seed"] = 4
    assert tomllib.loads(config_file.text_for(tables, tmp_path, text)) == tables


def test_a_relative_source_means_the_same_file_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for folder in (tmp_path, other):
        (folder / "data.csv").write_text("input,output\na,b\n")
    text = config_file.text_for({"task": {"source": "data.csv"}}, other)
    assert tomllib.loads(text)["task"]["source"] == str(tmp_path / "data.csv")
    # What a person wrote about the other folder's data is not taken for it.
    written = 'task = "data.csv"\n'
    assert config_file.text_for({"task": {"source": "data.csv"}}, other, written) == text
    assert config_file.text_for({"task": {"source": "data.csv"}}, tmp_path, written) == written


def test_a_name_that_would_mean_something_else_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sentiment").mkdir()
    with pytest.raises(InputError, match="save it in another folder"):
        config_file.text_for({"task": {"source": "sentiment"}}, tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('task = "a"\nseed = = 1\n', r"the text is not valid TOML: .*line 2"),
        ('task = "a"\nsed = 1\n', "did you mean seed"),
        ("seed = 1\n", "no task is named"),
        ('task = "a"\n[budget]\nmax_calls = "many"\n', "budget.max_calls"),
        ('task = "a"\n[task_model]\napi_key = "sk-1"\n', "unknown option api_key"),
    ],
)
def test_a_text_that_is_no_configuration_is_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        config_file.parse(text, tmp_path, "the text")


def test_a_key_never_comes_into_a_file(tmp_path: Path) -> None:
    for model in (
        {"spec": "openai:m", "api_key_env": "sk-secret"},
        {"spec": "openai:m", "base_url": "http://user:sk-secret@host/v1"},
        {"spec": "openai:m", "api_key": "sk-secret"},
    ):
        with pytest.raises(InputError) as refused:
            config_file.text_for({"task": {"source": "a"}, "task_model": model}, tmp_path)
        assert "sk-secret" not in str(refused.value)


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="half a character"):
        config_file.text_for({"task": {"source": "a", "seed_prompt": "\ud83d"}}, tmp_path)
