from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.tasks.load import load_dataset
from tests.tasks.files import error_of, load, pairs, write


@pytest.mark.parametrize("name", ["d.csv", "d.tsv", "d.jsonl", "d.json", "d.txt"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\r\n\t\n"])
def test_an_empty_file(tmp_path: Path, name: str, content: bytes) -> None:
    path = write(tmp_path / name, content)
    assert error_of(path) == f"{path} is empty"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_that_is_not_utf_8(tmp_path: Path, mark: bytes) -> None:
    before = mark + b"input,output\na,1\nna"
    path = write(tmp_path / "d.csv", before + b"\xefve,2\n")
    assert error_of(path).startswith(f"{path}:3: byte {len(before) + 1} (0xef) is not UTF-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-16-le"])
def test_another_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "d.csv", "input,output\na,1\n".encode(encoding))
    message = error_of(path)
    assert str(path) in message
    assert "save" in message
    assert "UTF-8" in message


def test_a_file_that_is_missing_names_the_ones_like_it(tmp_path: Path) -> None:
    write(tmp_path / "plurals_mine.csv", "input,output\na,1\n")
    message = error_of(tmp_path / "plural_mine.csv")
    assert message.startswith(f"there is no file {tmp_path / 'plural_mine.csv'}")
    assert f"did you mean {tmp_path / 'plurals_mine.csv'}?" in message


@pytest.mark.parametrize("source", ["no\0such", "x" * 5000, "nowhere/at/all:task", "a:", ":b"])
def test_a_source_that_cannot_be(source: str) -> None:
    assert error_of(source).startswith(f"there is no file {source} and no bundled task")


@pytest.mark.parametrize("source", ["", "  "])
def test_an_empty_source(source: str) -> None:
    with pytest.raises(InputError, match="the task's name is empty"):
        load_dataset(source)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "input,output\na,1\n")
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        assert error_of(path) == f"cannot read {path}: Permission denied"
    else:
        pytest.skip("this user may read everything")
    finally:
        path.chmod(0o600)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("input,output\na,1\n", "CSV"),
        ("input\toutput\na\t1\n", "TSV"),
        ('{"input": "a", "output": 1}\n{"input": "b", "output": 2}\n', "JSON Lines"),
        ('[{"input": "a", "output": 1}]', "JSON"),
    ],
)
@pytest.mark.parametrize("name", ["data", "data.txt", "data.CSV.bak"])
def test_a_format_is_known_by_its_content(tmp_path: Path, text: str, kind: str, name: str) -> None:
    dataset = load(write(tmp_path / name, text))
    assert dataset.format == kind
    assert pairs(dataset)[0] == ("a", "1")


def test_endings_in_capitals(tmp_path: Path) -> None:
    assert load(write(tmp_path / "D.TSV", "input\toutput\na, b\t1\n")).format == "TSV"


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "notes.md", "Just a line of text.\nAnd another.\n")
    message = error_of(path)
    assert message.startswith(f"{path}: its format is not known")
    for kind in ("CSV", "TSV", "JSON Lines", "JSON"):
        assert kind in message


def test_text_with_commas_says_what_it_was_taken_for(tmp_path: Path) -> None:
    path = write(tmp_path / "notes.md", "Well, a line.\nAnd, well, another, longer.\n")
    assert "taken as CSV" in error_of(path)


def test_a_spreadsheet(tmp_path: Path) -> None:
    path = write(tmp_path / "d.xlsx", b"PK\x03\x04\xff")
    assert "a .xlsx file is not read; save the data as CSV" in error_of(path)
