"""Loads a task's data, whatever it was named by."""

from __future__ import annotations

import difflib
from pathlib import Path

from msgspec.structs import replace

from promptopt.errors import InputError
from promptopt.metrics import check_metric, suggest_metric
from promptopt.tasks.answers import check_separator
from promptopt.tasks.bundled import bundled_task, bundled_tasks
from promptopt.tasks.columns import Columns
from promptopt.tasks.dataset import Dataset
from promptopt.tasks.file_formats import read_content
from promptopt.tasks.folder import data_files, explain_folder, find_in_folder, split_files
from promptopt.tasks.from_table import examples_of
from promptopt.tasks.instruction_induction import load_instruction_induction
from promptopt.tasks.table import Table


def load_dataset(
    source: str,
    columns: Columns | None = None,
    *,
    metric: str | None = None,
    answer_separator: str | None = None,
) -> Dataset:
    """Load examples from a bundled task, a file, a folder, or FOLDER:TASK.

    Args:
        source: a bundled task's name; else the path of a CSV, TSV, JSON Lines or JSON file;
            else a folder with a file for each split; else FOLDER:TASK, for a task in a folder
            of a known family or of such files. A path with a slash is never a bundled name.
        columns: names of columns; what it leaves None is recognised.
        metric: name of a metric; None takes the one that the format or the data suggest.
        answer_separator: what stands between accepted answers in one cell; "" for nothing;
            None for `|` where the format has no lists of its own.

    Raises:
        InputError: the data cannot be found or understood, with file, line or row, and column.
    """
    check_separator(answer_separator)
    columns = columns or Columns()
    task = bundled_task(source)
    if task is not None:
        dataset = _load_file(task.path, source, columns, answer_separator)
        # How a file of promptopt's own was read is nothing that its user has to check.
        dataset = replace(
            dataset, name=task.name, metric=task.metric, notes=(), seed_prompt=task.seed_prompt
        )
    else:
        dataset = _load_path(_find(source), source, columns, answer_separator)
    if metric is not None:
        dataset = replace(dataset, metric=metric)
    check_metric(dataset.metric, [each for part in dataset.given.values() for each in part])
    return dataset


def _find(source: str) -> Path:
    """The file or folder that a source means.

    Raises:
        InputError: there is none, with names that are alike.
    """
    if not source.strip():
        raise InputError("the task's name is empty; name a file, a folder or a bundled task")
    path = Path(source).expanduser()
    if _exists(path):
        return path
    before, colon, task = source.rpartition(":")
    if colon and before:
        folder = Path(before).expanduser()
        if _exists(folder) and folder.is_dir():
            return find_in_folder(folder, task)
    names = [each.name for each in bundled_tasks()]
    alike = difflib.get_close_matches(source, names, n=2)
    alike += [str(path.parent / name) for name in _names_like(path)]
    hint = f"; did you mean {' or '.join(alike)}? Bundled" if alike else "; bundled"
    raise InputError(
        f"there is no file {source} and no bundled task of that name{hint}: "
        f"{', '.join(names) or 'none'}"
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or with a zero byte
        return False


def _names_like(path: Path) -> list[str]:
    try:
        names = [each.name for each in path.parent.iterdir()]
    except (OSError, ValueError):
        return []
    return difflib.get_close_matches(path.name, names, n=2)


def _load_path(path: Path, source: str, columns: Columns, separator: str | None) -> Dataset:
    if not path.is_dir():
        return _load_file(path, source, columns, separator)
    files = split_files(path)
    if not files:
        raise explain_folder(path)
    tables: dict[str, Table] = {}
    for split, each in files.items():
        content = read_content(each)
        if set(content.tables) != {""}:
            raise InputError(
                f"{each}: in a folder of splits, a file must hold the rows of the {split} split"
            )
        tables[split] = content.tables[""]
    fields = {f"{split} file": file.name for split, file in files.items()}
    dataset = _from_tables(tables, path.resolve().name, source, columns, separator, fields)
    others = [each.name for each in data_files(path) if each not in files.values()]
    if not others:
        return dataset
    return replace(dataset, notes=(*dataset.notes, f"Files passed over: {', '.join(others)}."))


def _load_file(path: Path, source: str, columns: Columns, separator: str | None) -> Dataset:
    content = read_content(path)
    if content.family is not None:
        if columns != Columns():
            raise InputError(
                f"{path} has the fields of the Instruction Induction format; "
                "leave the names of columns out"
            )
        return replace(load_instruction_induction(path, content.family), source=source)
    return _from_tables(content.tables, path.stem, source, columns, separator, {})


def _from_tables(
    tables: dict[str, Table],
    name: str,
    source: str,
    columns: Columns,
    separator: str | None,
    fields: dict[str, str],
) -> Dataset:
    understood = examples_of(tables, source, columns, separator)
    examples = [each for part in understood.given.values() for each in part]
    kind = next(iter(tables.values())).format
    return Dataset(
        name,
        source,
        kind,
        fields | understood.fields,
        understood.given,
        suggest_metric(examples),
        understood.notes,
    )
