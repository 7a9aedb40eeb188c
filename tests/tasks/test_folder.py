from __future__ import annotations

import json
from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.tasks.load import load_dataset
from tests.tasks.files import error_of, load, write


def table(prefix: str, n: int) -> str:
    return "input,output\n" + "".join(f"{prefix}{each},{each}\n" for each in range(n))


def test_a_file_for_each_split(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write(folder / "train.csv", table("a", 5))
    write(folder / "eval.jsonl", json.dumps({"Input": "b", "OUTPUT": 1}))
    write(folder / "test.tsv", "input\toutput\nc\t1\n")
    write(folder / "format.csv", table("x", 2))
    write(folder / "README.md", "text")
    message = error_of(folder)
    assert "'input', 'Input' could each be the input" in message or "there is no" in message
    write(folder / "eval.jsonl", json.dumps({"input": "b", "output": 1}))
    dataset = load(folder)
    assert {split: len(part) for split, part in dataset.given.items()} == {
        "train": 5,
        "dev": 1,
        "test": 1,
    }
    assert dataset.name == "mine"
    assert dataset.fields == {
        "train file": "train.csv",
        "dev file": "eval.jsonl",
        "test file": "test.tsv",
        "input": "input",
        "output": "output",
    }
    assert dataset.notes[-1].startswith("Files passed over: format.csv; exemplars and demonstra")
    write(folder / "more.csv", table("x", 2))
    assert "Files passed over: format.csv, more.csv." in load(folder).notes


def test_what_holds_for_answers_holds_in_all_files(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "input,output\na,x|y\n")
    write(tmp_path / "test.csv", "input,output\nb,x||y\n")
    given = load(tmp_path).given
    assert given["train"][0].references == ("x|y",)
    assert given["test"][0].references == ("x||y",)
    write(tmp_path / "train.csv", "question,choices,answer\na,x|y,1\n")
    write(tmp_path / "test.csv", "question,choices,answer\nb,x|y,0\n")
    assert load(tmp_path).given["train"][0].references == ("y",)


def test_a_split_column_in_a_file_for_a_split_says_nothing(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "input,output,split\na,1,test\n")
    write(tmp_path / "test.csv", "input,output,split\nb,1,train\n")
    dataset = load(tmp_path)
    assert dataset.given["train"][0].input == "a"
    assert dataset.given["test"][0].input == "b"
    assert "split" not in dataset.fields


def test_a_file_that_lacks_a_column(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", table("a", 2))
    other = write(tmp_path / "test.csv", "input,result\nb,1\n")
    assert error_of(tmp_path) == f'{other}:2: there is no "output" (answer)'


def test_two_files_for_one_split(tmp_path: Path) -> None:
    write(tmp_path / "dev.csv", table("a", 2))
    write(tmp_path / "val.csv", table("b", 2))
    assert "two files for the dev split: dev.csv and val.csv" in error_of(tmp_path)


def test_a_file_of_a_split_that_holds_splits(tmp_path: Path) -> None:
    row = [{"input": "a", "output": "b"}]
    path = write(tmp_path / "train.json", {"train": row, "test": row})
    assert error_of(tmp_path).startswith(f"{path}: in a folder of splits")


def test_a_folder_without_splits_names_its_parts(tmp_path: Path) -> None:
    write(tmp_path / "one.csv", table("a", 2))
    write(tmp_path / "two" / "train.csv", table("b", 3))
    assert f"name one of its parts as {tmp_path}:PART; they are: one, two" in error_of(tmp_path)
    assert load_dataset(f"{tmp_path}:one").name == "one"
    assert load_dataset(f"{tmp_path}:one.csv").source == f"{tmp_path}:one.csv"
    assert set(load_dataset(f"{tmp_path}:two").given) == {"train"}
    with pytest.raises(InputError, match="has no task 'on'; did you mean one"):
        load_dataset(f"{tmp_path}:on")


def test_a_folder_without_data(tmp_path: Path) -> None:
    write(tmp_path / "README.md", "text")
    message = error_of(tmp_path)
    assert message.startswith(f"the folder {tmp_path} holds no task")
    assert ".jsonl" in message


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("gsm8k", (100, 100, 300)),
        ("wsc", (50, 50, 150)),
        ("webnlg", (100, 100, 300)),
        ("mmlu:anatomy", (20, 20, 60)),
    ],
)
def test_published_folders(benchmark_data: Path, name: str, counts: tuple[int, int, int]) -> None:
    given = load_dataset(f"{benchmark_data}/{name}").given
    assert tuple(len(given[split]) for split in ("train", "dev", "test")) == counts


def test_every_published_file_loads(benchmark_data: Path) -> None:
    files = [*benchmark_data.glob("bbh/*.json"), *benchmark_data.glob("truthfulqa/*.csv")]
    files += benchmark_data.glob("mmlu/*/*.jsonl")
    assert len(files) >= 20
    for path in files:
        assert load_dataset(str(path)).given[""], path


def test_files_that_end_in_the_names_of_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write(tmp_path / f"mine_{split}.csv", table(split, 3))
    write(tmp_path / "other_test.csv", table("x", 2))
    dataset = load(tmp_path)
    assert {split: len(part) for split, part in dataset.given.items()} == {"train": 3, "test": 3}
    assert "Files passed over: other_test.csv." in dataset.notes
    # Of two tasks, neither is meant.
    write(tmp_path / "other-train.csv", table("y", 4))
    assert "they are: mine, other" in error_of(tmp_path)
    assert len(load_dataset(f"{tmp_path}:other").given["train"]) == 4
    write(tmp_path / "other_training.csv", table("z", 4))
    assert "two files for the train split" in error_of(tmp_path)
