"""What a folder holds that a run can be made of."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from promptopt.runs import choices
from promptopt.runs.config_file import is_configuration

MOST_ENTRIES = 5_000
"""Of a folder's entries so many are listed, the first ones by name."""

BEGINNING = 10_000
"""Characters of a TOML file in which a configuration speaks of its task."""

RowKind = Literal["folder", "data", "configuration", "bundled"]


@dataclass(frozen=True, slots=True)
class FolderRow:
    """Something to open or to take.

    Attributes:
        kind: what it is.
        name: as it is shown, before it is made safe.
        target: the path, or the name of a bundled task.
        note: its size, or what it is.
    """

    kind: RowKind
    name: str
    target: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What there is to choose from.

    Attributes:
        rows: in the order that they are shown in.
        left_out: entries of the folder that were too many to be listed.
    """

    rows: Sequence[FolderRow]
    left_out: int = 0


def folder_rows(folder: Path) -> FolderListing:
    """The folder above, the folders, the data, the configurations, and the bundled tasks.

    Hidden files are left out, and pipes and devices, from which nothing may ever come.

    Raises:
        OSError: the folder cannot be read.
    """
    endings = choices.data_endings()
    with os.scandir(folder) as entries:
        found = [(entry, kind) for entry in entries if (kind := _kind(entry, endings))]
    found.sort(key=lambda each: each[0].name)
    parts: dict[RowKind, list[FolderRow]] = {"data": [], "configuration": [], "folder": []}
    for entry, kind in found[:MOST_ENTRIES]:
        if kind == "configuration" and not _speaks_of_a_task(Path(entry.path)):
            continue
        name = f"{entry.name}/" if kind == "folder" else entry.name
        notes = {"data": _size(entry), "configuration": "a configuration"}
        parts[kind].append(FolderRow(kind, name, entry.path, notes.get(kind, "")))
    above = [] if folder.parent == folder else [FolderRow("folder", "../", str(folder.parent))]
    bundled = [
        FolderRow("bundled", each.value, each.value, f"bundled: {each.meaning}")
        for each in choices.bundled_tasks()
    ]
    rows = [*above, *(row for part in parts.values() for row in part), *bundled]
    return FolderListing(rows, max(0, len(found) - MOST_ENTRIES))


def _kind(entry: os.DirEntry[str], endings: Collection[str]) -> RowKind | None:
    """What an entry may be by its name and nature; None for what no run is made of."""
    if entry.name.startswith("."):
        return None
    try:
        if entry.is_dir():
            return "folder"
        if is_configuration(entry.name):
            return "configuration" if entry.is_file() else None
        ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - quicker than a Path
        return "data" if ending in endings and entry.is_file() else None
    except OSError:
        return None


def _speaks_of_a_task(path: Path) -> bool:
    """Whether it speaks of a task, which every configuration does."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return "task" in file.read(BEGINNING)
    except OSError:
        return False


def _size(entry: os.DirEntry[str]) -> str:
    try:
        size = float(entry.stat().st_size)
    except OSError:
        return ""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
