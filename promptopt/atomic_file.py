"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(target: Path, text: str, *, overwrite: bool = False) -> None:
    """Write `text` to `target` as UTF-8, byte for byte as it stands.

    The text is written to a temporary file beside `target` and moved there when it is complete:
    whatever happens, `target` holds the old content or the new, and nothing else is left behind.
    A file that is overwritten keeps its permissions.

    Raises:
        FileExistsError: it exists, and `overwrite` is false.
        OSError: the folder is missing or cannot be written to, or the disk is full.
        ValueError: a NUL in the name, or text that UTF-8 cannot hold.
    """
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
            move_to_free_name(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def move_to_free_name(temporary: Path, target: Path) -> None:
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
