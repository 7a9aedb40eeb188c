"""Dataset: what a loader understood of a file, before splits are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from promptopt.tasks.example import Example

SPLITS = ("train", "dev", "test")
"""The splits of a task, in the order in which a search meets them."""

POOL = ""
"""Where `Dataset.given` holds the examples that the data assign to no split."""


class Dataset(msgspec.Struct, frozen=True):
    """Examples as a file gave them.

    Attributes:
        name: a short name for the task, from the file or folder.
        source: the path or the bundled name that it was loaded from.
        format: the recognised format, as a person would call it ("CSV", "JSON Lines",
            "Instruction Induction").
        fields: role of the data to the column or field it was read from, for display:
            {"input": "word", "output": "plural"}.
        given: examples by the split the data assigned them to ("train", "dev", "test"), or
            under "" where the data says nothing and splits are to be drawn.
        metric: the metric that was asked for, or that the format prescribes, or that the data
            suggest.
        notes: what a person should know about how the data were read, a sentence each.
        seed_prompt: the instruction that comes with a bundled task; None for other data.
        final_turn: what a chat model can be asked next, once it has answered, so that it states
            its answer alone; "" where the metric reads no answer out of a text (see
            `promptopt.tasks.final_turn`).
    """

    name: str
    source: str
    format: str
    fields: dict[str, str]
    given: dict[str, tuple[Example, ...]]
    metric: str
    notes: tuple[str, ...] = ()
    seed_prompt: str | None = None
    final_turn: str = ""


def joined(datasets: Sequence[Dataset], name: str, source: str) -> Dataset:
    """Data sets of one format as one, the parts of each put together in order.

    The note of each is told with its name, once for all that have the same.
    """
    first = datasets[0]
    given: dict[str, tuple[Example, ...]] = {}
    told: dict[str, list[str]] = {}
    for each in datasets:
        for part, examples in each.given.items():
            given[part] = given.get(part, ()) + examples
        for note in each.notes:
            told.setdefault(note, []).append(each.name)
    notes = tuple(
        note if len(names) == len(datasets) else f"{', '.join(names)}: {note}"
        for note, names in told.items()
    )
    fields = {"tasks": ", ".join(each.name for each in datasets)} | first.fields
    return replace(first, name=name, source=source, fields=fields, given=given, notes=notes)
