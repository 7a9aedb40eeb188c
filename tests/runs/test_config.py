from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt.errors import DamagedRunError, InputError
from promptopt.llm.prices import Price
from promptopt.llm.settings import ModelSettings
from promptopt.llm.spend import Caps
from promptopt.methods.ape_settings import ApeSettings
from promptopt.runs.config import (
    BudgetConfig,
    RunConfig,
    TaskConfig,
    config_from_dict,
    config_from_json,
    load_config,
)
from promptopt.tasks.template import Template

FULL = """
name = "my-run"
seed = 7

[task]
source = "data.csv"
input_column = "word"
output_column = "plural"
metric = "exact_match"
seed_prompt = "Answer."
demonstrations = 2
train = 5
dev = 20
test = 30

[task.template]
layout = "{instruction} {demonstrations}{input}"

[method]
name = "ape"
proposals = 30
keep = 0.25

[task_model]
spec = "openai:small"
base_url = "http://127.0.0.1:8000/v1"
temperature = 0.5

[optimizer_model]
spec = "openai:big"

[budget]
max_calls = 500
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.toml"


def load(file: Path, text: str, **overrides: Any) -> RunConfig:
    file.write_text(text, encoding="utf-8")
    return load_config(file, overrides)


def test_everything(file: Path) -> None:
    assert load(file, FULL) == RunConfig(
        task=TaskConfig(
            source="data.csv",
            input_column="word",
            output_column="plural",
            metric="exact_match",
            seed_prompt="Answer.",
            demonstrations=2,
            train=5,
            dev=20,
            test=30,
            template=Template(layout="{instruction} {demonstrations}{input}"),
        ),
        method=ApeSettings(proposals=30, keep=0.25),
        task_model=ModelSettings(
            "openai:small", base_url="http://127.0.0.1:8000/v1", temperature=0.5
        ),
        optimizer_model=ModelSettings("openai:big"),
        budget=BudgetConfig(500),
        seed=7,
        name="my-run",
    )


def test_the_least(file: Path) -> None:
    expected = RunConfig(task=TaskConfig("data.csv"), method=ApeSettings())
    for text in ('task = "data.csv"', '[task]\nsource = "data.csv"', '\ufefftask = "data.csv"'):
        assert load(file, text) == expected


def test_shorthands(file: Path) -> None:
    config = load(
        file,
        'task = "a"\nmethod = "ape"\ntask_model = "scripted:echo"\noptimizer_model = "local"',
    )
    assert config.task_model == ModelSettings("scripted:echo")
    assert config.optimizer_model == ModelSettings("local")


def test_prices_and_tokenizers(file: Path) -> None:
    (file.parent / "tokenizer.json").write_text("{}")
    config = load(
        file,
        'task = "a"\n[task_model]\nspec = "openai:m"\ntokenizer = "tokenizer.json"\n'
        'price = {input = 2.5, output = 10}\n[embedder]\nspec = "local"\ntokenizer = "some/model"',
    )
    assert config.task_model.price == Price(2.5, 10.0)
    assert config.task_model.tokenizer == str(file.parent / "tokenizer.json")
    assert config.embedder is not None
    assert (config.embedder.tokenizer, config.embedder.price) == ("some/model", None)
    # The task model in its other role costs what it costs.
    other = load(
        file,
        'task = "a"\n[task_model]\nprice = {input = 1, output = 2}\n'
        "[optimizer_model]\ntemperature = 1.0",
    )
    assert other.optimizer_model is not None
    assert other.optimizer_model.price == Price(1.0, 2.0)


def test_caps(file: Path) -> None:
    text = 'task = "a"\n[budget]\nmax_calls = 5\nmax_tokens = 7000\nmax_usd = 0.5'
    assert load(file, text).budget.caps == Caps(5, 7_000, 0.5)
    options = {"budget": {"max_usd": 2.0, "max_tokens": None}}
    assert load(file, text, **options).budget.caps == Caps(5, 7_000, 2.0)


# Round trip


@pytest.mark.parametrize("text", [FULL, 'task = "data.csv"', '[task]\nsource = "é\\n\\u0000"'])
def test_json_round_trip(file: Path, text: str) -> None:
    config = load(file, text)
    assert config_from_json(config.to_json()) == config


@settings(deadline=None, max_examples=50)
@given(
    st.builds(
        RunConfig,
        task=st.builds(
            TaskConfig,
            st.text(min_size=1),
            seed_prompt=st.none() | st.text(),
            train=st.none() | st.integers(1, 99),
        ),
        method=st.builds(ApeSettings, proposals=st.integers(1, 100), keep=st.floats(0.01, 0.99)),
        seed=st.integers(0, 2**40),
    )
)
def test_any_configuration_survives_the_store(config: RunConfig) -> None:
    assert config_from_json(config.to_json()) == config


# Files that are wrong


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no configuration file .*absent\.toml; .*promptopt init"):
        load_config(tmp_path / "absent.toml")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the configuration"):
        load_config(tmp_path)


def test_a_file_that_is_no_text(file: Path) -> None:
    file.write_bytes(b"task = '\xff\xfe'")
    with pytest.raises(InputError, match="cannot read the configuration"):
        load_config(file)


WRONG: dict[str, tuple[str, str]] = {
    "bad TOML": ('task = "a"\nseed = = 3', "is not valid TOML: .*line 2"),
    "twice": ("seed = 1\nseed = 2", "is not valid TOML: Cannot overwrite a value"),
    "no task": ("seed = 1", r"no task is named; add \[task\]"),
    "no source": ("[task]\ntrain = 3", r"\[task\] lacks source"),
    "unknown at the top": (
        'task="a"\nsede = 1',
        "unknown option sede at the top level; did you mean seed?",
    ),
    "unknown in a table": (
        '[task]\nsource="a"\ninput_colum="b"',
        r"unknown option input_colum \[task\]; did you mean input_column?",
    ),
    "unknown in the method": (
        'task="a"\n[method]\nname="ape"\nproposal=3',
        r"unknown option proposal \[method\]; did you mean proposals?",
    ),
    "unknown in the template": (
        '[task]\nsource="a"\n[task.template]\nlayouts="x"',
        r"unknown option layouts \[task.template\]; did you mean layout?",
    ),
    "unknown, nothing alike": (
        'task="a"\n[budget]\nzzz=1',
        r"unknown option zzz \[budget\]; known: max_calls",
    ),
    "type at the top": ('task="a"\nseed="one"', "seed: expected a whole number, got a text"),
    "type in a table": (
        'task="a"\n[budget]\nmax_calls="x"',
        "budget.max_calls: expected a whole number",
    ),
    "type of a table": ('task="a"\nbudget=5', "budget: expected a table, got a whole number"),
    "type of the task": ("task=3", "task: expected a table, got a whole number"),
    "type of the method": ('task="a"\nmethod=3', r"\[method\] must name a method"),
    "type of its name": ('task="a"\n[method]\nname=3', r"\[method\] must name a method"),
    "a date": ('task="a"\nseed=2026-01-01', "seed: expected a whole number"),
    "range, seed": ('task="a"\nseed=-1', "seed: expected a whole number >= 0"),
    "range, calls": (
        'task="a"\n[budget]\nmax_calls=0',
        "budget.max_calls: expected a whole number >= 1",
    ),
    "range, tokens": (
        'task="a"\n[budget]\nmax_tokens=0',
        "budget.max_tokens: expected a whole number >= 1",
    ),
    "range, money": ('task="a"\n[budget]\nmax_usd=0', "budget.max_usd: expected a number > 0"),
    "money, not a number": ('task="a"\n[budget]\nmax_usd=nan', "budget.max_usd: expected a number"),
    "money, no end": ('task="a"\n[budget]\nmax_usd=inf', "budget.max_usd: expected a number <="),
    "type of money": (
        'task="a"\n[budget]\nmax_usd="1 $"',
        "budget.max_usd: expected a number",
    ),
    "price, one half": (
        'task="a"\n[task_model]\nprice={input=1.0}',
        r"\[task_model.price\] lacks output",
    ),
    "price, below nothing": (
        'task="a"\n[judge_model]\nprice={input=-1,output=1}',
        "judge_model.price.input: expected a number >= 0",
    ),
    "price, unknown": (
        'task="a"\n[optimizer_model]\nprice={inputs=1.0,output=2}',
        r"unknown option inputs \[optimizer_model.price\]; did you mean input\?",
    ),
    "tokenizer": (
        'task="a"\n[embedder]\ntokenizer=""',
        "embedder.tokenizer: expected a text of length >= 1",
    ),
    "range, keep": ('task="a"\n[method]\nkeep=1.0', "method.keep: expected a number < 1"),
    "range, split": ('[task]\nsource="a"\ndev=0', "task.dev: expected a whole number >= 1"),
    "range, temperature": (
        'task="a"\n[task_model]\nspec="local"\ntemperature=3',
        "task_model.temperature: expected a number <= 2",
    ),
    "not a number": ('task="a"\n[method]\nkeep=nan', "method.keep"),
    "unknown method": ('task="a"\nmethod="gpoo"', "unknown method 'gpoo'; did you mean gpo?"),
    "unknown model": ('task="a"\ntask_model="gpt-4"', "unknown model 'gpt-4'; write openai:MODEL"),
    "model without a name": ('task="a"\ntask_model="openai:"', "'openai:'"),
    "optimizer model": ('task="a"\noptimizer_model="x:y"', "unknown model 'x:y'"),
    "address": (
        'task="a"\n[task_model]\nspec="openai:m"\nbase_url="localhost:80"',
        "'localhost:80' is no web address",
    ),
    "address with a password": (
        'task="a"\n[task_model]\nspec="openai:m"\nbase_url="http://me:word@host/v1"',
        "holds a password or a key",
    ),
    "address with a key": (
        'task="a"\n[task_model]\nspec="openai:m"\nbase_url="http://host/v1?api-key=x"',
        "holds a password or a key",
    ),
    "a key for its variable": (
        'task="a"\n[task_model]\nspec="openai:m"\napi_key_env="sk-password"',
        "api_key_env takes the name of an environment variable",
    ),
    "broken address": (
        'task="a"\n[task_model]\nspec="openai:m"\nbase_url="http://[::1/v1"',
        "is no web address",
    ),
    "port of an address": (
        'task="a"\n[task_model]\nspec="openai:m"\nbase_url="http://host:99999/v1"',
        "is no web address",
    ),
    "template": (
        '[task]\nsource="a"\n[task.template]\nlayout="{instruction}"',
        "the template lacks {input}",
    ),
    "name": ('task="a"\nname="../up"', "the run name '../up' will not do"),
    "empty name": ('task="a"\nname=""', "the run name '' will not do"),
    "long name": (f'task="a"\nname="{"x" * 65}"', "will not do"),
    "name that means another": ('task="a"\nname="last"', "the run name 'last' will not do"),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named(file: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        load(file, text)
    message = str(caught.value)
    assert re.search(told.replace("?", r"\?"), message), message
    assert "\n" not in message
    if "password" in told:
        assert "word@" not in message
    assert "sk-password" not in message


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named_under_options_too(file: Path, text: str, told: str) -> None:
    """Options that are laid over a wrong file must not trip over it."""
    with pytest.raises(InputError):
        load(
            file,
            text,
            task={"metric": "exact_match"},
            method={"name": None},
            task_model={"concurrency": 2},
            budget={"max_calls": None},
        )


@pytest.mark.parametrize("table", ["task", "method", "task_model", "optimizer_model", "budget"])
def test_an_option_over_a_table_that_is_none(file: Path, table: str) -> None:
    text = f"{table} = 3" if table == "task" else f'task = "a"\n{table} = 3'
    with pytest.raises(InputError):
        load(file, text, **{table: {"max_calls": 3}})


# Options over the file


def test_options_win(file: Path) -> None:
    config = load(
        file,
        FULL,
        task={"source": "other.csv", "dev": 3, "metric": None},
        method={"name": "ape"},
        task_model={"spec": "scripted:plural", "base_url": None},
        optimizer_model={"spec": None},
        budget={"max_calls": 9},
        seed=0,
        name=None,
    )
    assert (config.task.source, config.task.dev, config.task.metric) == (
        "other.csv",
        3,
        "exact_match",
    )
    assert config.method.proposals == 30
    assert (config.task_model.spec, config.task_model.temperature) == ("scripted:plural", 0.5)
    assert config.optimizer_model == ModelSettings("openai:big")
    assert (config.budget.max_calls, config.seed, config.name) == (9, 0, "my-run")


def test_options_over_shorthands(file: Path) -> None:
    config = load(
        file,
        'task = "a"\nmethod = "ape"\ntask_model = "local"',
        task={"dev": 3},
        method={"name": "ape"},
        task_model={"concurrency": 2},
    )
    assert config.task == TaskConfig("a", dev=3)
    assert config.task_model == ModelSettings("local", concurrency=2)


# Where the data are


def test_data_beside_the_file_are_found(file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (tmp_path / "data.csv").write_text("input,output\n")
    (tmp_path / "family").mkdir()
    for text in ('task = "data.csv"', '[task]\nsource = "data.csv"'):
        assert load(file, text).task.source == str(tmp_path / "data.csv")
    assert load(file, 'task = "family:sum"').task.source == str(tmp_path / "family:sum")
    # What is not there is left for the loader: a bundled name, or a file elsewhere.
    assert load(file, 'task = "absent.csv"').task.source == "absent.csv"
    assert load(file, 'task = "none:sum"').task.source == "none:sum"


def test_an_absolute_path_stays(file: Path, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("input,output\n")
    absolute = str(tmp_path / "data.csv")
    assert load(file, f'task = "{absolute}"').task.source == absolute


@pytest.mark.parametrize("source", ["x" * 5000, "a\\u0000b", "x" * 300 + ":task"])
def test_a_name_that_no_file_can_have(file: Path, source: str) -> None:
    assert load(file, f'task = "{source}"').task.source


def test_an_option_for_the_source_is_not_looked_for_beside_the_file(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_text("input,output\n")
    assert load(file, 'task = "x"', task={"source": "data.csv"}).task.source == "data.csv"


def test_tables_need_not_be_a_file() -> None:
    config = config_from_dict({"task": {"source": "a"}}, "the options")
    assert config == RunConfig(task=TaskConfig("a"), method=ApeSettings())


@pytest.mark.parametrize("named", [True, False])
def test_an_address_for_both_models_reaches_an_optimizer_model_of_the_file(
    file: Path, named: bool
) -> None:
    other = '[optimizer_model]\nspec="openai:big"' if named else ""
    both = {"base_url": "http://127.0.0.1:1/v1"}
    config = load(
        file, f'task="a"\n{other}', task_model=both, optimizer_model={"spec": None, **both}
    )
    if named:
        assert config.optimizer_model == ModelSettings(
            "openai:big", base_url="http://127.0.0.1:1/v1"
        )
    else:
        assert config.optimizer_model is None


@pytest.mark.parametrize("stored", ["", "{", "[]", '"ape"', "7", "null"])
def test_a_stored_configuration_that_is_none_is_damage(stored: str) -> None:
    with pytest.raises(DamagedRunError, match="the configuration of the run is damaged in the sto"):
        config_from_json(stored)
