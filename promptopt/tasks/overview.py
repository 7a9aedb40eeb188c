"""The tasks of a folder, each with what was understood of it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from promptopt.errors import InputError
from promptopt.tasks.folder import family_home, split_files, tasks_in
from promptopt.tasks.instruction_induction import task_names
from promptopt.tasks.load import load_dataset
from promptopt.tasks.mmlu import original_files
from promptopt.tasks.splits import SplitSizes, draw_splits


class TaskLine(msgspec.Struct, frozen=True):
    """One task of a folder.

    Attributes:
        name: what follows the colon of FOLDER:TASK.
        source: FOLDER:TASK.
        format: the recognised family or format.
        metric: name of its metric.
        examples: how many examples the data give each split, "" for those to be divided.
        splits: how many each split gets where no sizes are set.
        removed: how many duplicates were removed.
    """

    name: str
    source: str
    format: str
    metric: str
    examples: dict[str, int]
    splits: dict[str, int]
    removed: int


class Overview(msgspec.Struct, frozen=True):
    """The tasks of a folder, by name.

    Attributes:
        tasks: those that could be read.
        broken: for each of the others, why not.
        folders: the folders in it that hold tasks of their own.
    """

    tasks: tuple[TaskLine, ...]
    broken: tuple[str, ...]
    folders: tuple[str, ...]


def holds_tasks(folder: Path) -> bool:
    """Whether the path is a folder of several tasks, and not one task."""
    return folder.is_dir() and not split_files(folder)


def overview(folder: Path) -> Overview:
    """Read every task of a folder.

    Raises:
        InputError: it cannot be read, or holds none.
    """
    home = family_home(folder)
    names = tasks_in(home)
    folders = _folders(home)
    names = [name for name in names if str(home / name) not in folders]
    if not names and not folders:
        raise InputError(f"the folder {folder} holds no task")
    tasks, broken = [], []
    for name in names:
        try:
            tasks.append(_line(name, f"{home}:{name}"))
        except InputError as error:
            broken.append(str(error))
    return Overview(tuple(tasks), tuple(broken), folders)


def _folders(home: Path) -> tuple[str, ...]:
    """The folders within that hold several tasks; none in a family's own folder."""
    if task_names(home) or original_files(home):
        return ()
    inner = [each for each in sorted(home.iterdir()) if each.is_dir()]
    return tuple(str(each) for each in inner if holds_tasks(each) and tasks_in(each))


def _line(name: str, source: str) -> TaskLine:
    dataset = load_dataset(source)
    splits = draw_splits(dataset, SplitSizes(), 0)
    return TaskLine(
        name,
        source,
        dataset.format,
        dataset.metric,
        {split: len(part) for split, part in dataset.given.items()},
        {"train": len(splits.train), "dev": len(splits.dev), "test": len(splits.test)},
        sum(splits.removed.values()),
    )
