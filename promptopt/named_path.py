"""Paths as a person writes them, who may be wrong about them."""

from __future__ import annotations

import os
from pathlib import Path


def named_path(name: str | Path) -> Path:
    """The path that is meant, with ~ and ~name for home folders.

    The ~ of somebody who has none stays as it stands: there is no such file, as will be said.
    """
    return Path(os.path.expanduser(name))  # noqa: PTH111 - pathlib raises a RuntimeError instead


def is_file(path: Path) -> bool:
    """Whether there is such a file; of a name that no file can have there is none."""
    return os.path.isfile(path)  # noqa: PTH113 - pathlib raises where a name is too long
