"""Multiple choice: options, and answers given as an option's text, letter or number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promptopt.errors import InputError

MOST_CHOICES = 26
"""Options are lettered A to Z."""


@dataclass(frozen=True)
class Question:
    """A row with options.

    Attributes:
        where: its place, for errors.
        choices: at least two.
        answers: as the data give them.
        field: the column or field of the answers, for errors.
    """

    where: str
    choices: tuple[str, ...]
    answers: tuple[str, ...]
    field: str


_Reading = Callable[[Question, str], str | None]


def check_choices(
    choices: Sequence[str], where: str, fields: Sequence[str], *, repeats: bool = False
) -> None:
    """Raise InputError if the options of a row cannot be asked.

    Args:
        choices: the options.
        where: the place of the row.
        fields: the columns or fields that they stand in, in order; or the one for all.
        repeats: whether an option may stand twice, as in some published questions.
    """
    if len(choices) < 2:
        raise InputError(
            f"{where}: there must be two choices or more, found {len(choices)}; "
            'if the data are no multiple choice, set choices_column to ""'
        )
    if len(choices) > MOST_CHOICES:
        raise InputError(
            f"{where}: there are {len(choices)} choices; at most {MOST_CHOICES} can be lettered"
        )
    for index, choice in enumerate(choices):
        field = fields[index] if len(fields) > 1 else fields[0]
        if not choice:
            raise InputError(f'{where}, "{field}": choice {index + 1} is empty')
        if choice in choices[:index] and not repeats:
            raise InputError(f'{where}, "{field}": the choice {choice!r} stands twice')


def resolve_answers(questions: Sequence[Question]) -> tuple[list[tuple[str, ...]], str | None]:
    """The option texts that the answers of each question mean, and a note on how they are given.

    One reading has to fit all the answers of the data, tried in this order: the texts of
    options, letters, numbers from 0, numbers from 1. Where none fits all, each answer is its
    option's text or else its letter.

    Raises:
        InputError: an answer that is none of its choices; numbers that fit from 0 and from 1.
    """
    if all(_by_text(each, answer) is not None for each, answer in _pairs(questions)):
        return _resolved(questions, _by_text), None
    if all(_by_letter(each, answer) is not None for each, answer in _pairs(questions)):
        return _resolved(questions, _by_letter), "Answers are the letters of their options."
    from_zero = all(_by_number(each, answer, 0) is not None for each, answer in _pairs(questions))
    from_one = all(_by_number(each, answer, 1) is not None for each, answer in _pairs(questions))
    if from_zero and from_one:
        raise InputError(
            f"{questions[0].where}: the answers are numbers of options, but no answer shows "
            "whether the first option is 0 or 1; give the letters or texts of options"
        )
    if from_zero or from_one:
        first = 0 if from_zero else 1
        texts = _resolved(questions, lambda each, answer: _by_number(each, answer, first))
        return texts, f"Answers are the numbers of their options, counted from {first}."
    return _resolved(questions, _by_text_or_letter), "Answers are texts or letters of options."


def _pairs(questions: Sequence[Question]) -> list[tuple[Question, str]]:
    return [(each, answer) for each in questions for answer in each.answers]


def _resolved(questions: Sequence[Question], read: _Reading) -> list[tuple[str, ...]]:
    found = []
    for each in questions:
        texts = []
        for answer in each.answers:
            text = read(each, answer)
            if text is None:
                options = ", ".join(repr(choice) for choice in each.choices)
                raise InputError(
                    f'{each.where}, "{each.field}": the answer {answer!r} is not one of the '
                    f"choices: {options}"
                )
            texts.append(text)
        found.append(tuple(dict.fromkeys(texts)))
    return found


def _by_text(question: Question, answer: str) -> str | None:
    """The option with this text; ignoring case and spacing where that leaves one."""
    if answer in question.choices:
        return answer
    alike = [choice for choice in question.choices if _loose(choice) == _loose(answer)]
    return alike[0] if len(alike) == 1 else None


def _by_letter(question: Question, answer: str) -> str | None:
    """The option of a letter: "B", "b", "(B)", "B)" or "B."."""
    match = re.fullmatch(r"\(?([A-Za-z])[).:]?", answer)
    if not match:
        return None
    index = ord(match[1].upper()) - ord("A")
    return question.choices[index] if index < len(question.choices) else None


def _by_number(question: Question, answer: str, first: int) -> str | None:
    """The option of a number, where the first option's is `first`."""
    if not re.fullmatch(r"[0-9]{1,2}", answer):
        return None
    index = int(answer) - first
    return question.choices[index] if 0 <= index < len(question.choices) else None


def _by_text_or_letter(question: Question, answer: str) -> str | None:
    text, letter = _by_text(question, answer), _by_letter(question, answer)
    if text is not None and letter is not None and text != letter:
        raise InputError(
            f'{question.where}, "{question.field}": the answer {answer!r} is one option\'s text '
            "and another's letter; give all answers as texts, or all as letters"
        )
    return text if text is not None else letter


def _loose(text: str) -> str:
    return " ".join(text.casefold().split())
