from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.tasks.load import load_dataset
from promptopt.tasks.splits import SplitSizes, draw_splits
from tests.tasks.files import error_of, load, pairs, write

METRICS = {
    "active_to_passive": "exact_match",
    "antonyms": "exact_match",
    "cause_and_effect": "exact_match",
    "common_concept": "token_f1",
    "diff": "exact_match",
    "first_word_letter": "exact_match",
    "informal_to_formal": "token_f1",
    "larger_animal": "exact_match",
    "letters_list": "exact_match",
    "negation": "exact_match",
    "num_to_verbal": "exact_match",
    "orthography_starts_with": "exact_set",
    "rhymes": "exact_match",
    "second_word_letter": "exact_match",
    "sentence_similarity": "exact_match",
    "sentiment": "exact_match",
    "singular_to_plural": "exact_match",
    "sum": "exact_match",
    "synonyms": "contains",
    "taxonomy_animal": "exact_set",
    "translation_en-de": "exact_match",
    "translation_en-es": "exact_match",
    "translation_en-fr": "exact_match",
    "word_in_context": "exact_match",
}

ABSENT: dict[str, dict[str, Any]] = {
    "second_word_letter": {"input": "time", "output": "i"},
    "singular_to_plural": {"input": "month", "output": "months"},
    "negation": {"input": "The sky is blue.", "output": "The sky is not blue."},
    "larger_animal": {"input": "spider, goat", "output": "goat"},
    "diff": {"input": "95 38", "output": "57", "x": 95, "y": 38},
    "translation_en-fr": {
        "input": "time",
        "output": "temps",
        "possible_translations": ["heure", "temps", ""],
    },
}


def family(*rows: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"num_examples": len(rows), **metadata},
        "examples": {str(number): row for number, row in enumerate(rows, start=1)},
    }


def task(folder: Path, name: str, *rows: dict[str, Any]) -> Path:
    """Both files of a task; returns the folder of the family."""
    again = [
        {key: f"{value}!" if key == "input" else value for key, value in row.items()}
        for row in rows
    ]
    write(folder / "induce" / f"{name}.json", family(*rows))
    write(folder / "execute" / f"{name}.json", family(*again))
    return folder


def test_every_published_task(benchmark_data: Path) -> None:
    folder = benchmark_data / "instruction_induction"
    names = sorted(path.stem for path in (folder / "induce").glob("*.json"))
    assert len(names) >= 18
    for name in names:
        counts = {}
        for part, side in (("", "induce"), ("test", "execute")):
            content = json.loads((folder / side / f"{name}.json").read_text(encoding="utf-8"))
            counts[part] = content["metadata"]["num_examples"]
        dataset = load_dataset(f"{folder}:{name}")
        assert {part: len(given) for part, given in dataset.given.items()} == counts, name
        assert dataset.metric == METRICS[name], name
        assert (dataset.name, dataset.format) == (name, "Instruction Induction")
        assert all(
            each.strip() for part in dataset.given.values() for e in part for each in e.references
        )
        splits = draw_splits(dataset, SplitSizes(), 0)
        removed = splits.removed["test"]
        assert len(splits.test) == counts["test"] - removed
        assert removed == (1 if name == "common_concept" else 0), name
        assert len(splits.train) >= 5
        assert len(splits.dev) >= 10


def test_either_file_stands_for_the_task(
    benchmark_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = benchmark_data / "instruction_induction"
    whole = load_dataset(f"{folder}:sum").given
    assert load_dataset(str(folder / "induce" / "sum.json")).given == whole
    assert load_dataset(str(folder / "execute" / "sum.json")).given == whole
    assert load_dataset(f"{folder / 'induce'}:sum").given == whole
    monkeypatch.chdir(folder / "execute")
    assert load_dataset("sum.json").given == whole


@pytest.mark.parametrize("name", ABSENT)
def test_tasks_of_the_family_that_are_made_up_here(tmp_path: Path, name: str) -> None:
    row = ABSENT[name]
    dataset = load_dataset(f"{task(tmp_path, name, row)}:{name}")
    example = dataset.given[""][0]
    assert example.input == row["input"]
    assert example.references[0] == row["output"]
    assert dataset.given["test"][0].input == row["input"] + "!"
    assert dataset.metric == METRICS[name]
    if name == "translation_en-fr":
        assert example.references == ("temps", "heure")
        assert dataset.fields["output"] == "output, possible_translations"
        assert "Blank accepted answers were left out of 1 examples" in dataset.notes[0]


@pytest.mark.parametrize(
    ("row", "pair", "metric"),
    [
        (
            {"input": "pig", "output": "big", "other_rhymes": ["dig", "big"]},
            ("pig", "big", "dig"),
            "exact_match",
        ),
        (
            {"input": "s", "output": "no", "possible_outputs": ["false"]},
            ("s", "no", "false"),
            "exact_match",
        ),
        (
            {
                "concept": "float.",
                "items": ["ice", "wood"],
                "all_common_concepts": ["swim.", "float."],
            },
            ("ice, wood", "float.", "swim."),
            "token_f1",
        ),
        ({"concept": "float.", "items": ["ice"]}, ("ice", "float."), "token_f1"),
        (
            {"input": "To be. [t]", "output": "to", "letter": "t", "words": ["To"]},
            ("To be. [t]", "to"),
            "exact_set",
        ),
        (
            {"input": "cat, bus", "output": "cat", "category_items": ["cat"]},
            ("cat, bus", "cat"),
            "exact_set",
        ),
        ({"input": 7, "output": [8, "nine"]}, ("7", "8", "nine"), "exact_match"),
        ({"input": "helpful. ", "output": " kept "}, ("helpful. ", "kept"), "exact_match"),
    ],
)
def test_forms_of_examples(
    tmp_path: Path, row: dict[str, Any], pair: tuple[str, ...], metric: str
) -> None:
    dataset = load(write(tmp_path / "unheard_of.json", family(row)))
    assert pairs(dataset) == [pair]
    assert dataset.metric == metric


def test_cause_and_effect_in_an_order_that_is_drawn_once(tmp_path: Path) -> None:
    rows = [{"cause": f"It rained {n} times.", "effect": f"{n} were wet."} for n in range(60)]
    path = write(tmp_path / "anything.json", family(*rows))
    random.seed(1)
    dataset = load(path)
    random.seed(2)
    assert load(path) == dataset
    shown = pairs(dataset)
    assert [answer for _, answer in shown] == [row["cause"] for row in rows]
    first = sum(
        text == f"Sentence 1: {row['cause']} Sentence 2: {row['effect']}"
        for (text, _), row in zip(shown, rows, strict=True)
    )
    second = sum(
        text == f"Sentence 1: {row['effect']} Sentence 2: {row['cause']}"
        for (text, _), row in zip(shown, rows, strict=True)
    )
    assert first + second == 60
    assert 15 < first < 45
    # The order belongs to the example, whatever stands around it.
    assert pairs(load(write(tmp_path / "e.json", family(rows[7])))) == [shown[7]]


def test_an_input_that_is_its_own_answer_is_noted(tmp_path: Path) -> None:
    row = {"input": "pig", "output": "big", "other_rhymes": ["pig"]}
    dataset = load(write(tmp_path / "r" / "d.json", family(row, {"input": "a", "output": "b"})))
    assert dataset.notes[0].startswith("In 1 of 2 examples of r/d.json the input itself")


def test_another_number_of_examples_than_stated(tmp_path: Path) -> None:
    path = write(tmp_path / "r" / "d.json", family({"input": "a", "output": "b"}, num_examples=5))
    assert load(path).notes == ("r/d.json says it has 5 examples, but holds 1.",)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"input": "a", "output": "b"}, {"in": "a", "out": "b"}],
            'example "2": expected the fields',
        ),
        ([{"input": "a", "output": " "}], 'example "1", field "output": it is empty'),
        (
            [{"input": None, "output": "b"}],
            'example "1", field "input": expected a text, found null',
        ),
        (
            [{"input": "a", "output": "b", "other_rhymes": "c"}],
            'field "other_rhymes": expected a list',
        ),
        (
            [{"input": "a", "output": "b", "other_rhymes": [None]}],
            'field "other_rhymes": expected a text',
        ),
        ([{"items": [], "concept": "x"}], 'field "items": the list is empty'),
        (["text"], 'example "1": expected an object'),
        ([], "holds no examples"),
    ],
)
def test_examples_that_cannot_be(tmp_path: Path, rows: list[Any], said: str) -> None:
    path = write(tmp_path / "d.json", family(*rows))
    message = error_of(path)
    assert message.startswith(str(path))
    assert said in message


def test_columns_cannot_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json", family({"input": "a", "output": "b"}))
    assert "leave the names of columns out" in error_of(path, input="input")


def test_a_sibling_of_another_format(tmp_path: Path) -> None:
    task(tmp_path, "d", {"input": "a", "output": "b"})
    other = write(tmp_path / "execute" / "d.json", [{"input": "a", "output": "b"}])
    assert error_of(tmp_path / "induce" / "d.json").startswith(f"{other}: expected the Instruction")


def test_annotations_are_no_task(tmp_path: Path) -> None:
    path = write(tmp_path / "annotations" / "sum.json", {"annotations": ["Add the numbers."]})
    assert "holds human instructions for a task, not its examples" in error_of(path)


def test_a_folder_lists_its_tasks(tmp_path: Path) -> None:
    task(tmp_path, "sum", {"input": "a", "output": "b"})
    task(tmp_path, "diff", {"input": "a", "output": "b"})
    for folder in (tmp_path, tmp_path / "induce", tmp_path / "execute"):
        message = error_of(folder)
        assert f"name one as {tmp_path}:TASK; they are: diff, sum" in message
    with pytest.raises(
        InputError, match=r"has no task 'sums'; did you mean sum\? Its tasks are: diff"
    ):
        load_dataset(f"{tmp_path}:sums")
    with pytest.raises(InputError, match="has no task"):
        load_dataset(f"{tmp_path}:../induce/sum")
