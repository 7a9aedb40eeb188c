from __future__ import annotations

from pathlib import Path

import pytest

from tests.tasks.files import error_of, load, pairs, write

ROWS = [("time", "t"), ("game", "g"), ("film", "f")]


@pytest.mark.parametrize(
    ("name", "delimiter", "kind"), [("d.csv", ",", "CSV"), ("d.tsv", "\t", "TSV")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(
    tmp_path: Path, name: str, delimiter: str, kind: str, end: str, mark: bytes
) -> None:
    lines = [f"input{delimiter}output", *(delimiter.join(row) for row in ROWS)]
    dataset = load(write(tmp_path / name, mark + (end.join(lines) + end).encode()))
    assert pairs(dataset) == ROWS
    assert dataset.format == kind
    assert dataset.name == "d"
    assert dataset.source == str(tmp_path / name)
    assert dataset.fields == {"input": "input", "output": "output"}
    assert dataset.metric == "exact_match"
    assert dataset.notes == ()


def test_quotes_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'input,output\r\n"one, ""two""\r\nthree",a\r\n'
    assert pairs(load(write(tmp_path / "d.csv", text))) == [('one, "two"\nthree', "a")]


def test_blank_rows_are_skipped_and_lines_still_counted(tmp_path: Path) -> None:
    text = "\n\ninput,output\n\na,1\n,\n   \nb,2\n\n"
    assert pairs(load(write(tmp_path / "d.csv", text))) == [("a", "1"), ("b", "2")]
    path = write(tmp_path / "e.csv", text + "\nc\n")
    assert error_of(path).startswith(f"{path}:11: the row has 1 field, but there are 2 columns")


def test_inputs_stay_as_they_stand_and_answers_are_stripped(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input,output\n  a b , yes \n")
    assert pairs(load(path)) == [("  a b ", "yes")]


def test_columns_without_a_name_have_no_role(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", ",input,output,\n0,a,1,\n1,b,2,\n")
    assert pairs(load(path)) == [("a", "1"), ("b", "2")]


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_delimiter_is_noticed(tmp_path: Path, separator: str, word: str) -> None:
    path = write(tmp_path / "d.csv", f"input{separator}output\na, b{separator}1\n")
    dataset = load(path)
    assert pairs(dataset) == [("a, b", "1")]
    assert dataset.notes == (f"The columns are separated by {word}.",)


def test_tab_separated_text_with_stray_quotes(tmp_path: Path) -> None:
    text = 'input\toutput\n"Hello, she said.\tpositive\nIt is 5" long\tnegative\n"x"\tpositive\n'
    dataset = load(write(tmp_path / "d.tsv", text))
    assert pairs(dataset) == [
        ('"Hello, she said.', "positive"),
        ('It is 5" long', "negative"),
        ('"x"', "positive"),
    ]
    assert any("Quotation marks" in note for note in dataset.notes)


def test_tab_separated_text_with_quoted_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "d.tsv", 'input\toutput\n"a\tb\nc"\t1\n')
    assert pairs(load(path)) == [("a\tb\nc", "1")]


def test_a_cell_may_be_huge(tmp_path: Path) -> None:
    long = "word " * 60_000
    assert pairs(load(write(tmp_path / "d.csv", f"input,output\n{long},yes\n"))) == [(long, "yes")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("input,output\na,1\nb,2,3\n", 3, "the row has 3 fields, but there are 2 columns"),
        ('input,output\n"a\nb",1\nc\n', 4, "the row has 1 field, but there are 2 columns"),
        ('input,output\na,1\n"b,2\nc,3\n', 3, "never closed"),
        ('input,output\n"a" b,1\n', 2, "goes on after its closing quotation mark"),
        ("input,output\na,1\n  ,2\n", 3, '"input": the input is empty'),
        ("input,output\na,1\nb,\n", 3, '"output": the answer is empty'),
        ("\ninput,output,input\na,1,b\n", 2, "two columns are named 'input'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path / "d.csv", text)
    message = error_of(path)
    assert message.startswith(f"{path}:{line}")
    assert said in message


def test_names_without_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input,output\n\n")
    assert error_of(path) == f"{path} has a line of column names, but no examples below it"


def test_a_single_column(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input\na\n")
    message = error_of(path)
    assert "output" in message
    assert "its columns are: 'input'" in message
