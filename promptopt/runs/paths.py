"""Where promptopt keeps things on this machine."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import platformdirs

from promptopt.errors import InputError
from promptopt.named_path import named_path


def home() -> Path:
    """The data folder.

    `$PROMPTOPT_HOME` where it is set; else the folder `.promptopt` of the current folder
    where there is one, so that a project can keep its runs to itself; else the user's data
    folder for promptopt.

    Raises:
        InputError: `$PROMPTOPT_HOME` begins with the ~ of somebody who has no home folder.
    """
    chosen = os.environ.get("PROMPTOPT_HOME")
    if chosen:
        path = named_path(chosen)
        if str(path).startswith("~"):
            raise InputError(f"PROMPTOPT_HOME: there is no {path.parts[0]}; write the folder out")
        return path.absolute()
    local = Path.cwd() / ".promptopt"
    if local.is_dir():
        return local
    return Path(platformdirs.user_data_dir("promptopt", appauthor=False))


def store_path() -> Path:
    """The store's file."""
    return home() / "promptopt.db"


def lock_path(store: Path, run_id: str) -> Path:
    """The file that the engine of a run holds locked while it lives."""
    return store.parent / "locks" / f"{run_id}.lock"


def log_path(store: Path, run_id: str) -> Path:
    """Where the engine of a run writes what is meant for developers."""
    return store.parent / "logs" / f"{run_id}.log"


def prompt_path(store: Path, run_id: str) -> Path:
    """Where the best prompt of a run is written when the run ends."""
    return store.parent / "prompts" / f"{run_id}.txt"


def former_prompt_path(store: Path, run_id: str, number: int) -> Path:
    """Where the best prompt of an earlier search of a run is kept. No run has such a name."""
    return prompt_path(store, run_id).with_name(f"{run_id}~{number}.txt")


def former_prompts(store: Path, run_id: str) -> list[Path]:
    """All that are kept, in order."""
    paths = (former_prompt_path(store, run_id, number) for number in itertools.count(1))
    return list(itertools.takewhile(Path.exists, paths))


def run_files(store: Path, run_id: str) -> tuple[Path, ...]:
    """All that stands beside the store for one run."""
    prompts = (prompt_path(store, run_id), *former_prompts(store, run_id))
    return log_path(store, run_id), *prompts, lock_path(store, run_id)
