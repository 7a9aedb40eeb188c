"""What was understood of a task's data, for a person to check before a run."""

from __future__ import annotations

from collections import Counter

import msgspec

from promptopt.metrics import METRICS
from promptopt.tasks.dataset import Dataset
from promptopt.tasks.example import Example
from promptopt.tasks.splits import Splits

_SHOWN = ("train", "dev")
_MOST_ANSWERS = 8
_MOST_CHARACTERS = 160


class Description(msgspec.Struct, frozen=True):
    """What was understood of a task's data.

    Attributes:
        name, source, format, fields, metric: as in `Dataset`.
        counts: examples by split.
        removed: duplicates that were removed, by the part of the data that they stood in.
        unused: examples that are in no split.
        first: the first three examples of train and of dev. Those of test stay sealed.
        answers: the most frequent first answers over train and dev, with how many examples have
            each; at most eight.
        distinct_answers: how many different first answers there are.
        several_answers: how many of them accept more than one answer.
        notes: how the data were read and divided, a sentence each.
        final_turn: what a chat model can be asked once it has answered; "" if nothing.
    """

    name: str
    source: str
    format: str
    fields: dict[str, str]
    metric: str
    counts: dict[str, int]
    removed: dict[str, int]
    unused: int
    first: dict[str, tuple[Example, ...]]
    answers: dict[str, int]
    distinct_answers: int
    several_answers: int
    notes: tuple[str, ...]
    final_turn: str = ""


def describe(dataset: Dataset, splits: Splits) -> Description:
    """Describe a data set and how it was divided."""
    parts = {"train": splits.train, "dev": splits.dev, "test": splits.test}
    examples = [each for split in _SHOWN for each in parts[split]]
    answers = Counter(each.references[0] for each in examples)
    return Description(
        name=dataset.name,
        source=dataset.source,
        format=dataset.format,
        fields=dataset.fields,
        metric=dataset.metric,
        counts={split: len(part) for split, part in parts.items()},
        removed=splits.removed,
        unused=splits.unused,
        first={split: parts[split][:3] for split in _SHOWN},
        answers=dict(answers.most_common(_MOST_ANSWERS)),
        distinct_answers=len(answers),
        several_answers=sum(len(each.references) > 1 for each in examples),
        notes=(*dataset.notes, *splits.notes),
        final_turn=dataset.final_turn,
    )


def description_lines(description: Description) -> list[str]:
    """The description as lines for a terminal.

    Texts of the data stand in them as they are, line ends included: each line must be made
    visible before it is shown.
    """
    fields = ", ".join(f"{role} from {name}" for role, name in description.fields.items())
    lines = [
        f"task     {description.name}",
        f"source   {description.source}",
        f"format   {description.format}: {fields}",
        f"metric   {description.metric}: {METRICS.get(description.metric, 'by a judge model')}",
        "splits   " + ", ".join(f"{split} {n}" for split, n in description.counts.items()),
    ]
    if description.final_turn:
        lines.insert(4, f"turn 2   {description.final_turn} (with final_turn = true)")
    removed = [f"{part} {n}" for part, n in description.removed.items() if n]
    lines.append(
        "removed  " + (f"duplicates: {', '.join(removed)}" if removed else "no duplicates")
    )
    if description.unused:
        lines.append(f"unused   {description.unused} examples; set sizes of splits to use them")
    lines.append(f"answers  {_answers(description)}")
    lines += [f"note     {note}" for note in description.notes]
    for split, first in description.first.items():
        lines += ["", f"{split}: first {len(first)}"]
        for example in first:
            lines += _example(example)
    return lines


def _answers(description: Description) -> str:
    total = sum(description.counts[split] for split in _SHOWN)
    text = f"{description.distinct_answers} different in {total} examples of train and dev"
    if description.distinct_answers <= _MOST_ANSWERS:
        shares = ", ".join(f"{_short(each)!r} {n}" for each, n in description.answers.items())
        text += f": {shares}"
    if description.several_answers:
        text += f"; {description.several_answers} examples accept several"
    return text


def _example(example: Example) -> list[str]:
    lines = [f"  input   {_short(example.input)}"]
    if example.choices:
        lines.append(f"  choices {_short(' | '.join(example.choices))}")
    lines.append(f"  answer  {_short(' | '.join(example.references))}")
    return lines


def _short(text: str) -> str:
    if len(text) <= _MOST_CHARACTERS:
        return text
    return text[: _MOST_CHARACTERS - 1].rstrip() + "…"
