"""Each defect of the published evaluations by its name: what they give, and what ours gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from promptopt._core import References, extract_answers, score
from tests.core.reference import Metric, Normalizer
from tests.core.test_answers import Kind
from tests.tasks.files import examples, load

Pair = tuple[tuple[Metric, Metric], tuple[Normalizer, Normalizer]]


class Scored(NamedTuple):
    """A prediction that the published metric scores wrongly."""

    metric: tuple[Metric, Metric]
    normalizer: tuple[Normalizer, Normalizer]
    prediction: str
    answers: list[str]
    published: float
    ours: float


def same(metric: Metric, published: Normalizer, ours: Normalizer) -> Pair:
    """One metric, whose published form is that of another normalizer."""
    return (metric, metric), (published, ours)


def own(published: Metric, ours: Metric) -> Pair:
    """Metrics that read the raw text."""
    return (published, ours), ("none", "none")


GPO_EXACT = same("exact_match", "gpo_reference", "gpo")
APE_EXACT = same("exact_match", "ape_reference", "ape")
SCORED = {
    "GPO: -24 is equal to 24": Scored(*GPO_EXACT, "-24", ["24"], 1, 0),
    "GPO: 1.5 is equal to 15": Scored(*GPO_EXACT, "1.5", ["15"], 1, 0),
    "GPO: 1/2 is equal to 12": Scored(*GPO_EXACT, "1/2", ["12"], 1, 0),
    "APE: 1.5 is equal to 1.7": Scored(*APE_EXACT, "1.5", ["1.7"], 1, 0),
    "APE: all texts of marks are equal": Scored(*APE_EXACT, "] )", [") ]"], 1, 0),
    "APE: a space before a period stays": Scored(*APE_EXACT, "yes .", ["yes"], 0, 1),
    "APE: one word is made of a list without spaces": Scored(
        *same("exact_set", "ape_reference", "ape"), "dog,cat", ["cat, dog"], 0, 1
    ),
    "APE: 24 is found in -24": Scored(
        *same("contains", "ape_reference", "ape"), "it is -24", ["24"], 1, 0
    ),
    "APE: two texts without words differ": Scored(
        *same("token_f1", "ape_reference", "ape"), " ", [""], 0, 1
    ),
    'GPO: "Yes, they ..." is not yes': Scored(
        *own("boolean_reference", "boolean"), "Yes, they are the same.", ["Yes"], 0, 1
    ),
    "GPO: yes is not true": Scored(*own("boolean_reference", "boolean"), "yes", ["True"], 0, 1),
    "GPO: 1 is not true": Scored(*own("boolean_reference", "boolean"), "1", ["true"], 0, 1),
    "GPO: brackets are compared with their spaces": Scored(
        *own("dyck_reference", "dyck"), "The rest is ]] >.", ["] ] >"], 0, 1
    ),
    "GPO: a list with commas is not sorted": Scored(
        *own("word_sorting_reference", "word_sorting"), "Barn, same.", ["barn same"], 0, 1
    ),
    "GPO: ROUGE-L ignores repeats": Scored(
        *own("rouge_l_reference", "rouge_l"), "so so so so", ["so"], 2 / (2 + 1e-8), 0.4
    ),
    "GPO: ROUGE-L ignores the order of sentences": Scored(
        *own("rouge_l_reference", "rouge_l"), "b . a", ["a . b"], 2 / (2 + 1e-8), 1 / 3
    ),
    "GPO: ROUGE-L is the mean over the answers": Scored(
        *own("rouge_l_reference", "rouge_l"), "a", ["a", "b"], 1 / (2 + 1e-8), 1
    ),
}


@pytest.mark.parametrize("case", SCORED.values(), ids=SCORED)
def test_a_wrong_score(case: Scored) -> None:
    scores = [
        score([case.prediction], References([case.answers], normalizer), metric)[0]
        for metric, normalizer in zip(case.metric, case.normalizer, strict=True)
    ]
    assert scores == pytest.approx([case.published, case.ours], abs=1e-12)


class Extracted(NamedTuple):
    """A text out of which the published parser takes the wrong answer."""

    kind: Kind
    text: str
    published: str
    ours: str | None


EXTRACTED = {
    "the first letter mentioned wins": Extracted(
        "multiple_choice", "I considered (A) but it must be (C)", "(a)", "C"
    ),
    "a letter without brackets is none": Extracted(
        "multiple_choice", "Answer: B", "answer: b", "B"
    ),
    "the markers of an answer are case-sensitive": Extracted(
        "number", "Answer: 5, not 6", "6", "5"
    ),
    "so they are before a choice": Extracted(
        "multiple_choice", "Not (A). The ANSWER IS (B)", "(a)", "B"
    ),
    "a truth value is never looked for": Extracted("boolean", "yes it is", "yes it is", "yes"),
    "numbers above twelve in words are none": Extracted(
        "number", "The answer is twenty-one.", "twenty-one.", "21"
    ),
    "a fraction is its last digits": Extracted("number", "It is 3/4", "4", "0.75"),
    "a number is rounded to an integer": Extracted("number", "It is 2.5", "2", "2.5"),
    "nothing is an answer": Extracted("number", "I do not know", "", None),
}


@pytest.mark.parametrize("case", EXTRACTED.values(), ids=EXTRACTED)
def test_a_wrong_answer(case: Extracted) -> None:
    assert extract_answers([case.text], case.kind, variant="reference") == [case.published]
    assert extract_answers([case.text], case.kind) == [case.ours]


def test_a_dropped_list_item(tmp_path: Path) -> None:
    """APE's loader leaves the last item of every list of `common_concept` out."""
    items = ["guitars", "pendulums", "neutrinos"]
    row = {"items": items, "concept": "oscillate.", "all_common_concepts": ["oscillate."]}
    file = tmp_path / "common_concept.json"
    file.write_text(json.dumps({"metadata": {"num_examples": "1"}, "examples": {"1": row}}))
    published = ", ".join(items[:-1])
    (example,) = examples(load(file))
    assert published == "guitars, pendulums"
    assert example.input == "guitars, pendulums, neutrinos"
