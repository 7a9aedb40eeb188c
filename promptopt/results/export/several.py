"""Several candidates at once: those that were marked, or the front."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from promptopt.errors import InputError
from promptopt.results.json_text import json_text
from promptopt.results.visible import visible
from promptopt.runs.state import candidate_name

IN_ONE_FILE = ("json", "csv")
"""Formats that hold several candidates in one file; of the others each gets a file."""


def export_files(
    path: Path,
    format: str,  # noqa: A002 - the word that the option has
    candidates: Sequence[int],
    text_of: Callable[[int], str],
) -> list[tuple[Path, str]]:
    """The files that candidates are written to, with their texts.

    A single candidate goes to `path` itself. Of several, JSON is an array of what each alone
    would be, CSV has the rows of these alone; in other formats the name of each goes before the
    ending: "prompts-c003.txt".

    Args:
        format: one of `promptopt.results.export.FORMATS`.
        text_of: the export of one candidate in this format.

    Raises:
        InputError: several files are to be named after a folder.
    """
    if len(candidates) == 1:
        return [(path, text_of(candidates[0]))]
    if format in IN_ONE_FILE:
        return [(path, together(format, candidates, text_of))]
    if os.path.isdir(path):  # noqa: PTH112 - pathlib raises where a name is too long
        raise InputError(f"cannot write {visible(str(path))}: it is a folder; name a file in it")
    return [
        (path.with_name(f"{path.stem}-{candidate_name(each)}{path.suffix}"), text_of(each))
        for each in candidates
    ]


def together(format: str, candidates: Sequence[int], text_of: Callable[[int], str]) -> str:  # noqa: A002
    """Several candidates as one text: for a format of one file, or for the clipboard."""
    if len(candidates) == 1:
        return text_of(candidates[0])
    if format == "json":
        return json_text([json.loads(text_of(each)) for each in candidates], indent=2) + "\n"
    if format == "csv":
        return _rows_of(text_of(candidates[0]), {candidate_name(each) for each in candidates})
    return "\n\n".join(text_of(each).rstrip("\n") for each in candidates) + "\n"


def _rows_of(table: str, names: set[str]) -> str:
    # A line break within a field is part of a prompt: as it is, it has to stay.
    rows = list(csv.reader(io.StringIO(table, newline="")))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([rows[0], *(row for row in rows[1:] if row[0] in names)])
    return out.getvalue()
