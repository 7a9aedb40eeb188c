"""What is wrong in a benchmark's file is named by file, line (or row) and field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.tasks.load import load_dataset
from tests.tasks.benchmark_files import FORMS, Form, Row
from tests.tasks.files import write

BAD = 4
"""The number of the row that is broken, counted from 0."""

Breaking = Callable[[Form, Row], Row]


def without(field: str) -> Breaking:
    return lambda form, row: {
        name: value for name, value in row.items() if name != getattr(form, field)
    }


def with_value(field: str, value: Any) -> Breaking:
    return lambda form, row: {**row, getattr(form, field): value}


def broken(form: str, folder: Path, change: Breaking) -> tuple[Path, str]:
    """A task with one broken row in its first file; the file, and the error of loading it."""
    each = FORMS[form]
    path = each.write(folder)
    rows = each.rows(0, 10)
    rows[BAD] = change(each, rows[BAD])
    write(path, each.text(rows))
    return path, error_of(form, path)


def error_of(form: str, path: Path) -> str:
    """The error of loading the whole task that a file belongs to."""
    single = len(FORMS[form].files) == 1 or form in ("induction", "mmlu")
    with pytest.raises(InputError) as caught:
        load_dataset(str(path if single else path.parent))
    message = str(caught.value)
    assert "\n" not in message
    return message


def check_place(message: str, path: Path, form: str, *fields: str) -> None:
    assert message.startswith(f"{path}{FORMS[form].place(BAD)}"), message
    for field in fields:
        assert f'"{field}"' in message, message


JSON = [name for name, each in FORMS.items() if not each.files[0].endswith(".csv")]
CSV = [name for name in FORMS if name not in JSON]


@pytest.mark.parametrize("field", ["input", "output"])
@pytest.mark.parametrize("form", JSON)
def test_a_missing_field(tmp_path: Path, form: str, field: str) -> None:
    path, message = broken(form, tmp_path, without(field))
    if form == "induction":
        assert message.startswith(f'{path}:22, example "5": expected the fields')
        return
    check_place(message, path, form, getattr(FORMS[form], field))


@pytest.mark.parametrize("form", CSV)
def test_a_missing_cell(tmp_path: Path, form: str) -> None:
    path, message = broken(form, tmp_path, without("input"))
    check_place(message, path, form)
    assert "fields, but there are" in message


def test_a_missing_column_of_truthful_qa(tmp_path: Path) -> None:
    for column in ("Correct Answers", "Incorrect Answers"):
        form = FORMS["truthfulqa"]
        rows = [{k: v for k, v in row.items() if k != column} for row in form.rows(0, 5)]
        path = write(tmp_path / "d.csv", form.text(rows))
        with pytest.raises(InputError) as caught:
            load_dataset(str(path))
        assert str(caught.value).startswith(f'{path}: there is no column "{column}"')


@pytest.mark.parametrize("value", [None, {"a": 1}])
@pytest.mark.parametrize("field", ["input", "output"])
@pytest.mark.parametrize("form", JSON)
def test_a_wrong_type(tmp_path: Path, form: str, field: str, value: Any) -> None:
    path, message = broken(form, tmp_path, with_value(field, value))
    check_place(message, path, form, getattr(FORMS[form], field))
    assert ("null" if value is None else "an object") in message


@pytest.mark.parametrize("field", ["input", "output"])
@pytest.mark.parametrize("form", FORMS)
def test_an_empty_text(tmp_path: Path, form: str, field: str) -> None:
    path, message = broken(form, tmp_path, with_value(field, " "))
    check_place(message, path, form, getattr(FORMS[form], field))
    assert "empty" in message


@pytest.mark.parametrize("form", [name for name, each in FORMS.items() if each.outside])
def test_an_answer_that_is_none_of_the_possible_ones(tmp_path: Path, form: str) -> None:
    path, message = broken(form, tmp_path, with_value("output", FORMS[form].outside))
    check_place(message, path, form, FORMS[form].output)
    assert repr((FORMS[form].outside or "").rpartition("#### ")[2]) in message


@pytest.mark.parametrize("form", JSON)
def test_truncated_json(tmp_path: Path, form: str) -> None:
    path = FORMS[form].write(tmp_path)
    text = path.read_text().rstrip()
    # Within the last row, so that the line of the fault is the last one.
    cut = text[: text.rindex('":') + 3]
    write(path, cut)
    message = error_of(form, path)
    line = cut.count("\n") + 1
    assert message.startswith(f"{path}:{line}: "), message
    assert "breaks off" in message


@pytest.mark.parametrize("form", CSV)
def test_a_truncated_table(tmp_path: Path, form: str) -> None:
    path = FORMS[form].write(tmp_path)
    last = path.read_text().rstrip().rsplit("\n", 1)
    write(path, f'{last[0]}\n"{last[1].lstrip(chr(34))[:5]}')
    message = error_of(form, path)
    assert message.startswith(f"{path}{FORMS[form].place(9)}"), message
    assert "never closed" in message


@pytest.mark.parametrize("content", ["", "\ufeff", "\n \n"])
@pytest.mark.parametrize("form", FORMS)
def test_an_empty_split(tmp_path: Path, form: str, content: str) -> None:
    path = FORMS[form].write(tmp_path)
    write(path, content)
    assert error_of(form, path) == f"{path} is empty"


@pytest.mark.parametrize("form", ["induction", "bbh options", "bbh numbers", "truthfulqa"])
def test_a_split_without_rows(tmp_path: Path, form: str) -> None:
    path = FORMS[form].write(tmp_path)
    text = FORMS[form].text(FORMS[form].rows(0, 1))
    empty = {"truthfulqa": text.split("\n")[0], "induction": '{"examples": {}}'}
    write(path, empty.get(form, '{"canary": "none", "examples": []}'))
    message = error_of(form, path)
    assert message.startswith(str(path))
    assert "no examples" in message


def test_an_input_that_lost_its_options(tmp_path: Path) -> None:
    for form in ("mmlu of gpo", "schemas of gpo", "bbh options"):
        path, message = broken(form, tmp_path / form, with_value("input", "Which one?"))
        check_place(message, path, form, "input")
        assert "does not end in lettered options, as others do" in message


def test_an_option_that_is_empty(tmp_path: Path) -> None:
    def empty(form: Form, row: Row) -> Row:
        text = row[form.input]
        return {**row, form.input: text[: text.index("(B)") + 3] + text[text.index("(B)") + 5 :]}

    path, message = broken("mmlu of gpo", tmp_path / "gpo", empty)
    check_place(message, path, "mmlu of gpo", "input")
    assert "choice 2 is empty" in message
    path, message = broken("mmlu", tmp_path / "csv", lambda form, row: {**row, "C": ""})
    check_place(message, path, "mmlu", "C")


def test_a_first_row_that_is_broken(tmp_path: Path) -> None:
    form = FORMS["mmlu"]
    path = form.write(tmp_path)
    rows = form.rows(0, 10)
    write(path, form.text([{**rows[0], "answer": "E"}, *rows[1:]]))
    assert error_of("mmlu", path).startswith(f"{path}:1, \"answer\": the answer 'E' is not one")


def test_a_worked_solution_without_its_end(tmp_path: Path) -> None:
    path, message = broken("gsm8k", tmp_path, with_value("output", "She has 5."))
    check_place(message, path, "gsm8k", "answer")
    assert 'does not end in "#### "' in message


def test_a_referent_that_is_missing(tmp_path: Path) -> None:
    def cut(form: Form, row: Row) -> Row:
        return {**row, "target": {"span2_text": "she"}}

    path, message = broken("schemas of superglue", tmp_path, cut)
    check_place(message, path, "schemas of superglue", "target", "span1_text")


def test_answers_all_of_which_are_true_and_false(tmp_path: Path) -> None:
    def same(form: Form, row: Row) -> Row:
        return {**row, "Incorrect Answers": row["Best Answer"]}

    path, message = broken("truthfulqa", tmp_path, same)
    check_place(message, path, "truthfulqa", "Incorrect Answers")
