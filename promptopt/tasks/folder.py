"""Tasks in folders: a file for each split, or a family of tasks."""

from __future__ import annotations

import difflib
from pathlib import Path

from promptopt.errors import InputError
from promptopt.tasks.dataset import SPLITS
from promptopt.tasks.file_formats import ENDINGS
from promptopt.tasks.instruction_induction import SEARCH_FOLDER, TEST_FOLDER, task_names
from promptopt.tasks.split_names import split_named


def split_files(folder: Path) -> dict[str, Path]:
    """The files of a folder that are named for a split (`train.csv`, `eval.jsonl`), by split.

    Raises:
        InputError: two files for one split.
    """
    found: dict[str, Path] = {}
    for path in data_files(folder):
        split = split_named(path.stem)
        if split is None:
            continue
        if split in found:
            raise InputError(
                f"{folder} has two files for the {split} split: {found[split].name} and "
                f"{path.name}; rename or move one"
            )
        found[split] = path
    return {split: found[split] for split in SPLITS if split in found}


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
    home = folder
    if folder.absolute().name in (SEARCH_FOLDER, TEST_FOLDER):
        home = folder.parent if folder.name else folder.absolute().parent
    for each in (folder, home):
        names = task_names(each)
        if names:
            return InputError(
                f"{folder} holds {len(names)} tasks; name one as {each}:TASK; "
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


def task_parts(folder: Path) -> list[str]:
    """What could follow the colon of FOLDER:TASK where the folder is no known family."""
    names = {path.stem for path in data_files(folder)}
    names |= {path.name for path in folder.iterdir() if path.is_dir() and data_files(path)}
    return sorted(names)


def find_in_folder(folder: Path, name: str) -> Path:
    """The file or folder that FOLDER:TASK means.

    Raises:
        InputError: there is no such task, with the names of those that there are.
    """
    known = task_names(folder)
    places = [folder / SEARCH_FOLDER, folder / TEST_FOLDER] if known else [folder]
    endings = (".json",) if known else ENDINGS
    if name and Path(name).name == name:
        for place in places:
            if not known and (place / name).is_dir():
                return place / name
            for ending in ("", *endings):
                if (place / f"{name}{ending}").is_file():
                    return place / f"{name}{ending}"
    known = known or task_parts(folder)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]}? Its" if close else "; its"
    raise InputError(f"{folder} has no task {name!r}{hint} tasks are: {', '.join(known) or 'none'}")


def _known() -> str:
    return ", ".join(ENDINGS)
