from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.tasks.answers import check_separator, split_answers
from tests.tasks.files import error_of, load, pairs, write


def join(answers: list[str], separator: str) -> str:
    """One cell with several answers, escaped as `split_answers` documents."""

    def escape(answer: str) -> str:
        doubled = re.sub(rf"(\\*){re.escape(separator)}", rf"\1\1\\{separator}", answer)
        return doubled + "\\" * (len(answer) - len(answer.rstrip("\\")))

    # Only before a separator is a backslash more than itself.
    last = re.sub(rf"(\\*){re.escape(separator)}", rf"\1\1\\{separator}", answers[-1])
    return separator.join([*map(escape, answers[:-1]), last])


texts = st.text("ab|;\\ ", min_size=1).map(str.strip).filter(bool)


@given(st.lists(texts, min_size=1, max_size=5), st.sampled_from("|;"))
def test_what_was_escaped_comes_back(answers: list[str], separator: str) -> None:
    assert split_answers(join(answers, separator), separator) == answers


@given(st.text())
def test_without_a_separator_a_cell_is_one_answer(cell: str) -> None:
    assert split_answers(cell, "") == [cell.strip()]


@pytest.mark.parametrize(
    ("cell", "answers"),
    [
        ("big | large|huge", ("big", "large", "huge")),
        (r"a\|b | c", ("a|b", "c")),
        (r"C:\dir\ ", ("C:\\dir\\",)),
        (r"end\\|next", ("end\\", "next")),
        (r"\frac{1}{2}", (r"\frac{1}{2}",)),
        ("big|big| big", ("big",)),
        ('["big", "a|b"]', ("big", "a|b")),
        ("[1, 2, 3]", ("[1, 2, 3]",)),
        ("[sic]", ("[sic]",)),
        ('["open"', ('["open"',)),
        ('[["a"]]', ('[["a"]]',)),
        ("[]", ("[]",)),
    ],
)
def test_cells_with_several_answers(tmp_path: Path, cell: str, answers: tuple[str, ...]) -> None:
    path = write(tmp_path / "d.tsv", f"input\toutput\nq\t{cell}\nr\tplain\n")
    assert pairs(load(path)) == [("q", *answers), ("r", "plain")]


def test_a_separator_that_was_applied_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input,output\na,1|2\nb,3\nc,4|5\n")
    assert "separated by '|': 2 of 3 rows have several" in load(path).notes[0]
    off = load(path, answer_separator="")
    assert pairs(off) == [("a", "1|2"), ("b", "3"), ("c", "4|5")]
    assert off.notes == ()
    assert load(write(tmp_path / "e.csv", "input,output\na,1\n")).notes == ()


def test_lists_that_were_applied_are_noted(tmp_path: Path) -> None:
    path = write(tmp_path / "d.tsv", 'input\toutput\na\t["1", "2"]\nb\t3\n')
    assert "Lists of answers were found in 1 of 2 rows" in load(path).notes[0]
    assert pairs(load(path, answer_separator=""))[0] == ("a", '["1", "2"]')


def test_bars_that_would_leave_an_answer_empty_are_text(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input,output\na,x|y\nb,x || y\n")
    dataset = load(path)
    assert pairs(dataset) == [("a", "x|y"), ("b", "x || y")]
    assert f"({path}:3)" in dataset.notes[0]
    message = error_of(path, answer_separator="|")
    assert message.startswith(f'{path}:3, "output": there is an empty answer')


def test_another_separator(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", 'input,output\na,"x; y|z"\n')
    assert pairs(load(path, answer_separator=";")) == [("a", "x", "y|z")]


@pytest.mark.parametrize("separator", [" ", "\t", "\\", "\\|"])
def test_a_separator_that_cannot_be(tmp_path: Path, separator: str) -> None:
    with pytest.raises(InputError, match="answer separator"):
        check_separator(separator)
    path = write(tmp_path / "d.csv", "input,output\na,1\n")
    assert "answer separator" in error_of(path, answer_separator=separator)


def test_an_empty_answer_in_a_list(tmp_path: Path) -> None:
    path = write(tmp_path / "d.tsv", 'input\toutput\na\t["1", " "]\n')
    assert error_of(path).startswith(f'{path}:2, "output": there is an empty answer')
