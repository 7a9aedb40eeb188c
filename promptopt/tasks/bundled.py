"""The small tasks that come with promptopt."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

import msgspec

from promptopt.errors import InputError

_FOLDER = Path(__file__).parent / "bundled"


class BundledTask(msgspec.Struct, frozen=True):
    """A task that can be named without a file.

    Attributes:
        name: what `--task` takes.
        description: one sentence.
        metric: name of its metric.
        seed_prompt: the instruction to start from.
        path: its CSV file.
    """

    name: str
    description: str
    metric: str
    seed_prompt: str
    path: Path


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    description: str
    metric: str
    seed_prompt: str


@functools.cache
def bundled_tasks() -> tuple[BundledTask, ...]:
    """The bundled tasks, by name: each CSV file of the folder, as `tasks.toml` describes it."""
    text = (_FOLDER / "tasks.toml").read_text(encoding="utf-8")
    entries = msgspec.convert(tomllib.loads(text), dict[str, _Entry])
    return tuple(
        BundledTask(
            path.stem,
            entries[path.stem].description,
            entries[path.stem].metric,
            entries[path.stem].seed_prompt,
            path,
        )
        for path in sorted(_FOLDER.glob("*.csv"))
        if path.stem in entries
    )


def bundled_task(name: str) -> BundledTask | None:
    """The bundled task of this name, or None."""
    return next((task for task in bundled_tasks() if task.name == name), None)


def bundled_file(name: str) -> Path:
    """The path of a file that comes with promptopt, by its name ("demo.toml").

    Raises:
        InputError: there is no such file.
    """
    path = _FOLDER / name
    if not path.is_file():
        raise InputError(f"no file {name!r} comes with promptopt")
    return path
