"""The second turn: what a chat model is asked once it has reasoned, to state its answer alone.

GPO asks zero-shot chat models so on every task but WebNLG (Tang et al. 2024; the wording is our
own). A metric that looks for the answer in a long text may find another one first; in the reply
to this message there is nothing else to find.
"""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.tasks.example import Example
from promptopt.tasks.template import option_letter

_BY_METRIC = {
    "number": "Therefore, give your final answer as one number and nothing else.",
    "brackets": (
        "Therefore, give only the closing brackets that complete the sequence, separated by "
        "spaces, and nothing else."
    ),
    "word_list": (
        "Therefore, give only the sorted words, in one line, separated by spaces, and nothing else."
    ),
}

_PAIRS = (("yes", "no"), ("true", "false"), ("valid", "invalid"))


def final_turn(metric: str, examples: Sequence[Example]) -> str:
    """The message for answers that a metric scores; "" where it compares whole texts.

    Options are named up to the last letter where all the examples have as many, and by their
    form otherwise. Of yes and no, true and false, valid and invalid the pair is named that the
    answers are of.
    """
    if metric == "choice":
        return _option(examples)
    if metric == "boolean":
        said = {answer.strip(" .").casefold() for each in examples for answer in each.references}
        pair = next((pair for pair in _PAIRS if said <= set(pair)), _PAIRS[0])
        first, second = (word if pair == _PAIRS[2] else word.capitalize() for word in pair)
        return f'Therefore, give your final answer: only "{first}" or "{second}".'
    return _BY_METRIC.get(metric, "")


def _option(examples: Sequence[Example]) -> str:
    if not all(each.lettered for each in examples):
        return "Therefore, give your final answer: only the text of one of the options."
    counts = {len(each.choices) for each in examples}
    if len(counts) > 1:
        return "Therefore, give your final answer: only the letter of one option, such as (A)."
    last = option_letter(counts.pop() - 1)
    between = "or" if last == "B" else "to"
    return f"Therefore, give your final answer: only one option, (A) {between} ({last})."
