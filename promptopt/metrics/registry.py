"""The metrics by name, and which of them suits which data."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from promptopt.errors import InputError
from promptopt.tasks.example import Example

METRICS = {
    "exact_match": "1 if the prediction is an accepted answer, but for case and punctuation",
    "token_f1": "the words shared with the nearest accepted answer: F1 of precision and recall",
    "exact_set": "1 if the prediction has just the words of an accepted answer, in any order",
    "contains": "1 if an accepted answer stands in the prediction as whole words",
    "choice": "1 if the option that the prediction settles on is a correct one",
}
"""Name to description. The first four take the best over an example's references."""

CHOICE = "choice"


def check_metric(metric: str, examples: Sequence[Example]) -> None:
    """Raise InputError if the metric is unknown, or not one that the examples can be scored by.

    "choice" needs choices in every example.
    """
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


def suggest_metric(examples: Sequence[Example]) -> str:
    """Return "choice" where every example has choices, otherwise "exact_match"."""
    if examples and all(each.choices for each in examples):
        return CHOICE
    return "exact_match"
