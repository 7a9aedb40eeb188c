"""Loader of MMLU (Hendrycks et al. 2021): multiple choice in 57 subjects.

Two published forms. The original is CSV without a line of names (question, four options, the
letter of the answer), a file `SUBJECT_dev.csv`, `SUBJECT_val.csv` and `SUBJECT_test.csv` in the
folders `dev`, `val` and `test`. GPO has a folder for each subject, with the options in the text.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from promptopt.tasks.columns import Columns
from promptopt.tasks.mmlu_subjects import category_of
from promptopt.tasks.reading import Reading, names_of
from promptopt.tasks.table import Table

FAMILY = "MMLU"
HEADER = ("question", "A", "B", "C", "D", "answer")
"""The names that the columns of the original form are given."""

# The five questions of "dev" are those that the published prompts show as demonstrations.
SIDES = {"train": "dev", "dev": "val", "test": "test"}
"""Split to the folder, and the end of the file's name, in the original form."""


def is_original(text: str) -> bool:
    """Whether a CSV text has the original form, by its first rows; one of them may be broken."""
    records = csv.reader(io.StringIO(text, newline=""))
    first = [record for record in itertools.islice(records, 5) if record]
    fitting = [record for record in first if _fits(record)]
    # A line of names is told by the names.
    named = first and {cell.strip().casefold() for cell in first[0]} & {"question", "answer"}
    return bool(first) and not named and 2 * len(fitting) > len(first)


def _fits(record: Sequence[str]) -> bool:
    return len(record) == len(HEADER) and record[-1].strip() in HEADER[1:-1]


def original_files(folder: Path) -> dict[str, dict[str, Path]]:
    """The files of a folder in the original form: by subject, then by split."""
    found: dict[str, dict[str, Path]] = {}
    for split, side in SIDES.items():
        for path in sorted((folder / side).glob(f"*_{side}.csv")):
            found.setdefault(path.stem.removesuffix(f"_{side}"), {})[split] = path
    return dict(sorted(found.items()))


def siblings(path: Path) -> dict[str, Path]:
    """The files, by split, of the subject that a file of the original form belongs to."""
    side = path.absolute().parent.name
    if side not in SIDES.values() or not path.stem.endswith(f"_{side}"):
        return {}
    home = path.parent.parent if path.parent.name == side else path.absolute().parent.parent
    return original_files(home).get(path.stem.removesuffix(f"_{side}"), {})


def read_mmlu(tables: Mapping[str, Table]) -> Reading | None:
    """The tables as they are; None if they are no MMLU.

    Options that end a text are a form of several families, so that in GPO's form the name of the
    folder has to tell.
    """
    names = names_of(tables)
    path = Path(next(iter(tables.values())).source).absolute()
    if all(each.headless for each in tables.values()):
        category = category_of(path.stem.rpartition("_")[0])
        columns = Columns(HEADER[0], HEADER[-1], HEADER[1:-1], "")
    elif {"input", "output"} <= names:
        category = category_of(path.parent.name)
        columns = Columns(input="input", output="output")
        if category is None:
            return None
    else:
        return None
    return Reading(f"{FAMILY}, {category}" if category else FAMILY, tables, columns, "choice")
