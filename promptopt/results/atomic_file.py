"""Files that a person names, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from promptopt.atomic_file import write_whole
from promptopt.errors import InputError
from promptopt.named_path import is_file as is_file
from promptopt.named_path import named_path as named_path
from promptopt.results.visible import visible


def write_atomically(path: Path | str, text: str, *, overwrite: bool = False) -> None:
    """Write `text` to `path` as UTF-8, byte for byte as it stands.

    Whatever happens, `path` holds the old content or the new (see `write_whole`). A file that is
    overwritten keeps its permissions, and a link keeps pointing where it does.

    Raises:
        InputError: the folder is missing or cannot be written to, `path` is a folder or no
            ordinary file, it exists and `overwrite` is false, or the disk is full.
    """
    target = Path(path)
    name = visible(str(path))
    try:
        if overwrite:
            target = target.resolve()
        _check(target, name, overwrite=overwrite)
        write_whole(target, text, overwrite=overwrite)
    except FileExistsError:
        raise _exists(name) from None
    except OSError as error:
        raise _unwritten(name, error) from error
    except ValueError as error:  # a NUL in the name, or text that UTF-8 cannot hold
        raise InputError(f"cannot write {name}: {error}") from error


def check_free(path: Path | str) -> None:
    """Find out whether `write_atomically` would write a new file there, before the work for it.

    Raises:
        InputError: as it would.
    """
    name = visible(str(path))
    try:
        _check(Path(path), name, overwrite=False)
    except OSError as error:  # a name that no file can have
        raise _unwritten(name, error) from error


def _check(target: Path, name: str, *, overwrite: bool) -> None:
    folder = target.parent
    if not folder.exists():
        raise InputError(
            f"cannot write {name}: there is no folder {visible(str(folder))}; create it first"
        )
    if not folder.is_dir():
        raise InputError(f"cannot write {name}: {visible(str(folder))} is not a folder")
    if target.is_dir():
        raise InputError(f"cannot write {name}: it is a folder; name a file in it")
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise _exists(name)
    if not target.is_file():
        raise InputError(f"cannot write {name}: it is not an ordinary file")
    if not os.access(target, os.W_OK):
        raise InputError(f"cannot write {name}: it is read-only; name another file")


def _unwritten(name: str, error: OSError) -> InputError:
    return InputError(f"cannot write {name}: {error.strerror or error}; name another file")


def _exists(name: str) -> InputError:
    return InputError(f"{name} exists already; name another file")
