from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.tasks.options_in_text import Cut, cut_options
from tests.tasks.benchmark_files import as_lines
from tests.tasks.files import error_of, examples, load, write


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("q\nOptions:\n(A) x\n(B) y", Cut("q", ("x", "y"), True)),
        ("q\n(A) x\n(B) y", Cut("q", ("x", "y"), True)),
        ("q\r\nOptions:\r\n(A) x\r\n(B) y\r\n", Cut("q", ("x", "y"), True)),
        ("q \n\n(A) x \n(B)  y z \n", Cut("q \n", ("x", "y z"), True)),
        ("q\nOptions:\n- valid \n- invalid", Cut("q", ("valid", "invalid"), False)),
        ("(A) or not?\n(A) x\n(B) y\n(C) z", Cut("(A) or not?", ("x", "y", "z"), True)),
        ("q\n(A) f(x)\n  = 2\n(B) y", Cut("q", ("f(x)\n  = 2", "y"), True)),
        ("q\n(A)\n(B) y", Cut("q", ("", "y"), True)),
        ("q\n(A) x\n(B) y\nWhich is right?", None),
        ("q\n(A) x\n(C) y", None),
        ("q\n(B) x\n(C) y", None),
        ("q\n(A) x", None),
        ("q\n- x\n- y", None),
        ("q\nOptions:\n- x", None),
        ("q", None),
        ("", None),
    ],
)
def test_inputs_are_cut_before_their_options(text: str, cut: Cut | None) -> None:
    assert cut_options(text) == cut


def own(tmp_path: Path, *rows: tuple[str, str]) -> Path:
    return write(tmp_path / "own.jsonl", as_lines([{"question": q, "answer": a} for q, a in rows]))


ASKED = "Colour?\n(A) red\n(B) blue"


def test_data_of_ones_own_with_options_in_the_text(tmp_path: Path) -> None:
    path = own(tmp_path, (ASKED, "B"), (f"{ASKED}\n(C) green", "(C)"))
    dataset = load(path)
    assert dataset.metric == "choice"
    assert [(e.input, e.references) for e in examples(dataset)] == [
        ("Colour?", ("blue",)),
        ("Colour?", ("green",)),
    ]
    assert dataset.fields["choices"] == "the end of question"
    off = load(path, choices="")
    assert (off.metric, examples(off)[0].input) == ("exact_match", ASKED)


def test_options_of_some_inputs_only_are_text(tmp_path: Path) -> None:
    dataset = load(own(tmp_path, (ASKED, "blue"), ("Name a colour.", "red")))
    assert (dataset.metric, examples(dataset)[0].input) == ("exact_match", ASKED)
    assert "1 of 2 inputs end in options" in dataset.notes[0]


def test_options_that_are_not_answered_are_text(tmp_path: Path) -> None:
    dataset = load(own(tmp_path, (ASKED, "It is the sky's."), (f"{ASKED}.", "Like a rose.")))
    assert dataset.metric == "exact_match"
    assert "the answers are none of them" in dataset.notes[0]


def test_an_answer_outside_is_refused(tmp_path: Path) -> None:
    path = own(tmp_path, (ASKED, "(A)"), (ASKED, "(B)"), (ASKED, "(C)"))
    assert error_of(path).startswith(f"{path}:3, \"answer\": the answer '(C)' is not one of the")
    path = own(tmp_path, (ASKED, "red"), (ASKED, "blue"), (ASKED, "pink, I think"))
    assert error_of(path).startswith(f"{path}:3, \"answer\": the answer 'pink, I think' is not")


def test_options_broken_at_their_commas_are_left_out(tmp_path: Path) -> None:
    broken = "Film?\n(A) Up\n(B) Monsters\n(C) Inc"
    path = own(tmp_path, (ASKED, "(A)"), (broken, "Monsters, Inc"), (ASKED + "!", "(B)"))
    dataset = load(path)
    assert len(examples(dataset)) == 2
    assert dataset.notes[0].endswith("several of them: 1 (own.jsonl:2).")


def test_options_alone_are_no_question(tmp_path: Path) -> None:
    path = own(tmp_path, (ASKED, "(A)"), ("(A) red\n(B) blue", "(A)"))
    assert error_of(path).startswith(f'{path}:2, "question": nothing stands before the options')
