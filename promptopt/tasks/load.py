"""Loads a task's data, whatever it was named by."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from promptopt.errors import InputError
from promptopt.metrics import check_metric, suggest_metric
from promptopt.named_path import named_path
from promptopt.tasks.answer_kind import metric_of_answers
from promptopt.tasks.answers import check_separator
from promptopt.tasks.big_bench_hard import KEPT_APART
from promptopt.tasks.bundled import bundled_task, bundled_tasks
from promptopt.tasks.columns import Columns
from promptopt.tasks.dataset import Dataset, joined
from promptopt.tasks.families import recognise
from promptopt.tasks.file_formats import read_content
from promptopt.tasks.final_turn import final_turn
from promptopt.tasks.folder import Place, find_in_folder, place_of
from promptopt.tasks.from_table import examples_of
from promptopt.tasks.instruction_induction import load_instruction_induction
from promptopt.tasks.mmlu import siblings
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
            of a known family or of such files, or for all subjects of a category of MMLU. A
            path with a slash is never a bundled name.
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
        dataset = _load_place(Place(task.name, task.path), source, columns, answer_separator)
        # How a file of promptopt's own was read is nothing that its user has to check.
        dataset = replace(
            dataset, name=task.name, metric=task.metric, notes=(), seed_prompt=task.seed_prompt
        )
    else:
        dataset = _load_place(_find(source), source, columns, answer_separator)
    return with_metric(dataset, metric)


def with_metric(dataset: Dataset, metric: str | None) -> Dataset:
    """The data set with a metric; None takes its own.

    Raises:
        InputError: the metric is unknown, or not one that the examples can be scored by.
    """
    examples = [each for part in dataset.given.values() for each in part]
    metric = metric or dataset.metric
    check_metric(metric, examples)
    return replace(dataset, metric=metric, final_turn=final_turn(metric, examples))


def _find(source: str) -> Place:
    """The place of the data that a source means.

    Raises:
        InputError: there is none, with names that are alike.
    """
    if not source.strip():
        raise InputError("the task's name is empty; name a file, a folder or a bundled task")
    path = named_path(source)
    if _exists(path):
        return place_of(path)
    before, colon, task = source.rpartition(":")
    if colon and before:
        folder = named_path(before)
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


def _load_place(place: Place, source: str, columns: Columns, separator: str | None) -> Dataset:
    if place.subjects:
        return joined(
            [_load_place(each, source, columns, separator) for each in place.subjects],
            place.name,
            source,
        )
    if place.path is not None:
        content = read_content(place.path)
        if content.family is not None:
            if columns != Columns():
                raise InputError(
                    f"{place.path} has the fields of the Instruction Induction format; "
                    "leave the names of columns out"
                )
            return replace(load_instruction_induction(place.path, content.family), source=source)
        together = siblings(place.path) if any(t.headless for t in content.tables.values()) else {}
        if len(together) < 2:
            return _from_tables(content.tables, place.name, source, columns, separator, {})
        name = place.path.stem.rpartition("_")[0]
        place = Place(name, files=together)
    tables: dict[str, Table] = {}
    for split, each in place.files.items():
        content = read_content(each)
        if set(content.tables) != {""}:
            raise InputError(
                f"{each}: in a folder of splits, a file must hold the rows of the {split} split"
            )
        tables[split] = content.tables[""]
    fields = {f"{split} file": file.name for split, file in place.files.items()}
    dataset = _from_tables(tables, place.name, source, columns, separator, fields)
    return replace(dataset, notes=(*dataset.notes, *_passed_over(place)))


def _passed_over(place: Place) -> list[str]:
    """A note for the data files of a folder that were not read."""
    if not place.others:
        return []
    # Demonstrations and GPO's exemplars come out of train here, which keeps its published size:
    # the number of GPO's steps follows from it.
    apart = all(Path(name).stem in KEPT_APART for name in place.others)
    why = "; exemplars and demonstrations come out of train" if apart else ""
    return [f"Files passed over: {', '.join(place.others)}{why}."]


def _from_tables(
    tables: Mapping[str, Table],
    name: str,
    source: str,
    columns: Columns,
    separator: str | None,
    fields: dict[str, str],
) -> Dataset:
    reading = recognise(tables) if columns == Columns() else None
    if reading is None:
        understood = examples_of(tables, source, columns, separator)
        family, metric = next(iter(tables.values())).format, None
    else:
        understood = examples_of(
            reading.tables, source, reading.columns, "", wrong=reading.wrong, repeats=True
        )
        family, metric = reading.family, reading.metric
    examples = [each for part in understood.given.values() for each in part]
    if metric is None:
        metric = metric_of_answers(examples) if reading else suggest_metric(examples)
    return Dataset(
        name,
        source,
        family,
        fields | understood.fields,
        understood.given,
        metric,
        (*(reading.notes if reading else ()), *understood.notes),
    )
