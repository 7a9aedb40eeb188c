from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promptopt.tasks.dataset import Dataset
from tests.tasks.files import error_of, examples, load, write


def rows(*items: tuple[list[str], Any]) -> list[dict[str, Any]]:
    return [
        {"question": f"q{number}", "choices": choices, "answer": answer}
        for number, (choices, answer) in enumerate(items)
    ]


def references(dataset: Dataset) -> list[tuple[str, ...]]:
    assert dataset.metric == "choice"
    return [each.references for each in examples(dataset)]


COLOURS = ["red", "green", "blue"]


@pytest.mark.parametrize(
    ("answers", "meant", "said"),
    [
        (["red", "blue"], ["red", "blue"], None),
        (["RED ", "Blue"], ["red", "blue"], None),
        (["A", "C"], ["red", "blue"], "letters"),
        (["(a)", "c."], ["red", "blue"], "letters"),
        ([0, 2], ["red", "blue"], "counted from 0"),
        ([3, 1], ["blue", "red"], "counted from 1"),
        (["red", "C"], ["red", "blue"], "texts or letters"),
        ([["A", "B"], "C"], None, "letters"),
    ],
)
def test_how_answers_name_their_option(
    tmp_path: Path, answers: list[Any], meant: list[str] | None, said: str | None
) -> None:
    path = write(tmp_path / "d.json", rows(*((COLOURS, answer) for answer in answers)))
    dataset = load(path)
    wanted = [(each,) for each in meant] if meant else [("red", "green"), ("blue",)]
    assert references(dataset) == wanted
    assert [each.choices for each in examples(dataset)] == [tuple(COLOURS)] * 2
    assert len(dataset.notes) == (said is not None)
    if said:
        assert said in dataset.notes[0]


def test_texts_that_look_like_letters_or_numbers_are_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json", rows((["B", "A", "C"], "A"), (["C", "A", "B"], "B")))
    assert references(load(path)) == [("A",), ("B",)]
    path = write(tmp_path / "e.json", rows((["2", "1", "3"], 1), (["2", "3", "1"], 3)))
    assert references(load(path)) == [("1",), ("3",)]


def test_letters_win_where_texts_do_not_fit_all(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json", rows((["B", "A", "C"], "A"), (["x", "y", "z"], "B")))
    assert references(load(path)) == [("B",), ("y",)]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([(COLOURS, "red"), (COLOURS, "pink")], "the answer 'pink' is not one of the choices"),
        ([(COLOURS, "A"), (COLOURS, "D")], "the answer 'D' is not one of the choices"),
        ([(COLOURS, 0), (COLOURS, 3)], "the answer '0' is not one of the choices"),
        ([(COLOURS, 1), (COLOURS, 2)], "whether the first option is 0 or 1"),
        (
            [(COLOURS, "red"), (["B", "A"], "B"), (COLOURS, "C")],
            "the answer 'B' is one option's text and another's letter",
        ),
        ([(COLOURS, "A"), (["red"], "A")], "row 2: there must be two choices or more, found 1"),
        (
            [(COLOURS, "A"), (["a", "b", "a"], "A")],
            "row 2, \"choices\": the choice 'a' stands twice",
        ),
        ([([str(n) for n in range(27)], "A")], "row 1: there are 27 choices; at most 26"),
        ([(COLOURS, "A"), ([], "A")], 'row 2, field "choices": the list of choices is empty'),
        ([(["red", ""], "A")], 'row 1, field "choices": there is an empty choice'),
        ([({"A": "x", "C": "y"}, "A")], 'row 1, field "choices": the keys'),
        ([(None, "A")], 'row 1, field "choices": the choices must be a text, not null'),
    ],
)
def test_questions_that_cannot_be(tmp_path: Path, items: list[Any], said: str) -> None:
    path = write(tmp_path / "d.json", rows(*items))
    message = error_of(path)
    assert message.startswith(f"{path}:1, row ")
    assert said in message


def test_choices_as_an_object(tmp_path: Path) -> None:
    options = {"A": "x", "B": "y"}
    path = write(tmp_path / "d.json", [{"question": "q", "options": options, "answer": "B"}])
    assert references(load(path)) == [("y",)]


@pytest.mark.parametrize("cell", ["red | green|blue", '["red", "green", "blue"]'])
def test_choices_in_one_cell(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path / "d.tsv", f"question\tOptions\tanswer\nq\t{cell}\tB | C\n")
    dataset = load(path)
    assert references(dataset) == [("green", "blue")]
    assert dataset.fields["choices"] == "Options"


@pytest.mark.parametrize(
    "names",
    [
        ["A", "B", "C", "D"],
        ["option_a", "option_b", "option_c", "option_d"],
        ["Option 1", "Option 2", "Option 3", "Option 4"],
        ["choice0", "choice1", "choice2", "choice3"],
    ],
)
def test_choices_in_several_columns(tmp_path: Path, names: list[str]) -> None:
    text = f"question,{','.join(names)},answer\nq,w,x,y,z,D\nr,w,x,,,A\n"
    dataset = load(write(tmp_path / "d.csv", text))
    assert [each.choices for each in examples(dataset)] == [("w", "x", "y", "z"), ("w", "x")]
    assert references(dataset) == [("z",), ("w",)]
    path = write(tmp_path / "e.csv", text + "s,w,,y,z,A\n")
    assert error_of(path) == f'{path}:4, "{names[1]}": choice 2 is empty'


def test_named_choices(tmp_path: Path) -> None:
    text = "question,this,that,answer\nq,x,y,B\n"
    path = write(tmp_path / "d.csv", text)
    for named in ("this,that", "this, THAT", ("this", "that")):
        assert references(load(path, choices=named)) == [("y",)]
    assert "has no column 'those'" in error_of(path, choices="this,those")


def test_choices_can_be_switched_off(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "question,choices,answer\nq,x|y,B\n")
    dataset = load(path, choices="")
    assert (dataset.metric, examples(dataset)[0].choices) == ("exact_match", ())


def test_two_columns_called_a_and_b_are_no_choices(tmp_path: Path) -> None:
    dataset = load(write(tmp_path / "d.csv", "a,b\nx,y\n"))
    assert dataset.fields == {"input": "a", "output": "b"}


def test_an_answer_in_a_table_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "question,choices,answer\nq,x|y,x\nr,x|y,z\n")
    said = "the answer 'z' is not one of the choices: 'x', 'y'"
    assert error_of(path) == f'{path}:3, "answer": {said}'
