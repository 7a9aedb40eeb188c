"""Tasks in folders: a file for each split, or several tasks."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from promptopt.errors import InputError
from promptopt.tasks.dataset import SPLITS
from promptopt.tasks.file_formats import ENDINGS
from promptopt.tasks.instruction_induction import SEARCH_FOLDER, TEST_FOLDER, task_names
from promptopt.tasks.mmlu import original_files
from promptopt.tasks.mmlu_subjects import CATEGORIES, category_named, category_of
from promptopt.tasks.split_names import split_named


@dataclass(frozen=True)
class Place:
    """Where the data of one task are.

    Attributes:
        name: the task's.
        path: the one file; None if there are several.
        files: one for each split.
        others: data files of the folder that belong to no split.
        subjects: the places of the subjects that a category of MMLU consists of.
    """

    name: str
    path: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    subjects: tuple[Place, ...] = ()


def place_of(path: Path) -> Place:
    """The task that a file or folder is.

    Raises:
        InputError: a folder of several tasks or of none, with what could be named instead.
    """
    if not path.is_dir():
        return Place(path.stem, path)
    files = split_files(path)
    if not files:
        raise explain_folder(path)
    others = tuple(each.name for each in data_files(path) if each not in files.values())
    return Place(path.resolve().name, files=files, others=others)


def split_files(folder: Path) -> dict[str, Path]:
    """The files of a folder that are named for a split (`train.csv`, `eval.jsonl`), by split.

    Where there are none, those whose names end so after one common beginning
    (`TruthfulQA_train.csv`, `TruthfulQA_test.csv`).

    Raises:
        InputError: two files for one split.
    """
    found = _by_split(folder, {path: path.stem for path in data_files(folder)})
    if not found:
        named = _named_for_splits(folder)
        found = next(iter(named.values())) if len(named) == 1 else {}
    return {split: found[split] for split in SPLITS if split in found}


def _named_for_splits(folder: Path) -> dict[str, dict[str, Path]]:
    """Files like NAME_train.csv, by name, then by split; names with two splits or more."""
    endings: dict[str, dict[Path, str]] = {}
    for path in data_files(folder):
        name, mark, ending = path.stem.replace("-", "_").rpartition("_")
        if mark and name and split_named(ending):
            endings.setdefault(name, {})[path] = ending
    found = {name: _by_split(folder, each) for name, each in endings.items()}
    return {name: files for name, files in found.items() if len(files) > 1}


def _by_split(folder: Path, endings: Mapping[Path, str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path, ending in endings.items():
        split = split_named(ending)
        if split is None:
            continue
        if split in found:
            raise InputError(
                f"{folder} has two files for the {split} split: {found[split].name} and "
                f"{path.name}; rename or move one"
            )
        found[split] = path
    return found


def data_files(folder: Path) -> list[Path]:
    """The files of a folder with a known ending, by name."""
    try:
        return sorted(
            path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()
        )
    except OSError as error:
        raise InputError(f"cannot read the folder {folder}: {error.strerror}") from error


def explain_folder(folder: Path) -> InputError:
    """Why a folder without files for splits is no task, and what in it could be."""
    home = family_home(folder)
    names = task_names(home) or list(original_files(home))
    if names:
        return InputError(
            f"{folder} holds {len(names)} tasks; name one as {home}:TASK; "
            f"they are: {', '.join(names)}"
        )
    names = task_parts(folder)
    if not names:
        return InputError(f"the folder {folder} holds no task: no file in it is {_known()}")
    shown = ", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else "")
    return InputError(
        f"{folder} has no files named train, dev or test; name one of its parts as "
        f"{folder}:PART; they are: {shown}"
    )


def family_home(folder: Path) -> Path:
    """The folder that holds `induce` and `execute`, for itself and for each of them."""
    if not task_names(folder) and folder.absolute().name in (SEARCH_FOLDER, TEST_FOLDER):
        return folder.parent if folder.name else folder.absolute().parent
    return folder


def tasks_in(folder: Path) -> list[str]:
    """The names that can follow the colon of FOLDER:TASK."""
    return task_names(folder) or list(original_files(folder)) or task_parts(folder)


def task_parts(folder: Path) -> list[str]:
    """What could follow the colon of FOLDER:TASK where the folder is no known family."""
    together = _named_for_splits(folder)
    paired = {path for files in together.values() for path in files.values()}
    names = {path.stem for path in data_files(folder) if path not in paired} | set(together)
    names |= {path.name for path in folder.iterdir() if path.is_dir() and data_files(path)}
    return sorted(names)


def find_in_folder(folder: Path, name: str) -> Place:
    """The task that FOLDER:TASK means; a category of MMLU is one too.

    Raises:
        InputError: there is no such task, with the names of those that there are.
    """
    known = task_names(folder)
    places = [folder / SEARCH_FOLDER, folder / TEST_FOLDER] if known else [folder]
    endings = (".json",) if known else ENDINGS
    if name and Path(name).name == name:
        for place in places:
            if not known and (place / name).is_dir():
                return place_of(place / name)
            for ending in ("", *endings):
                if (place / f"{name}{ending}").is_file():
                    return place_of(place / f"{name}{ending}")
        files = original_files(folder).get(name) or _named_for_splits(folder).get(name)
        if files:
            return Place(name, files={each: files[each] for each in SPLITS if each in files})
        category = category_named(name)
        subjects = [each for each in tasks_in(folder) if category_of(each) == category]
        if category and subjects:
            found = tuple(find_in_folder(folder, each) for each in subjects)
            return Place(category, subjects=found)
    known = tasks_in(folder)
    close = difflib.get_close_matches(name, [*known, *CATEGORIES], n=1)
    hint = f"; did you mean {close[0]}? Its" if close else "; its"
    raise InputError(f"{folder} has no task {name!r}{hint} tasks are: {', '.join(known) or 'none'}")


def _known() -> str:
    return ", ".join(ENDINGS)
