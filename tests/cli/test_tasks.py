from __future__ import annotations

import json
from pathlib import Path

import pytest

from promptopt.tasks.bundled import bundled_tasks

from .conftest import Command


def write_data(name: str = "data.csv", rows: int = 30) -> None:
    lines = [f"word{at},word{at}s|plural{at}" for at in range(rows)]
    Path(name).write_text("\n".join(["singular,plural", *lines, lines[0]]) + "\n")


def test_bundled_tasks_are_listed(promptopt: Command) -> None:
    done = promptopt("tasks")
    assert done.status == 0
    for task in bundled_tasks():
        assert task.name in done.out
        assert task.description in done.out
    listed = json.loads(promptopt("tasks", "--json").out)["tasks"]
    assert [each["name"] for each in listed] == [task.name for task in bundled_tasks()]


def test_every_bundled_task_can_be_shown(promptopt: Command) -> None:
    for task in bundled_tasks():
        done = promptopt("tasks", "show", task.name)
        assert done.status == 0
        assert task.metric in done.out


def test_data_of_ones_own(promptopt: Command) -> None:
    write_data()
    done = promptopt(
        *("tasks", "show", "data.csv", "--input-column", "singular"),
        *("--output-column", "plural", "--train", "4", "--dev", "10", "--test", "5"),
    )
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "splits   train 4, dev 10, test 5" in lines
    assert "removed  duplicates: pool 1" in lines
    assert "unused   11 examples; set sizes of splits to use them" in lines
    first = lines.index("train: first 3") + 1
    number = lines[first].removeprefix("  input   word")
    assert lines[first + 1] == f"  answer  word{number}s | plural{number}"


def test_json_of_data_of_ones_own(promptopt: Command) -> None:
    write_data()
    arguments = ["tasks", "show", "data.csv", "--seed", "3", "--answer-separator", "", "--json"]
    shown = json.loads(promptopt(*arguments).out)
    assert shown["fields"] == {"input": "singular", "output": "plural"}
    assert sum(shown["splits"].values()) + shown["unused"] == 30
    assert shown["removed"]["pool"] == 1


def test_the_test_split_stays_sealed(promptopt: Command) -> None:
    Path("data.csv").write_text(
        "input,output,split\nopen1,a,train\nopen2,b,dev\nsealed,secret,test\n"
    )
    done = promptopt("tasks", "show", "data.csv")
    assert "open1" in done.out
    assert "sealed" not in done.out
    assert "secret" not in done.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nowhere.csv"], "nowhere.csv"),
        (["data.csv", "--input-column", "singulra"], "did you mean 'singular'?"),
        (["data.csv", "--train", "0"], "0 is not in the range"),
        (["data.csv", "--dev", "500"], "500"),
        (["a\x1b.csv"], "a␛.csv"),
    ],
)
def test_wrong_requests(promptopt: Command, arguments: list[str], expected: str) -> None:
    write_data()
    done = promptopt("tasks", "show", *arguments)
    assert (done.status, done.out) == (2, "")
    assert expected in done.err
    assert done.err.startswith("error: ")


def test_hostile_data(promptopt: Command) -> None:
    Path("data.csv").write_text(
        "input,output\n" + "".join(f'"[/INST]\x1b[2J {at}\nx",\u202ey\n' for at in range(9))
    )
    done = promptopt("tasks", "show", "data.csv")
    assert done.status == 0
    assert "[/INST]␛[2J" in done.out
    assert "‹U+202E›y" in done.out
