"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from promptopt.errors import InputError
from promptopt.results.visible import visible


def write_atomically(path: Path | str, text: str, *, overwrite: bool = False) -> None:
    """Write `text` to `path` as UTF-8, byte for byte as it stands.

    The text is written to a temporary file beside `path` and moved there when it is complete:
    whatever happens, `path` holds the old content or the new, and nothing else is left behind.
    A file that is overwritten keeps its permissions, and a link keeps pointing where it does.

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
        _write(target, text, overwrite=overwrite)
    except FileExistsError:
        raise _exists(name) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {name}: {reason}; name another file") from error
    except ValueError as error:  # a NUL in the name, or text that UTF-8 cannot hold
        raise InputError(f"cannot write {name}: {error}") from error


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


def _exists(name: str) -> InputError:
    return InputError(f"{name} exists already; name another file, or overwrite it with --force")


def _write(target: Path, text: str, *, overwrite: bool) -> None:
    data = text.encode("utf-8")
    temporary = target.with_name(f".promptopt-{secrets.token_hex(8)}.tmp")
    # O_EXCL never follows or reuses what somebody put there; the mode is cut by the umask.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            with contextlib.suppress(FileNotFoundError):
                temporary.chmod(target.stat().st_mode & 0o777)
            temporary.replace(target)
        else:
            _move_to_free_name(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _move_to_free_name(temporary: Path, target: Path) -> None:
    """Give the file its name if nothing has it; raises FileExistsError otherwise."""
    try:
        # A link, unlike a rename, refuses a name that came into being since it was checked.
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links. What is left is a very short time in between.
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        temporary.rename(target)
