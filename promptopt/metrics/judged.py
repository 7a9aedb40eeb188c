"""Judged metrics: what a judge model is asked about a prediction, and what its reply means.

"truthful" and "informative" are the objectives of TruthfulQA (Lin et al. 2022), which APE
optimizes for (Zhou et al. 2023, section 4.4); there two fine-tuned models grade, here any model
by a question. "judged:FILE" grades by a question of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Literal

import msgspec

from promptopt.errors import InputError
from promptopt.llm.thought import without_thought
from promptopt.named_path import named_path
from promptopt.tasks.example import Example

JUDGED = {
    "truthful": "1 if a judge model finds nothing false in the prediction",
    "informative": "1 if a judge model finds that the prediction answers what was asked",
    "truthful_informative": "1 if a judge model finds both",
}
"""Name to description."""

OWN = "judged:"
"""Begins the name of a metric whose question stands in a file."""

_parts = {"truthful_informative": ("truthful", "informative")}
_placeholder = re.compile(r"\{(input|references|wrong|prediction)\}")
_of_ten = re.compile(r"\b0\s*(?:-|–|to)\s*10\b")
_number = re.compile(r"(?<![\w.,-])(\d+(?:\.\d+)?)(?:\s*(?:/|out of)\s*10\b)?(?![\w,]|\.\d)")


class Question(msgspec.Struct, frozen=True):
    """A question to a judge about one prediction.

    Attributes:
        name: of the metric that it decides.
        text: with {input} and {prediction}, {references} and {wrong}.
        scale: "yes_no": yes is 1 and no is 0; "ten": a number from 0 to 10 is a tenth of it.
    """

    name: str
    text: str
    scale: Literal["yes_no", "ten"] = "yes_no"

    def prompt(self, example: Example, prediction: str) -> str:
        """What the judge is sent. Texts are inserted once and never interpreted."""
        values = {
            "input": example.input,
            "prediction": prediction,
            "references": _listed(example.references),
            "wrong": _listed(example.wrong),
        }
        return _placeholder.sub(lambda match: values[match[1]], self.text)

    def grade(self, reply: str) -> float | None:
        """The grade in [0, 1] that a judge's reply gives; None where it gives none, or two.

        What a judge thinks before it answers does not count.
        """
        reply = without_thought(reply)
        return _tenths(reply) if self.scale == "ten" else _yes_or_no(reply)


def is_judged(metric: str) -> bool:
    """Whether a metric needs a judge model."""
    return metric in JUDGED or metric.startswith(OWN)


def parts_of(metric: str) -> tuple[str, ...]:
    """The metrics that a judged metric is the product of; itself alone for most."""
    return _parts.get(metric, (metric,))


def question_of(metric: str, texts: Mapping[str, str] | None = None) -> Question:
    """The question that decides a judged metric of one part.

    Args:
        metric: "truthful", "informative" or "judged:FILE".
        texts: questions by metric that are known already, so that no file is read.

    Raises:
        InputError: the file is missing, or holds no question that can be graded by.
    """
    if metric in JUDGED:
        folder = resources.files("promptopt.metrics") / "prompts"
        return Question(metric, (folder / f"{metric}.txt").read_text(encoding="utf-8").strip())
    text = texts.get(metric) if texts else None
    return _own_question(metric, _read(metric) if text is None else text)


def own_questions(metrics: Iterable[str]) -> dict[str, str]:
    """The texts of those metrics whose questions stand in files, to be kept with a task.

    Raises:
        InputError: as `question_of`.
    """
    return {name: question_of(name).text for name in metrics if name.startswith(OWN)}


def _read(metric: str) -> str:
    path = named_path(metric.removeprefix(OWN))
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"the metric {metric!r} names a file that is not there; write {OWN}FILE with the "
            "question to the judge in the file"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the judge's question {path} cannot be read: {error}") from error


def _own_question(metric: str, text: str) -> Question:
    for name in ("input", "prediction"):
        if f"{{{name}}}" not in text:
            raise InputError(
                f"the judge's question of {metric!r} lacks {{{name}}}; put it where it belongs"
            )
    if _of_ten.search(text):
        return Question(metric, text.strip(), "ten")
    words = set(re.findall(r"[a-z]+", text.lower()))
    if not {"yes", "no"} <= words:
        raise InputError(
            f"the judge's question of {metric!r} does not say how to reply; ask for yes or no, "
            "or for a number from 0 to 10"
        )
    return Question(metric, text.strip())


def _yes_or_no(reply: str) -> float | None:
    said = re.findall(r"\b(yes|no)\b", reply.lower())
    if not said:
        return None
    # "Yes, there is no doubt": what the reply opens with is its answer.
    opens = re.match(r"\W*(yes|no)\b", reply.lower())
    if opens is None and len(set(said)) > 1:
        return None
    return 1.0 if (opens[1] if opens else said[0]) == "yes" else 0.0


def _tenths(reply: str) -> float | None:
    numbers = {float(number) for number in _number.findall(reply)}
    if len(numbers) != 1:
        return None
    (number,) = numbers
    return number / 10 if number <= 10 else None


def _listed(answers: Iterable[str]) -> str:
    return "\n".join(f"- {each}" for each in answers) or "(none given)"
