"""A task's data as they are understood, for a person to check before a run is made of them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from promptopt.errors import InputError
from promptopt.runs.config import TaskConfig

if TYPE_CHECKING:
    from promptopt.runs.data_reader import Draw
    from promptopt.tasks.columns import Columns
    from promptopt.tasks.dataset import Dataset
    from promptopt.tasks.example import Example
    from promptopt.tasks.splits import Splits

ROWS_SHOWN = 200
"""Examples of a split that are shown."""

HEAD = 200_000
"""Characters of a file that the names of its columns are looked for in."""


class PreviewRow(msgspec.Struct, frozen=True):
    """One example: its split, "" where it has none yet, and what stands in it."""

    split: str
    input: str
    references: tuple[str, ...]
    choices: tuple[str, ...] = ()


class Preview(msgspec.Struct, frozen=True):
    """What was understood of a task's data.

    Attributes:
        name, source, format, fields, metric: as in `Dataset`.
        suggested: the metric that the data suggest.
        meaning: of the metric, a sentence.
        counts: examples by split, as they would be drawn; empty where they cannot be.
        total: examples in all, duplicates included.
        removed: duplicates that were removed.
        unused: examples that are in no split.
        rows: the first of train and of dev. Those of test stay sealed.
        seed_prompt: of a bundled task, else None.
        notes: how the data were read and divided, a sentence each.
    """

    name: str
    source: str
    format: str
    fields: dict[str, str]
    metric: str
    suggested: str
    meaning: str
    counts: dict[str, int]
    total: int
    removed: int
    unused: int
    rows: tuple[PreviewRow, ...]
    seed_prompt: str | None
    notes: tuple[str, ...]


def columns_of(task: TaskConfig) -> Columns:
    """The columns that a configuration names."""
    from promptopt.tasks.columns import Columns

    return Columns(
        input=task.input_column,
        output=task.output_column,
        choices=task.choices_column,
        split=task.split_column,
    )


def preview(
    task: TaskConfig, seed: int, load: Callable[..., Dataset], draw: Draw | None = None
) -> Preview:
    """What is understood of the data of a configuration.

    Args:
        task: what is said about them.
        seed: of the draw of the splits.
        load, draw: see `DataReader`.

    Raises:
        InputError: the data cannot be read or understood, with file, line or row, and column.
    """
    from promptopt.metrics import METRICS
    from promptopt.tasks.splits import draw_splits

    suggested = load(task.source, columns_of(task), answer_separator=task.answer_separator)
    dataset = load(
        task.source,
        columns_of(task),
        metric=task.metric,
        answer_separator=task.answer_separator,
    )
    splits = _splits(dataset, task, seed, draw or draw_splits)
    counts: dict[str, int] = {}
    if splits is None:
        parts = {split: part for split, part in dataset.given.items() if split != "test"}
        notes = dataset.notes
    else:
        parts = {"train": splits.train, "dev": splits.dev}
        counts = {split: len(part) for split, part in parts.items()} | {"test": len(splits.test)}
        notes = (*dataset.notes, *splits.notes)
    return Preview(
        name=dataset.name,
        source=dataset.source,
        format=dataset.format,
        fields=dataset.fields,
        metric=dataset.metric,
        suggested=suggested.metric,
        meaning=METRICS.get(dataset.metric, "graded by a judge model"),
        counts=counts,
        total=sum(map(len, dataset.given.values())),
        removed=sum(splits.removed.values()) if splits else 0,
        unused=splits.unused if splits else 0,
        rows=tuple(_row(split, each) for split in parts for each in parts[split][:ROWS_SHOWN]),
        seed_prompt=dataset.seed_prompt,
        notes=notes,
    )


def _splits(dataset: Dataset, task: TaskConfig, seed: int, draw: Draw) -> Splits | None:
    """The splits as a run would draw them, None where it could not: that is told elsewhere."""
    from promptopt.tasks.splits import SplitSizes

    try:
        return draw(dataset, SplitSizes(task.train, task.dev, task.test), seed)
    except InputError:
        return None


def _row(split: str, example: Example) -> PreviewRow:
    return PreviewRow(split, example.input, example.references, example.choices)


def column_names(source: str) -> tuple[str, ...]:
    """The names of a file's columns or fields, as far as its beginning tells; quick.

    Empty where they cannot be told: of folders, and of files that are not read at all.
    """
    from promptopt.tasks.bundled import bundled_task

    bundled = bundled_task(source)
    try:
        path = bundled.path if bundled else Path(source).expanduser()
        if not path.is_file():  # from a pipe nothing may ever come
            return ()
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            head = file.read(HEAD)
    except (OSError, ValueError, RuntimeError):
        return ()
    if head.lstrip().startswith(("{", "[")):
        return _field_names(head)
    return _header_names(head, "\t" if path.suffix.lower() in (".tsv", ".tab") else ",")


def _header_names(head: str, delimiter: str) -> tuple[str, ...]:
    first = head.lstrip("\r\n").split("\n", 1)[0]
    if delimiter not in first:
        delimiter = next((each for each in "\t;," if each in first), delimiter)
    try:
        header = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return ()
    return tuple(dict.fromkeys(name.strip() for name in header if name.strip()))


def _field_names(head: str) -> tuple[str, ...]:
    """The keys of the first object that holds no other object."""
    names: dict[str, None] = {}
    for line in head.splitlines()[:50]:
        try:
            value: Any = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(value, dict):
            names |= dict.fromkeys(map(str, value))
    if not names:
        # A list over several lines: what stands before a colon in its first flat object.
        first = re.search(r"\{[^{}]*\}", head)
        found: Sequence[str] = re.findall(r'"((?:[^"\\]|\\.)*)"\s*:', first[0]) if first else ()
        names = dict.fromkeys(found)
    return tuple(names)


def lines_around(problem: str, lines: int = 2) -> list[tuple[int, str, bool]]:
    """The lines of the file that an error names as FILE:LINE, and some on either side of it.

    Returns:
        Of each its number, its text, and whether it is the one that is named; nothing where the
        error names no line of a file.
    """
    named = re.match(r"(?P<file>.+?):(?P<line>\d+)\b", problem, re.DOTALL)
    if named is None:
        return []
    at = int(named["line"])
    try:
        with Path(named["file"]).open(encoding="utf-8", errors="replace") as file:
            some = itertools.islice(file, max(0, at - 1 - lines), at + lines)
            numbered = enumerate(some, max(1, at - lines))
            return [(number, line.rstrip("\r\n"), number == at) for number, line in numbered]
    except (OSError, ValueError):
        return []
