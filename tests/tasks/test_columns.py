from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.tasks.columns import INPUT_NAMES, OUTPUT_NAMES
from tests.tasks.files import error_of, load, pairs, write


def table(*names: str) -> str:
    """A CSV text with these columns and two rows, whose cells are named for their column."""
    rows = [",".join(f"{name.strip()}{number}" for name in names) for number in (1, 2)]
    return "\n".join([",".join(names), *rows])


@pytest.mark.parametrize("name", [name for group in INPUT_NAMES for name in group])
def test_every_input_name_is_recognised(tmp_path: Path, name: str) -> None:
    dataset = load(write(tmp_path / "d.csv", table("id", "output", name)))
    assert dataset.fields == {"input": name, "output": "output"}


@pytest.mark.parametrize("name", [name for group in OUTPUT_NAMES for name in group])
def test_every_output_name_is_recognised(tmp_path: Path, name: str) -> None:
    dataset = load(write(tmp_path / "d.csv", table("id", name, "input")))
    assert dataset.fields == {"input": "input", "output": name}


@pytest.mark.parametrize("name", ["Expected Output", "expected_output", " EXPECTED-OUTPUT "])
def test_case_spaces_and_underscores_do_not_matter(tmp_path: Path, name: str) -> None:
    dataset = load(write(tmp_path / "d.csv", table("The id", "In put", name)))
    assert dataset.fields == {"input": "In put", "output": name.strip()}


def test_surer_names_win(tmp_path: Path) -> None:
    names = ("Source", "Question", "Target")
    assert load(write(tmp_path / "a.csv", table(*names))).fields["input"] == "Question"
    more = ("text", "answer", "input", "output")
    assert load(write(tmp_path / "b.csv", table(*more))).fields == {
        "input": "input",
        "output": "output",
    }


def test_named_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", table("input", "output", "Hard Question", "note"))
    dataset = load(path, input="hard_question", output="note")
    assert pairs(dataset) == [("Hard Question1", "note1"), ("Hard Question2", "note2")]
    assert load(path, output="note").fields == {"input": "input", "output": "note"}
    path = write(tmp_path / "e.csv", table("id", "answer", "label"))
    assert load(path, input="answer").fields == {"input": "answer", "output": "label"}


def test_a_named_column_that_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", table("input", "output", "rating"))
    assert error_of(path, output="ratings") == (
        f"{path} has no column 'ratings'; did you mean 'rating'? "
        "Its columns are: 'input', 'output', 'rating'"
    )
    assert "did you mean" not in error_of(path, output="xyz")
    lines = write(tmp_path / "d.jsonl", '{"input": "a", "output": "b"}\n')
    assert f"{lines} has no field 'xyz'" in error_of(lines, split="xyz")


def test_a_name_that_could_be_two_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", table("Answer", "ANSWER", "input"))
    assert "'Answer', 'ANSWER'; write it exactly" in error_of(path, output="answer")
    assert load(path, output="ANSWER").fields["output"] == "ANSWER"


@pytest.mark.parametrize(
    ("names", "role", "candidates"),
    [
        (("text", "question", "answer"), "input", "'text', 'question'"),
        (("input", "answer", "label"), "output", "'answer', 'label'"),
    ],
)
def test_two_columns_for_one_role(
    tmp_path: Path, names: tuple[str, ...], role: str, candidates: str
) -> None:
    path = write(tmp_path / "d.csv", table(*names))
    message = error_of(path)
    assert message.startswith(f"{path}: the columns {candidates} could each be the {role}")
    assert f"--{role}-column" in message
    assert f"{role}_column under [task]" in message
    assert load(path, **{role: names[1]}).fields[role] == names[1]


def test_no_column_for_a_role(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", table("id", "first", "second"))
    message = error_of(path)
    assert message.startswith(f"{path}: no column is known to be the input")
    assert "--input-column" in message
    assert "its columns are: 'id', 'first', 'second'" in message
    assert "--output-column" in error_of(path, input="first")


@pytest.mark.parametrize(
    ("names", "input_name", "output_name"),
    [
        (("first", "second"), "first", "second"),
        (("first", "question"), "question", "first"),
        (("answer", "second"), "second", "answer"),
        (("word", "plural"), "word", "plural"),
    ],
)
def test_two_columns_are_input_and_output(
    tmp_path: Path, names: tuple[str, ...], input_name: str, output_name: str
) -> None:
    dataset = load(write(tmp_path / "d.csv", table(*names)))
    assert dataset.fields == {"input": input_name, "output": output_name}
    assert len(dataset.notes) == 1
    assert repr(input_name) in dataset.notes[0]


def test_one_column_cannot_have_two_roles(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", table("input", "output", "note"))
    assert "'note' cannot be both input and output" in error_of(path, input="note", output="note")
    assert "cannot be both" in error_of(path, output="input")


def test_a_split_column(tmp_path: Path) -> None:
    values = ["train", "Training", "dev", "validation", "val", "eval", "TEST", "test "]
    rows = "\n".join(f"{value},i{n},o{n}" for n, value in enumerate(values))
    dataset = load(write(tmp_path / "d.csv", "Split,input,output\n" + rows))
    given = {split: [each.input for each in part] for split, part in dataset.given.items()}
    assert given == {"train": ["i0", "i1"], "dev": ["i2", "i3", "i4", "i5"], "test": ["i6", "i7"]}
    assert dataset.fields["split"] == "Split"


@pytest.mark.parametrize(("value", "shown"), [("held", "'held'"), ("", "nothing")])
def test_an_unknown_split(tmp_path: Path, value: str, shown: str) -> None:
    path = write(tmp_path / "d.csv", f"split,input,output\ntrain,a,1\n{value},b,2\n")
    message = error_of(path)
    assert message.startswith(f'{path}:3, "split": expected train, dev')
    assert f"found {shown}" in message
    assert len(load(path, split="").given[""]) == 2


def test_a_column_called_set_need_not_name_splits(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "set,input,output\n1,a,1\n2,b,2\n")
    dataset = load(path)
    assert len(dataset.given[""]) == 2
    assert "'set' is passed over" in dataset.notes[0]
    assert "expected train" in error_of(path, split="set")
    path = write(tmp_path / "e.csv", "set,input,output\ntrain,a,1\ntest,b,2\n")
    assert set(load(path).given) == {"train", "test"}
