"""The published evaluation of Instruction Induction, which APE uses, restated step for step.

The tests' twins say the same more plainly; these take the steps that the published Python takes,
and so as long: both texts are normalised again for every answer, exact match, set and contains stop
at the first answer that is right, contains compiles a regular expression of the answer as it
stands, and a normalisation builds its table of punctuation anew.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence


def normalized(text: str) -> str:
    for copied in (" and ", "Sentence 1:", "Sentence 2:"):
        text = text.replace(copied, " ")
    sentence = text.strip().split("\n")[0].split(".")[0]
    spaced = sentence.lower().replace("-", " ")
    return spaced.translate(str.maketrans("", "", string.punctuation))


def exact_match(prediction: str, answer: str) -> bool:
    return normalized(prediction) == normalized(answer)


def exact_set(prediction: str, answer: str) -> bool:
    return set(normalized(prediction).split()) == set(normalized(answer).split())


def contains(prediction: str, answer: str) -> bool:
    text, searched = normalized(prediction), normalized(answer)
    return re.search(rf"\b({searched})\b", text) is not None


def token_f1(prediction: str, answer: str) -> float:
    predicted, accepted = normalized(prediction).split(), normalized(answer).split()
    same = sum((Counter(predicted) & Counter(accepted)).values())
    if same == 0:
        return 0.0
    precision, recall = 1.0 * same / len(predicted), 1.0 * same / len(accepted)
    return (2 * precision * recall) / (precision + recall)


def first_right(metric: Callable[[str, str], bool]) -> Callable[[str, Sequence[str]], float]:
    def score(prediction: str, answers: Sequence[str]) -> float:
        for answer in answers:
            if metric(prediction, answer):
                return 1.0
        return 0.0

    return score


def best_f1(prediction: str, answers: Sequence[str]) -> float:
    scores = []
    for answer in answers:
        scores.append(token_f1(prediction, answer))  # noqa: PERF401  (as published)
    return max(scores)


METRICS: dict[str, Callable[[str, Sequence[str]], float]] = {
    "exact_match": first_right(exact_match),
    "token_f1": best_f1,
    "exact_set": first_right(exact_set),
    "contains": first_right(contains),
}
