"""The best prompt of a run as a file of its own: what is left of a search when it has ended."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from promptopt.atomic_file import write_whole
from promptopt.errors import RunError
from promptopt.runs.paths import former_prompt_path, former_prompts, prompt_path

if TYPE_CHECKING:
    from promptopt.runs.state import RunState


def write_prompt(store: Path, run_id: str, text: str) -> str:
    """Write a run's best prompt beside its store, in the place of an earlier one.

    The file holds the text as it was scored and nothing else, not even a line's end.

    Returns:
        The file, relative to the store's folder: so it is right for a copy of it, too.

    Raises:
        RunError: the folder cannot be written to, or the disk is full.
    """
    path = prompt_path(store, run_id)
    try:
        path.parent.mkdir(exist_ok=True)  # a store that was moved away is not given a new folder
        write_whole(path, text, overwrite=True)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise RunError(
            f"the best prompt is in the store, but could not be written to {path}: {told}; take it "
            f"out with: promptopt export {run_id} -o FILE"
        ) from error
    return path.relative_to(store.parent).as_posix()


def keep_former(store: Path, state: RunState, text: str) -> str:
    """Move the best prompt of the search before out of the way of another one, `text`.

    Returns:
        Where it is kept, relative to the store's folder; "" where there is none, or it is the same.
    """
    path = find_prompt(store, state.prompt_before)
    with contextlib.suppress(OSError, ValueError):  # what cannot be moved has to give way
        if path is not None and path.read_bytes() != text.encode():
            number = len(former_prompts(store, state.run_id)) + 1
            kept = path.rename(former_prompt_path(store, state.run_id, number))
            return kept.relative_to(store.parent).as_posix()
    return ""


def find_prompt(store: Path, named: str) -> Path | None:
    """The file that `write_prompt` named; None where none is named, or it is not there any more."""
    path = store.parent / named
    return path if named and path.is_file() else None
