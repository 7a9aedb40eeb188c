"""The metrics by name, and which of them suits which data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from promptopt.errors import InputError
from promptopt.metrics.judged import JUDGED, OWN, question_of
from promptopt.tasks.example import Example

METRICS = {
    "exact_match": "1 if the prediction is an accepted answer, but for case and punctuation",
    "token_f1": "the words shared with the nearest accepted answer: F1 of precision and recall",
    "exact_set": "1 if the prediction has just the words of an accepted answer, in any order",
    "contains": "1 if an accepted answer stands in the prediction as whole words",
    "choice": "1 if the option that the prediction settles on is a correct one",
    "number": "1 if the number that the prediction ends up with is equal to an accepted one",
    "boolean": "1 if the prediction says yes (true, valid) or no (false, invalid) like the answer",
    "brackets": "1 if the prediction's last closing brackets are those of an accepted answer",
    "word_list": "1 if the prediction lists the words of an accepted answer, in their order",
    "rouge_l": "the words in common order with the nearest accepted answer: ROUGE-L, F1",
    "rouge_l_mean": "the same on average over the accepted answers, as GPO has it for WebNLG",
    "nearest_true": "1 if the prediction is nearer to an accepted answer than to any wrong one",
    **JUDGED,
}
"""Name to description. Where nothing else is said, the best over an example's references counts."""

CHOICE = "choice"

_TRUTH = {"yes": True, "true": True, "valid": True, "no": False, "false": False, "invalid": False}
_NUMBER = re.compile(r"[-+]?[$£€¥]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?%?")
_BRACKETS = re.compile(r"[)\]}>\s]+")


def truth_value(text: str) -> bool | None:
    """What yes, no, true, false, valid or invalid says; None for any other text."""
    return _TRUTH.get(text.strip().rstrip(".").casefold())


def is_number(text: str) -> bool:
    """Whether the text is one number: digits, perhaps with a sign, commas, decimals, $ or %."""
    stripped = text.strip()
    return bool(_NUMBER.fullmatch(stripped)) and any(mark.isdigit() for mark in stripped)


def is_closing_brackets(text: str) -> bool:
    """Whether the text is nothing but closing brackets."""
    return bool(_BRACKETS.fullmatch(text)) and not text.isspace()


_NEEDED: dict[str, tuple[Callable[[str], bool], str]] = {
    "number": (is_number, "numbers as answers"),
    "boolean": (
        lambda text: truth_value(text) is not None,
        "yes or no, true or false, valid or invalid as answers",
    ),
    "brackets": (is_closing_brackets, "closing brackets as answers"),
}
"""What each reference has to be for a metric that reads an answer out of the prediction."""


def check_metric(metric: str, examples: Sequence[Example]) -> None:
    """Raise InputError if the metric is unknown, or not one that the examples can be scored by.

    "choice" needs choices in every example; "number", "boolean" and "brackets" need such
    answers; "nearest_true" needs wrong answers in every example;
    "judged:FILE" a file with a question to a judge.
    """
    if metric.startswith(OWN):
        question_of(metric)
        return
    if metric not in METRICS:
        close = difflib.get_close_matches(metric, METRICS, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise InputError(f"there is no metric {metric!r}; {hint}known: {', '.join(METRICS)}")
    if metric == CHOICE:
        without = [each for each in examples if not each.choices]
        if without:
            raise InputError(
                f'the metric "choice" needs choices, but {len(without)} of {len(examples)} '
                f"examples have none (the first: {without[0].input[:60]!r}); name the column of "
                "choices, or use another metric"
            )
    if metric == "nearest_true":
        without = [each for each in examples if not each.wrong]
        if without:
            raise InputError(
                f'the metric "nearest_true" needs wrong answers, as TruthfulQA gives them, but '
                f"{len(without)} of {len(examples)} examples have none; use another metric"
            )
    if metric in _NEEDED:
        fits, needed = _NEEDED[metric]
        for each in examples:
            for answer in each.references:
                if not fits(answer):
                    raise InputError(
                        f'the metric "{metric}" needs {needed}, which {answer[:60]!r} is not '
                        f"(of the input {each.input[:60]!r}); use another metric"
                    )


def suggest_metric(examples: Sequence[Example]) -> str:
    """Return "choice" where every example has choices, otherwise "exact_match".

    Answers that are all numbers are no reason for "number": they may be labels, and of a plain
    completion, which goes on to questions of its own, only the first line is the answer.
    """
    if examples and all(each.choices for each in examples):
        return CHOICE
    return "exact_match"
