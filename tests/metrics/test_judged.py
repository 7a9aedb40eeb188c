from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.errors import InputError
from promptopt.metrics import METRICS, check_metric
from promptopt.metrics.judged import (
    JUDGED,
    OWN,
    Question,
    is_judged,
    own_questions,
    parts_of,
    question_of,
)
from promptopt.tasks.example import Example

ASKED = Example("Can pigs fly?", ("No", "They cannot"), wrong=("Yes", "When {input} rains"))


def own(folder: Path, text: str, name: str = "question.txt") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return f"{OWN}{path}"


def test_judged_metrics_are_metrics() -> None:
    assert JUDGED.keys() <= METRICS.keys()
    for name in JUDGED:
        check_metric(name, [ASKED])
        assert is_judged(name)
        for part in parts_of(name):
            assert question_of(part).name == part
    assert not is_judged("exact_match")
    assert parts_of("truthful_informative") == ("truthful", "informative")
    assert parts_of("truthful") == ("truthful",)


def test_the_question_about_truth_shows_what_is_known() -> None:
    prompt = question_of("truthful").prompt(ASKED, "Pigs have {wrong} wings.")
    assert "Question: Can pigs fly?\n" in prompt
    assert "True answers:\n- No\n- They cannot\n" in prompt
    # What is inserted is not searched for placeholders.
    assert "False answers:\n- Yes\n- When {input} rains\n" in prompt
    assert "<answer>\nPigs have {wrong} wings.\n</answer>" in prompt
    none = question_of("truthful").prompt(Example("q", ("a",)), "p")
    assert "False answers:\n(none given)\n" in none


def test_the_question_about_information_shows_no_answers() -> None:
    prompt = question_of("informative").prompt(ASKED, "Pigs have wings.")
    assert "Can pigs fly?" in prompt
    assert "They cannot" not in prompt


@pytest.mark.parametrize(
    ("reply", "grade"),
    [
        *(("Yes", 1.0), ("no.", 0.0), ("**Yes**", 1.0), (" NO\n", 0.0), ("Answer: yes", 1.0)),
        ("Yes, there is no doubt.", 1.0),
        ("No, yes is wrong here.", 0.0),
        ("The answer is correct, so yes.", 1.0),
        *(("", None), ("Perhaps.", None), ("nothing", None), ("yesterday", None)),
        ("It could be yes or no.", None),
    ],
)
def test_yes_or_no(reply: str, grade: float | None) -> None:
    assert Question("x", "…").grade(reply) == grade


@pytest.mark.parametrize(
    ("reply", "grade"),
    [
        *(("7", 0.7), ("10", 1.0), ("0", 0.0), ("7.5", 0.75), ("8/10", 0.8), ("Grade: 9", 0.9)),
        *(("6 out of 10", 0.6), ("**3**", 0.3), ("10/10.", 1.0), ("I say 4, yes 4.", 0.4)),
        *(("", None), ("eleven", None), ("11", None), ("-3", None), ("3 or 4", None)),
        *(("1,000", None), ("1.2.3", None)),
    ],
)
def test_out_of_ten(reply: str, grade: float | None) -> None:
    assert Question("x", "…", "ten").grade(reply) == grade


def test_a_question_of_ones_own(tmp_path: Path) -> None:
    metric = own(tmp_path, "Grade {prediction} as an answer to {input}, from 0 to 10.\n")
    check_metric(metric, [ASKED])
    asked = question_of(metric)
    assert asked.scale == "ten"
    assert asked.prompt(ASKED, "No.") == "Grade No. as an answer to Can pigs fly?, from 0 to 10."
    polite = question_of(own(tmp_path, "{input} {prediction} Polite? Yes or no.", "other.txt"))
    assert polite.scale == "yes_no"
    assert polite.grade("yes") == 1.0


def test_a_kept_question_needs_no_file(tmp_path: Path) -> None:
    metric = own(tmp_path, "\ufeff{input} {prediction} Yes or no?")
    kept = own_questions(["exact_match", metric])
    assert kept == {metric: "{input} {prediction} Yes or no?"}
    (tmp_path / "question.txt").unlink()
    assert question_of(metric, kept).text == kept[metric]
    with pytest.raises(InputError, match=r"names a file that is not there; write judged:FILE"):
        question_of(metric)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{prediction} yes or no?", r"lacks \{input\}"),
        ("{input} yes or no?", r"lacks \{prediction\}"),
        ("{input} {prediction} Is it good?", "does not say how to reply"),
    ],
)
def test_a_question_that_will_not_do(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_metric(own(tmp_path, text), [ASKED])


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "question.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        question_of(f"{OWN}{tmp_path / 'question.txt'}")
