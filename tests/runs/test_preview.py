"""What is understood of data before a run, and quickly again."""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.runs.config import TaskConfig
from promptopt.runs.data_reader import LARGE, DataReader, Superseded
from promptopt.runs.preview import (
    column_names,
    columns_of,
    lines_around,
    preview,
)
from promptopt.tasks.load import load_dataset
from promptopt.tasks.splits import SplitSizes, draw_splits


def table(path: Path, rows: int = 40, text: str = "in") -> Path:
    path.write_text("input,output\n" + "".join(f"{text}{n},out{n}\n" for n in range(rows)))
    return path


def test_rows_are_those_of_the_splits_and_test_stays_sealed(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv")
    shown = preview(TaskConfig(str(path), train=5, dev=8, test=20), 3, DataReader().load)
    assert shown.counts == {"train": 5, "dev": 8, "test": 20}
    assert [row.split for row in shown.rows] == ["train"] * 5 + ["dev"] * 8
    assert (shown.total, shown.unused) == (40, 7)
    assert shown.fields == {"input": "input", "output": "output"}
    assert (shown.metric, shown.suggested) == ("exact_match", "exact_match")
    scored = preview(TaskConfig(str(path), metric="token_f1"), 3, DataReader().load)
    assert (scored.metric, scored.suggested) == ("token_f1", "exact_match")


def test_data_that_cannot_be_divided_are_shown_but_for_test(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"q{n},a,{'test' if n % 2 else 'train'}\n" for n in range(6))
    path.write_text(f"input,output,split\n{rows}")
    shown = preview(TaskConfig(str(path), train=100), 0, DataReader().load)
    assert shown.counts == {}
    assert {row.split for row in shown.rows} == {"train"}


def test_what_was_loaded_is_kept_until_the_file_is_another_one(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv")
    reader = DataReader()
    first = reader.load(str(path))
    assert first == load_dataset(str(path))
    assert reader.load(str(path)) is first
    assert reader.load(str(path), metric="token_f1").given is first.given
    table(path, text="other")
    os.utime(path, ns=(1, 1))
    assert reader.load(str(path)) == load_dataset(str(path)) != first
    folder = tmp_path / "folder"
    folder.mkdir()
    table(folder / "train.csv")
    kept = reader.load(str(folder))
    assert reader.load(str(folder)) is kept
    table(folder / "test.csv", text="more")
    assert set(reader.load(str(folder)).given) == {"train", "test"}


def test_what_was_drawn_is_kept_until_it_is_drawn_otherwise(tmp_path: Path) -> None:
    reader = DataReader()
    path = str(table(tmp_path / "a.csv"))
    dataset, sizes = reader.load(path), SplitSizes(5, 8, 9)
    first = reader.draw(dataset, sizes, 1)
    assert first == draw_splits(dataset, sizes, 1)
    assert reader.draw(reader.load(path, metric="token_f1"), sizes, 1) is first
    assert reader.draw(dataset, sizes, 2) == draw_splits(dataset, sizes, 2) != first
    assert len(reader.draw(dataset, SplitSizes(5, 8, 7), 2).test) == 7
    other = load_dataset(str(table(tmp_path / "b.csv", text="other")))
    assert reader.draw(other, SplitSizes(5, 8, 7), 2) == draw_splits(other, SplitSizes(5, 8, 7), 2)


def test_an_error_is_kept_and_told_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("input,output\na\n")
    reader = DataReader()
    for _ in range(2):
        with pytest.raises(InputError, match=r"a\.csv:2"):
            reader.load(str(path))
    table(path)
    assert reader.load(str(path)).name == "a"
    with pytest.raises(InputError, match="did you mean exact_match"):
        reader.load(str(path), metric="exact_mach")


def test_of_large_files_one_is_read_at_a_time_and_none_in_vain(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", rows=LARGE // 100, text="x" * 100)
    reader = DataReader()
    wanted = threading.Event()
    ended: list[str] = []

    def work() -> None:
        try:
            reader.load(str(path), superseded=wanted.is_set)
            ended.append("loaded")
        except Superseded:
            ended.append("superseded")

    reader._one_at_a_time.acquire()
    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    wanted.set()
    reader._one_at_a_time.release()
    for each in threads:
        each.join()
    assert ended == ["superseded"] * 3


def test_of_two_files_one_is_held_and_nothing_is_kept_from_the_collector(tmp_path: Path) -> None:
    reader = DataReader()
    frozen = gc.get_freeze_count()
    dataset = reader.load(str(table(tmp_path / "a.csv", rows=LARGE // 100, text="x" * 100)))
    reader.draw(dataset, SplitSizes(5, 8, 9), 1)
    example = dataset.given[""][0]
    assert not gc.is_tracked(example)
    assert gc.get_freeze_count() == frozen
    (tmp_path / "b.csv").write_text("input,output\na\n")
    with pytest.raises(InputError):
        reader.load(str(tmp_path / "b.csv"))
    reader.draw(dataset, SplitSizes(5, 8, 9), 1)  # by whom the other file has overtaken
    del dataset
    # Held by the name here and the argument there: by no data set and no split any more.
    assert sys.getrefcount(example) == 2


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", 'noun,"a, b",\n1,2,3\n', ("noun", "a, b")),
        ("a.csv", "noun;plural\n1;2\n", ("noun", "plural")),
        ("a.tsv", "noun\tplural\n1\t2\n", ("noun", "plural")),
        ("a.jsonl", '{"q": 1}\n{"q": 2, "more": 3}\n', ("q", "more")),
        ("a.json", json.dumps([{"q": 1, "a": "x:y"}], indent=1), ("q", "a")),
        ("a.csv", "", ()),
        ("a.csv", '"not closed', ("not closed",)),
        ("nowhere.csv", None, ()),
    ],
)
def test_names_of_columns_are_found_in_the_beginning(
    tmp_path: Path, name: str, text: str | None, expected: tuple[str, ...]
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    assert column_names(str(tmp_path / name)) == expected


def test_names_of_columns_of_what_is_no_file(tmp_path: Path) -> None:
    assert column_names(str(tmp_path)) == ()
    assert column_names("sentiment") == ("input", "output")
    assert column_names("x" * 5000) == ()
    assert column_names("a\0b") == ()


def test_lines_around_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a: b.csv"
    path.write_text("".join(f"line {n}\n" for n in range(1, 9)))
    assert lines_around(f"{path}:4: wrong") == [
        (2, "line 2", False),
        (3, "line 3", False),
        (4, "line 4", True),
        (5, "line 5", False),
        (6, "line 6", False),
    ]
    assert [number for number, _, _ in lines_around(f"{path}:1: wrong")] == [1, 2, 3]
    assert lines_around("nowhere.csv:4: wrong") == []
    assert lines_around("there is no file x") == []


def test_a_preview_reads_what_a_run_would(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "".join(f"q{n},x{n}|y{n},z\n" for n in range(20)))
    task = TaskConfig(str(path), input_column="a", output_column="b", answer_separator="")
    shown = preview(task, 0, partial(load_dataset))
    assert all("|" in row.references[0] for row in shown.rows)
    assert columns_of(task).output == "b"
