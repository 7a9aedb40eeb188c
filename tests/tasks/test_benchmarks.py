"""Every family in every published form, on small files of our own making and on the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.tasks.dataset import Dataset
from promptopt.tasks.example import Example
from promptopt.tasks.folder import tasks_in
from promptopt.tasks.load import load_dataset
from promptopt.tasks.mmlu_subjects import CATEGORIES, SUBJECTS
from promptopt.tasks.splits import SplitSizes, draw_splits
from promptopt.tasks.template import show_input
from tests.tasks.benchmark_files import FORMS, as_examples, as_lines
from tests.tasks.files import examples, load, write


def source_of(form: str, folder: Path) -> str:
    """Writes a task in this form; returns what names the whole of it."""
    first = FORMS[form].write(folder)
    if form in ("induction", "mmlu"):
        return f"{folder}:{first.stem.removesuffix('_dev')}"
    return str(first if len(FORMS[form].files) == 1 else first.parent)


@pytest.mark.parametrize(
    ("form", "family", "metric", "first"),
    [
        ("induction", "Instruction Induction", "exact_match", Example("0 0", ("0",))),
        ("bbh options", "BIG-Bench Hard", "choice", Example("Which is 0?", ("0",), ("0", "1"))),
        (
            "bbh dashes",
            "BIG-Bench Hard",
            "boolean",
            Example("Is 0 even?", ("Yes",), ("Yes", "No"), lettered=False),
        ),
        ("bbh numbers", "BIG-Bench Hard", "number", Example("0 - 5 =", ("-5",))),
        (
            "mmlu",
            "MMLU, STEM",
            "choice",
            Example("What is 0, plus 2?", ("2",), ("0", "1", "2", "3")),
        ),
        (
            "mmlu of gpo",
            "MMLU, Other",
            "choice",
            Example("Which is 0 + 2?", ("2",), ("0", "1", "2", "3")),
        ),
        (
            "gsm8k",
            "GSM8K",
            "number",
            Example("Ann has 0 pears and buys 1000. How many has she?", ("1,000",)),
        ),
        ("gsm8k of gpo", "GSM8K", "number", Example("Ann has 0 pears. How many?", ("0",))),
        (
            "schemas of gpo",
            "Winograd schemas",
            "choice",
            Example(
                'Ann0 met Bea0 when she was late. What does the pronoun "she" refer to?',
                ("Bea0",),
                ("Ann0", "Bea0"),
            ),
        ),
        (
            "schemas of the collection",
            "Winograd schemas",
            "choice",
            Example(
                'Ann0 met Bea0 when she was late. What does the pronoun "she" refer to?',
                ("Ann0",),
                ("Ann0", "Bea0"),
            ),
        ),
        (
            "schemas of superglue",
            "Winograd schemas",
            "boolean",
            Example(
                'Ann0 met Bea0 when she was late.\nDoes the pronoun "she" refer to "Ann0"?',
                ("Yes",),
            ),
        ),
        (
            "webnlg",
            "WebNLG",
            "rouge_l_mean",
            Example(
                "Write as text.\n\nTriples:\nAnn | knows | Bea0",
                ("Ann knows Bea0.", "Bea0 is known to Ann."),
            ),
        ),
        (
            "truthfulqa",
            "TruthfulQA",
            "nearest_true",
            Example(
                "What is above 0 clouds?",
                ("The sky is, 0 times", "Air"),
                wrong=("Nothing", "A roof"),
            ),
        ),
    ],
)
def test_every_form(tmp_path: Path, form: str, family: str, metric: str, first: Example) -> None:
    dataset = load_dataset(source_of(form, tmp_path))
    assert (dataset.format, dataset.metric) == (family, metric)
    parts = {1: [""], 2: ["train", "test"], 3: ["train", "dev", "test"]}[len(FORMS[form].files)]
    if form == "induction":
        parts = ["", "test"]
    if form == "schemas of superglue":
        parts = ["train", "dev"]
    assert list(dataset.given) == parts
    assert all(len(part) == 10 for part in dataset.given.values())
    assert dataset.given[parts[0]][0] == first


@pytest.mark.parametrize("form", FORMS)
def test_byte_order_marks_and_windows_line_ends_change_nothing(tmp_path: Path, form: str) -> None:
    plain = load_dataset(source_of(form, tmp_path / "plain" / "task"))
    source = source_of(form, tmp_path / "windows" / "task")
    for name in FORMS[form].files:
        path = tmp_path / "windows" / "task" / name
        write(path, b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_dataset(source).given == plain.given


@pytest.mark.parametrize("form", [name for name, each in FORMS.items() if len(each.files) > 1])
def test_what_stands_in_two_splits_is_kept_in_the_later_one(tmp_path: Path, form: str) -> None:
    source = source_of(form, tmp_path)
    each = FORMS[form]
    # The first file again, with three rows of the last one.
    write(
        tmp_path / each.files[0],
        each.text(each.rows(0, 10) + each.rows(10 * (len(each.files) - 1), 3)),
    )
    dataset = load_dataset(source)
    splits = draw_splits(dataset, SplitSizes(), 0)
    assert sum(splits.removed.values()) == 3
    shown = [show_input(e) for part in (splits.train, splits.dev, splits.test) for e in part]
    assert len(set(shown)) == len(shown)
    last = list(dataset.given)[-1]
    assert splits.removed[last] == 0


def test_the_options_of_a_published_input_are_shown_as_published(benchmark_data: Path) -> None:
    import json

    def plain(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.replace("\nOptions:", "").split("\n"))

    for path in sorted(benchmark_data.glob("bbh/*.json")):
        rows = [row["input"] for row in json.loads(path.read_text())["examples"]]
        shown = [show_input(each) for each in examples(load_dataset(str(path)))]
        missing = [row for row in rows if plain(row) not in set(map(plain, shown))]
        left_out = {"movie_recommendation": 1, "ruin_names": 2}.get(path.stem, 0)
        assert (len(missing), len(rows) - len(shown)) == (left_out, left_out), path
        # "Options:" stands where the file has it.
        assert sum("\nOptions:\n" in row for row in rows) - left_out == sum(
            "\nOptions:\n" in text for text in shown
        )
    for path in sorted(benchmark_data.glob("mmlu/*/*.jsonl")):
        rows = [json.loads(line)["input"] for line in path.read_text().splitlines()]
        assert [plain(show_input(each)) for each in examples(load_dataset(str(path)))] == [
            plain(row) for row in rows
        ]


BBH = {
    "boolean_expressions": "boolean",
    "causal_judgement": "boolean",
    "formal_fallacies": "boolean",
    "navigate": "boolean",
    "dyck_languages": "brackets",
    "multistep_arithmetic_two": "number",
    "word_sorting": "word_list",
}


def test_all_of_big_bench_hard(benchmark_data: Path) -> None:
    paths = sorted(benchmark_data.glob("bbh/*.json"))
    assert len(paths) == 20
    for path in paths:
        dataset = load_dataset(str(path))
        assert dataset.format == "BIG-Bench Hard"
        assert dataset.metric == BBH.get(path.stem, "choice"), path
        assert dataset.final_turn, path


def test_published_rows_with_broken_options_are_left_out_and_counted(benchmark_data: Path) -> None:
    dataset = load_dataset(str(benchmark_data / "bbh" / "ruin_names.json"))
    assert len(examples(dataset)) == 248
    assert "2 (ruin_names.json:1, row 100, ruin_names.json:1, row 145)" in dataset.notes[0]


def test_all_of_the_other_families(benchmark_data: Path) -> None:
    def counts(dataset: Dataset) -> list[int]:
        return [len(part) for part in dataset.given.values()]

    subjects = tasks_in(benchmark_data / "mmlu")
    assert len(subjects) == 10
    for name in subjects:
        dataset = load_dataset(f"{benchmark_data / 'mmlu'}:{name}")
        assert dataset.format == f"MMLU, {SUBJECTS[name]}"
        assert (dataset.metric, counts(dataset)[:2]) == ("choice", [20, 20])
        assert counts(dataset)[2] in (59, 60)
    for name, metric, wanted in (
        ("gsm8k", "number", [100, 100, 300]),
        ("wsc", "choice", [50, 50, 150]),
        ("webnlg", "rouge_l_mean", [100, 100, 300]),
        ("truthfulqa", "nearest_true", [99, 718]),
        ("truthfulqa/TruthfulQA.csv", "nearest_true", [817]),
    ):
        dataset = load_dataset(str(benchmark_data / name))
        assert (dataset.metric, counts(dataset)) == (metric, wanted)
        assert bool(dataset.final_turn) == (name in ("gsm8k", "wsc"))
    few = sorted(benchmark_data.glob("*/few_shot_examples.jsonl"))
    for path in [*few, *benchmark_data.glob("mmlu/*/format.jsonl")]:
        assert 4 <= len(examples(load_dataset(str(path)))) <= 10


def test_the_subjects_of_mmlu() -> None:
    assert [len(subjects) for subjects in CATEGORIES.values()] == [18, 13, 12, 14]
    assert len(SUBJECTS) == 57


@pytest.mark.parametrize("name", ["Other", "other", "OTHER"])
def test_a_category_of_mmlu(tmp_path: Path, name: str) -> None:
    each = FORMS["mmlu of gpo"]
    for number, subject in enumerate(("virology", "anatomy", "astronomy")):
        for index, file in enumerate(("train.jsonl", "eval.jsonl", "test.jsonl")):
            text = each.text(each.rows(100 * number + index * 10, 10))
            write(tmp_path / subject / file, text)
    dataset = load_dataset(f"{tmp_path}:{name}")
    assert (dataset.name, dataset.format) == ("Other", "MMLU, Other")
    assert {split: len(part) for split, part in dataset.given.items()} == {
        "train": 20,
        "dev": 20,
        "test": 20,
    }
    assert dataset.fields["tasks"] == "anatomy, virology"
    assert dataset.notes == ("Answers are the letters of their options.",)


def test_either_file_of_a_subject_stands_for_it(tmp_path: Path) -> None:
    whole = load_dataset(source_of("mmlu", tmp_path)).given
    for file in FORMS["mmlu"].files:
        assert load_dataset(str(tmp_path / file)).given == whole
    alone = write(
        tmp_path / "abstract_algebra_test.csv", (tmp_path / FORMS["mmlu"].files[2]).read_bytes()
    )
    assert examples(load(alone)) == list(whole["test"])


def test_a_table_with_the_names_of_mmlu_is_no_headless_one(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "question,A,B,C,D,answer\nq,w,x,y,z,B\nr,w,x,y,z,C\n")
    assert [each.references for each in examples(load(path))] == [("x",), ("y",)]


def test_options_that_stand_twice_are_published(tmp_path: Path) -> None:
    rows = FORMS["mmlu of gpo"].rows(0, 3)
    rows.append({"input": "Which?\n(A) same\n(B) same\n(C) other", "output": "(B)"})
    path = write(tmp_path / "d.jsonl", as_lines(rows))
    assert examples(load(path))[3].choices == ("same", "same", "other")
    form = FORMS["mmlu"]
    path = form.write(tmp_path)
    rows = form.rows(0, 10)
    write(path, form.text([*rows, {**rows[0], "question": "Which?", "D": rows[0]["A"]}]))
    example = load_dataset(f"{tmp_path}:abstract_algebra").given["train"][10]
    assert example.choices == ("0", "1", "2", "0")


def test_a_test_file_without_labels_is_passed_over(tmp_path: Path) -> None:
    source = source_of("schemas of superglue", tmp_path)
    rows = [
        {k: v for k, v in row.items() if k != "label"}
        for row in FORMS["schemas of superglue"].rows(50, 2)
    ]
    write(tmp_path / "test.jsonl", as_lines(rows))
    dataset = load_dataset(source)
    assert list(dataset.given) == ["train", "dev"]
    assert "The test file is passed over: it has no labels." in dataset.notes


@pytest.mark.parametrize(
    ("targets", "metric"),
    [
        (["True", "False"], "boolean"),
        (["yes", "no"], "boolean"),
        (["valid", "invalid"], "boolean"),
        (["-3", "12"], "number"),
        (["] )", ">"], "brackets"),
        (["an apple", "pears"], "exact_match"),
    ],
)
def test_the_answers_tell_the_metric(tmp_path: Path, targets: list[str], metric: str) -> None:
    rows = [{"input": f"q{at}", "target": target} for at, target in enumerate(targets)]
    assert load(write(tmp_path / "x.json", as_examples(rows))).metric == metric
    # In the form of GPO too, which the files beside it tell.
    lines = as_lines([{"input": row["input"], "output": row["target"]} for row in rows])
    for file in ("train.jsonl", "eval.jsonl", "test.jsonl", "format.jsonl"):
        write(tmp_path / "x" / file, lines)
    assert load_dataset(str(tmp_path / "x")).metric == metric


def test_sorted_words_are_a_list_of_words(tmp_path: Path) -> None:
    rows = [
        {"input": "Sort the words: List: bee ant cat", "target": "ant bee cat"},
        {"input": "Sort the words: List: yak emu", "target": "emu yak"},
    ]
    assert load(write(tmp_path / "x.json", as_examples(rows))).metric == "word_list"


def test_a_users_own_data_keep_their_metric(tmp_path: Path) -> None:
    rows = [{"input": f"q{at}", "target": str(at)} for at in range(3)] + [
        {"input": "q", "target": "x"}
    ]
    for content in (rows, [{"input": "q", "output": "yes"}]):
        dataset = load(write(tmp_path / "own.json", content))
        assert (dataset.metric, dataset.format, dataset.final_turn) == ("exact_match", "JSON", "")


def test_named_columns_are_read_as_they_stand(tmp_path: Path) -> None:
    path = FORMS["gsm8k"].write(tmp_path)
    dataset = load(path, input="question", output="answer")
    assert (dataset.format, dataset.metric) == ("JSON Lines", "exact_match")
    assert "####" in examples(dataset)[0].references[0]
