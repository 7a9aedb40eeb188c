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


def write_family(folder: Path) -> None:
    """Two tasks in the form of BIG-Bench Hard."""
    folder.mkdir(parents=True)
    for name, target in (("minus", "{}"), ("even", "Yes")):
        rows = [{"input": f"{name} {at}", "target": target.format(at)} for at in range(30)]
        text = json.dumps({"canary": "none", "examples": [*rows, rows[0]]})
        (folder / f"{name}.json").write_text(text)


def test_the_families_are_listed(promptopt: Command) -> None:
    done = promptopt("tasks")
    families = json.loads(promptopt("tasks", "--json").out)["families"]
    assert [each["name"] for each in families] == [
        *("Instruction Induction", "BIG-Bench Hard", "MMLU", "GSM8K"),
        *("Winograd schemas", "WebNLG", "TruthfulQA"),
    ]
    for each in families:
        assert each["name"] in done.out
        assert each["files"] in done.out


def test_the_tasks_of_a_folder(promptopt: Command) -> None:
    write_family(Path("family"))
    done = promptopt("tasks", "family")
    assert (done.status, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["task", "family", "metric", "train", "dev", "test", "removed"],
        ["even", "BIG-Bench", "Hard", "boolean", "6", "12", "12", "1"],
        ["minus", "BIG-Bench", "Hard", "number", "6", "12", "12", "1"],
    ]
    for arguments in (("tasks", "family", "--json"), ("tasks", "--json", "family")):
        listed = json.loads(promptopt(*arguments).out)
        assert listed["tasks"][0] == {
            "name": "even",
            "source": "family:even",
            "format": "BIG-Bench Hard",
            "metric": "boolean",
            "examples": {"": 31},
            "splits": {"train": 6, "dev": 12, "test": 12},
            "removed": 1,
        }
        assert (listed["broken"], listed["folders"]) == ([], [])
    # What is listed can be named as it stands there.
    assert promptopt("tasks", "show", listed["tasks"][0]["source"]).status == 0


def test_a_folder_of_one_s_home(
    promptopt: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_family(tmp_path / "family")
    monkeypatch.setenv("HOME", str(tmp_path))
    for arguments in (("tasks", "~/family"), ("tasks", "list", "~/family")):
        done = promptopt(*arguments)
        assert (done.status, done.err) == (0, "")
        assert done.out.splitlines()[1].startswith("even ")


@pytest.mark.parametrize("name", ["", "nowhere", "a.csv", "x" * 300])
def test_a_folder_that_is_none(promptopt: Command, name: str) -> None:
    Path("a.csv").write_text("input,output\n")
    done = promptopt("tasks", "list", name)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: there is no folder {name!r}\n"


def test_one_task_is_shown_without_saying_show(promptopt: Command) -> None:
    write_family(Path("family"))
    for task in ("family/even.json", "family:even", "plurals"):
        assert promptopt("tasks", task).out == promptopt("tasks", "show", task).out
    shown = json.loads(promptopt("tasks", "--json", "family:even").out)
    assert shown["final_turn"] == 'Therefore, give your final answer: only "Yes" or "No".'
    assert f"turn 2   {shown['final_turn']}" in promptopt("tasks", "family:even").out


def test_a_folder_with_a_broken_task(promptopt: Command) -> None:
    write_family(Path("family"))
    Path("family/bad.json").write_text('{"examples": [{"input": "a"}]}')
    done = promptopt("tasks", "family")
    assert done.status == 2
    assert "minus" in done.out
    assert "family/bad.json" in done.err
    assert "error: 1 of 3 tasks of family cannot be read" in done.err


def test_folders_in_a_folder(promptopt: Command) -> None:
    write_family(Path("all/family"))
    done = promptopt("tasks", "all")
    assert (done.status, done.out) == (0, "")
    assert "list them with: promptopt tasks all/family" in done.err
    Path("none").mkdir()
    done = promptopt("tasks", "none")
    assert (done.status, "holds no task" in done.err) == (2, True)


def test_all_published_folders_can_be_listed(promptopt: Command, benchmark_data: Path) -> None:
    for name, count in (("bbh", 20), ("mmlu", 10), ("instruction_induction", 18), (".", 4)):
        done = promptopt("tasks", str(benchmark_data / name), "--json")
        assert done.status == 0
        listed = json.loads(done.out)
        assert (len(listed["tasks"]), listed["broken"]) == (count, [])
        assert len(listed["folders"]) == (3 if name == "." else 0)
