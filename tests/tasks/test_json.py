from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.files import error_of, load, pairs, write

ROWS = [{"input": "a", "output": "1"}, {"input": "b", "output": ["2", "two"]}]
PAIRS = [("a", "1"), ("b", "2", "two")]


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        {"examples": ROWS},
        {"canary": "do not train on this", "examples": ROWS},
    ],
)
def test_json_shapes(tmp_path: Path, content: Any) -> None:
    dataset = load(write(tmp_path / "d.json", content))
    assert pairs(dataset) == PAIRS
    assert dataset.format == "JSON"


def test_json_lines(tmp_path: Path) -> None:
    text = "\ufeff" + "\r\n\r\n".join(json.dumps(row) for row in ROWS) + "\r\n"
    for name in ("d.jsonl", "d.ndjson"):
        dataset = load(write(tmp_path / name, text))
        assert pairs(dataset) == PAIRS
        assert dataset.format == "JSON Lines"
        assert dataset.notes == ()


def test_json_lines_are_not_cut_at_other_line_separators(tmp_path: Path) -> None:
    text = '{"input": "a\u2028b\x85c", "output": "1"}\n'
    assert pairs(load(write(tmp_path / "d.jsonl", text))) == [("a\u2028b\x85c", "1")]


def test_lines_in_a_json_file_and_a_list_in_a_lines_file(tmp_path: Path) -> None:
    lines = load(write(tmp_path / "d.json", "\n".join(json.dumps(row) for row in ROWS)))
    assert (pairs(lines), lines.format) == (PAIRS, "JSON Lines")
    assert lines.notes
    whole = load(write(tmp_path / "d.jsonl", json.dumps(ROWS, indent=1)))
    assert (pairs(whole), whole.format) == (PAIRS, "JSON")
    assert whole.notes


def test_scalars_keep_their_json_text(tmp_path: Path) -> None:
    text = """[{"input": 12345678901234567890123, "output": 1.50},
               {"input": 1e3, "output": true}, {"input": "x", "output": [false, -0, 2]}]"""
    assert pairs(load(write(tmp_path / "d.json", text))) == [
        ("12345678901234567890123", "1.50"),
        ("1e3", "true"),
        ("x", "false", "-0", "2"),
    ]


def test_a_bar_in_a_json_text_is_text(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json", [{"input": "a", "output": "x|y"}])
    assert pairs(load(path)) == [("a", "x|y")]
    assert pairs(load(path, answer_separator="|")) == [("a", "x", "y")]


def test_splits_as_keys(tmp_path: Path) -> None:
    content = {"train": ROWS, "validation": ROWS[:1], "test": ROWS[1:]}
    given = load(write(tmp_path / "d.json", content)).given
    assert {split: len(part) for split, part in given.items()} == {"train": 2, "dev": 1, "test": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "holds no examples"),
        ({"examples": []}, "holds no examples"),
        ({"examples": "x"}, '"examples" must be a list'),
        ({"rows": ROWS, "version": 2}, 'the object\'s keys are: "rows", "version"'),
        ({}, "keys are: none"),
        ("text", "expected"),
        ([*ROWS, "text"], ", row 3: expected an object"),
        ([*ROWS, None], ", row 3: expected an object"),
        ([{"input": "a", "output": {"x": 1}}], ', row 1, field "output": the answer must be'),
        ([*ROWS, {"input": None, "output": "x"}], ', row 3, field "input": the input must be'),
        ([*ROWS, {"input": ["a"], "output": "x"}], ', row 3, field "input"'),
        ([*ROWS, {"input": "a"}], ', row 3: there is no "output"'),
        ([*ROWS, {"input": "a", "output": []}], ', row 3, field "output": the list'),
        ([*ROWS, {"input": "a", "output": ["x", None]}], ', row 3, field "output"'),
        ([*ROWS, {"input": "a", "output": ["x", " "]}], ', row 3, field "output"'),
        ([*ROWS, {"input": "\n", "output": "x"}], ', row 3, "input": the input is empty'),
        ({"train": ROWS, "test": [1]}, ', "test" row 1: expected an object'),
        ({"dev": ROWS, "val": ROWS}, "two keys mean the dev split"),
    ],
)
def test_json_of_another_shape(tmp_path: Path, content: Any, said: str) -> None:
    path = write(tmp_path / "d.json", json.dumps(content))
    message = error_of(path)
    assert message.startswith(str(path))
    assert said in message


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('[\n{"input": "a", "output": "b"},\n{"input": "a', ":3", "breaks off at column 11"),
        ('[\n{"input": "a", "output": "b"},\n', ":3", "breaks off"),
        ('[\n{"input": "a" "output": "b"}]', ":2", "not valid JSON at column 15"),
        ('[{"input": "a", "output": NaN}]', "", "NaN is not valid JSON"),
        ('[{"input": "a", "output": "b", "input": "c"}]', "", "the key 'input' stands twice"),
        ('[{"input": "a\\ud800", "output": "b"}]', "", "half of a character"),
        ("[" * 100_000, "", "nested too deeply"),
    ],
)
def test_broken_json(tmp_path: Path, text: str, place: str, said: str) -> None:
    path = write(tmp_path / "d.json", text)
    message = error_of(path)
    assert message.startswith(f"{path}{place}: ")
    assert said in message


def test_broken_json_lines(tmp_path: Path) -> None:
    good = '{"input": "a", "output": "b"}\n'
    path = write(tmp_path / "d.jsonl", good * 2 + "\n" + '{"input": "a", "out\n' + good)
    assert error_of(path).startswith(f"{path}:4: the JSON breaks off at column 16")
    path = write(tmp_path / "d.jsonl", good + '["a", "b"]\n')
    assert error_of(path).startswith(f"{path}:2: expected an object")
    path = write(tmp_path / "d.jsonl", good + '{"input": "a", "output": null}\n')
    assert error_of(path).startswith(
        f'{path}:2, field "output": the answer must be a text, not null'
    )
    path = write(tmp_path / "d.jsonl", good + good.strip() + good)
    assert error_of(path).startswith(f"{path}:2: not valid JSON at column 30")
