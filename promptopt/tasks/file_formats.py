"""Which loader reads a file: by the ending of its name, else by its content."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from promptopt.errors import InputError
from promptopt.tasks.delimited import parse_delimited, parse_headless
from promptopt.tasks.instruction_induction import is_annotations, is_instruction_induction
from promptopt.tasks.json_file import first_line_is_object, tables_of_json
from promptopt.tasks.json_lines import parse_json_lines
from promptopt.tasks.json_text import parse_json
from promptopt.tasks.mmlu import HEADER, is_original
from promptopt.tasks.table import Table
from promptopt.tasks.text_file import read_text

_DELIMITED = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_LINES = (".jsonl", ".ndjson")
ENDINGS = (*_DELIMITED, *_LINES, ".json")
"""Endings of the names of files that are known."""

KNOWN = "CSV (.csv), TSV (.tsv), JSON Lines (.jsonl) and JSON (.json)"
_NOT_TEXT = (".xlsx", ".xls", ".ods", ".parquet", ".arrow", ".gz", ".zip", ".zst", ".db", ".pkl")


@dataclass(frozen=True)
class Content:
    """What a file holds: tables by split, or one parsed file of the Instruction Induction family.

    Attributes:
        tables: by split, or one under ""; empty if `family` is set.
        family: the parsed JSON.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    family: Any = None


def read_content(path: Path) -> Content:
    """Read a file of any known format.

    Raises:
        InputError: what the loaders raise; a file of another format.
    """
    ending = path.suffix.lower()
    if ending in _NOT_TEXT and path.is_file():
        raise InputError(f"{path}: a {ending} file is not read; save the data as {KNOWN}")
    text = read_text(path)
    source = str(path)
    if ending == ".csv" and is_original(text):
        return Content({"": parse_headless(text, source, HEADER)})
    if ending in _DELIMITED:
        return Content({"": parse_delimited(text, source, _DELIMITED[ending])})
    if ending in _LINES and not text.lstrip().startswith("["):
        return Content({"": parse_json_lines(text, source)})
    if ending in ENDINGS:
        return _json(text, source, note=ending in _LINES)
    return _by_content(text, source)


def _json(text: str, source: str, *, note: bool = False) -> Content:
    if first_line_is_object(text):
        return Content(
            {"": parse_json_lines(text, source, ("The file is JSON Lines: an object a line.",))}
        )
    value = parse_json(text, source)
    if is_annotations(value):
        raise InputError(
            f"{source} holds human instructions for a task, not its examples; "
            "name the file of the same name in the folder induce"
        )
    if is_instruction_induction(value):
        return Content(family=value)
    tables = tables_of_json(value, source, text)
    if note:
        said = "The file is one JSON list, not an object a line."
        tables = {
            split: replace(table, notes=(*table.notes, said)) for split, table in tables.items()
        }
    return Content(tables)


def _by_content(text: str, source: str) -> Content:
    if text.lstrip().startswith(("[", "{")):
        return _json(text, source)
    first = text.strip().split("\n", 1)[0]
    delimiter = "\t" if "\t" in first else ","
    if delimiter not in first or "\n" not in text.strip():
        raise InputError(f"{source}: its format is not known; promptopt reads {KNOWN}")
    kind = "TSV" if delimiter == "\t" else "CSV"
    try:
        return Content({"": parse_delimited(text, source, delimiter)})
    except InputError as error:
        raise InputError(f"{error} (taken as {kind}; promptopt reads {KNOWN})") from None
