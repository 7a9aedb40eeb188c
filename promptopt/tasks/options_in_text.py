"""Options that stand at the end of an input's text, as BIG-Bench Hard and MMLU have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from promptopt.errors import InputError

_LETTERED = re.compile(r"\(([A-Z])\)(?:[ \t]+(.*))?")
_DASHED = re.compile(r"-(?:[ \t]+(.*))?")
_LETTER_ONLY = re.compile(r"\([A-Z]\)")
_LETTER = re.compile(r"\(?[A-Za-z][).]?")


@dataclass(frozen=True)
class Cut:
    """An input cut before its options.

    Attributes:
        before: the input without them.
        choices: two or more, stripped; one may be empty where the text has none.
        lettered: whether they had letters; if not, dashes.
    """

    before: str
    choices: tuple[str, ...]
    lettered: bool


def cut_options(text: str) -> Cut | None:
    """The input and its options, None where the text does not end in options.

    They are lines `(A) …`, `(B) …` from A on, perhaps below a line `Options:`; or, below such a
    line, lines `- …`. A lettered option but the last may go on over several lines.
    """
    lines = text.replace("\r\n", "\n").rstrip().split("\n")
    return _lettered(lines) or _dashed(lines)


def _lettered(lines: Sequence[str]) -> Cut | None:
    found = [_LETTERED.fullmatch(line) for line in lines]
    starts = [at for at, match in enumerate(found) if match and match[1] == "A"]
    if not starts or not found[-1]:
        return None
    start = starts[-1]
    choices: list[str] = []
    for match, line in zip(found[start:], lines[start:], strict=True):
        if match and ord(match[1]) - ord("A") == len(choices):
            choices.append(match[2] or "")
        elif match:
            return None
        else:
            choices[-1] += f"\n{line}"
    return _cut(lines[:start], choices, True)


def _dashed(lines: Sequence[str]) -> Cut | None:
    start = len(lines)
    while start and _DASHED.fullmatch(lines[start - 1]):
        start -= 1
    if not start or lines[start - 1].strip() != "Options:":
        return None
    return _cut(lines[:start], [line[1:] for line in lines[start:]], False)


def _cut(before: Sequence[str], choices: Sequence[str], lettered: bool) -> Cut | None:
    if before and before[-1].strip() == "Options:":
        before = before[:-1]
    if len(choices) < 2:
        return None
    return Cut("\n".join(before), tuple(each.strip() for each in choices), lettered)


@dataclass(frozen=True)
class TextRow:
    """An input with its answers, its place, and the names of both columns for errors."""

    where: str
    input: str
    answers: tuple[str, ...]
    names: tuple[str, str]


def cut_all(rows: Sequence[TextRow], notes: list[str]) -> list[Cut | None] | None:
    """The inputs of all rows cut before their options; None where the data have none in them.

    A row is None itself if it is to be left out: publishing has broken its options at their
    commas, so that its answer is several of them.

    Args:
        notes: is given a sentence where something was left as it is, or left out.

    Raises:
        InputError: a row whose answer is a letter, but without options, among rows that have
            them; nothing before the options.
    """
    cuts = [cut_options(row.input) for row in rows]
    having = [(row, cut) for row, cut in zip(rows, cuts, strict=True) if cut]
    if not having:
        return None
    for row, cut in zip(rows, cuts, strict=True):
        if cut is None and any(_LETTER_ONLY.fullmatch(answer) for answer in row.answers):
            raise InputError(
                f'{row.where}, "{row.names[0]}": the answer is {row.answers[0]!r}, but the text '
                "does not end in lettered options, as others do; complete it"
            )
    if len(having) < len(rows):
        notes.append(
            f"{len(having)} of {len(rows)} inputs end in options; since the others do not, all "
            "are taken as plain text."
        )
        return None
    if 2 * sum(_fits(row, cut) for row, cut in having) < len(rows):
        notes.append(
            "Inputs end in options, but the answers are none of them: taken as plain text."
        )
        return None
    kept: list[Cut | None] = []
    for row, cut in having:
        if not cut.before.strip():
            raise InputError(
                f'{row.where}, "{row.names[0]}": nothing stands before the options; complete it'
            )
        kept.append(None if any(_is_broken(each, cut.choices) for each in row.answers) else cut)
    left_out = [Path(row.where).name for row, cut in zip(rows, kept, strict=True) if cut is None]
    if left_out:
        notes.append(
            f"Left out, since the options are broken at their commas and the answer is several "
            f"of them: {len(left_out)} ({', '.join(left_out[:3])})."
        )
    return kept


def _fits(row: TextRow, cut: Cut) -> bool:
    return all(_LETTER.fullmatch(each) or each in cut.choices for each in row.answers)


def _is_broken(answer: str, choices: Sequence[str]) -> bool:
    """Whether the answer is two or more options that follow one another, commas between them."""
    if "," not in answer or answer in choices:
        return False
    return any(
        ", ".join(choices[start:end]) == answer
        for start in range(len(choices))
        for end in range(start + 2, len(choices) + 1)
    )
