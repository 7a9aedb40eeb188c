from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.metrics import METRICS
from promptopt.tasks.bundled import bundled_file, bundled_task, bundled_tasks
from promptopt.tasks.load import load_dataset
from promptopt.tasks.splits import SplitSizes, draw_splits
from tests.tasks.files import error_of, load, write


def test_every_bundled_task_can_be_run() -> None:
    tasks = bundled_tasks()
    files = {path.stem for path in (Path(__file__).parents[2] / "examples").glob("*.csv")}
    described = tomllib.loads(bundled_file("tasks.toml").read_text(encoding="utf-8"))
    assert {task.name for task in tasks} == files == set(described)
    for task in tasks:
        dataset = load_dataset(task.name)
        assert dataset.name == task.name
        assert dataset.source == task.name
        assert dataset.metric == task.metric
        assert task.metric in METRICS
        assert dataset.seed_prompt == task.seed_prompt
        assert task.seed_prompt.strip()
        assert task.description.strip()
        assert dataset.notes == ()
        splits = draw_splits(dataset, SplitSizes(), 0)
        assert sum(splits.removed.values()) == 0, task.name
        assert len(splits.test) >= 10, task.name


def test_bundled_names_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundled_task("no such task") is None
    assert bundled_file("tasks.toml").is_file()
    with pytest.raises(InputError, match=r"no file 'none.toml' comes with promptopt"):
        bundled_file("none.toml")
    name = bundled_tasks()[0].name
    monkeypatch.chdir(tmp_path)
    assert f"did you mean {name}" in error_of(name[:-1])
    assert name in error_of("zzzzzz")
    # A path is meant by writing one.
    write(tmp_path / name / "train.csv", "input,output\na,1\n")
    assert load_dataset(name).format == "CSV"
    assert load_dataset(f"./{name}").given["train"][0].input == "a"


def test_a_metric_that_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input,output\na,1\n")
    assert load(path, metric="token_f1").metric == "token_f1"
    message = error_of(path, metric="token_f2")
    assert "did you mean token_f1?" in message
    assert 'the metric "choice" needs choices, but 1 of 1' in error_of(path, metric="choice")


def test_a_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "d.csv", "input,output\na,1\n")
    assert load_dataset("~/d.csv").name == "d"
