"""What kind of answers a benchmark's task has, told by the answers themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from promptopt.errors import InputError
from promptopt.metrics.registry import CHOICE, is_closing_brackets, is_number, truth_value
from promptopt.tasks.example import Example
from promptopt.tasks.table import Row

_KINDS: dict[str, tuple[Callable[[str], bool], str]] = {
    "boolean": (lambda text: truth_value(text) is not None, "yes or no, true or false"),
    "number": (is_number, "a number"),
    "brackets": (is_closing_brackets, "closing brackets"),
}
"""Metric to what its answers look like, in code and in words."""


def metric_of_answers(examples: Sequence[Example]) -> str:
    """The metric for a task of BIG-Bench Hard, as GPO scores its kinds (Tang et al. 2024).

    By the answers alone: truth values, numbers, closing brackets; else a choice where there are
    lettered options; else a list of words where the answers are the input's last words, sorted;
    else exact match.
    """
    if all(each.choices and each.lettered for each in examples):
        return CHOICE
    for metric, (fits, _) in _KINDS.items():
        if all(fits(answer) for each in examples for answer in each.references):
            return metric
    if all(each.choices for each in examples):
        return CHOICE
    if 2 * sum(map(_is_sorted_list, examples)) > len(examples):
        return "word_list"
    return "exact_match"


def check_alike(rows: Sequence[Row], name: str) -> None:
    """Raise InputError if one answer is of another kind than most are, by its place."""
    answers = [(row.where, row.cells.get(name)) for row in rows]
    for fits, words in _KINDS.values():
        others = [each for each in answers if not (isinstance(each[1], str) and fits(each[1]))]
        if 2 * len(others) < len(answers):
            for where, answer in others:
                if isinstance(answer, str) and answer.strip():
                    raise InputError(
                        f'{where}, field "{name}": expected {words}, as in the other answers, '
                        f"found {answer!r}"
                    )
            return


def _is_sorted_list(example: Example) -> bool:
    """Whether the answer is two or more words that the input ends in, in another order."""
    answer = example.references[0].split()
    return len(answer) >= 2 and sorted(example.input.split()[-len(answer) :]) == sorted(answer)
