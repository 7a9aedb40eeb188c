"""A text in the person's own editor, with the terminal lent to it meanwhile."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

from promptopt.errors import InputError

FALLBACKS = ("nano", "vim", "vi")
"""Looked for, in this order, where the environment names no editor."""


def editor_command() -> list[str]:
    """The command of the editor: of $VISUAL, else of $EDITOR, else the first that is there.

    Raises:
        InputError: there is none, or the one that is named cannot be found.
    """
    for variable in ("VISUAL", "EDITOR"):
        named = os.environ.get(variable, "").strip()
        if named:
            try:
                command = shlex.split(named)
            except ValueError as error:
                raise InputError(f"${variable} is not a command: {error}") from error
            if shutil.which(command[0]) is None:
                raise InputError(f"${variable} names {command[0]}, which cannot be found")
            return command
    for name in FALLBACKS:
        if shutil.which(name) is not None:
            return [name]
    raise InputError("no editor was found; name one in the environment variable EDITOR")


def edit_file(app: App[object], path: Path) -> None:
    """Open a file in the editor and wait until it is closed.

    The whole workbench waits: it has no terminal to draw on. Engines go on meanwhile.

    Raises:
        InputError: there is no editor, it failed, or the terminal cannot be lent.
    """
    command = editor_command()
    lent = contextlib.nullcontext() if app.is_headless else app.suspend()
    try:
        # Of a ctrl+c that is meant for the editor the terminal tells us too. Were it ignored, the
        # editor would ignore it as well, unless code were run between fork and exec, where the
        # locks of our other threads may be held for ever; a handler does not outlive exec.
        before = signal.signal(signal.SIGINT, _nothing)
        try:
            with app.batch_update(), lent:
                ended = subprocess.run(  # noqa: S603 - the person's own editor
                    [*command, str(path)],
                    check=False,
                )
        finally:
            signal.signal(signal.SIGINT, before)
    except SuspendNotSupported as error:
        raise InputError("this terminal cannot be lent to an editor") from error
    except OSError as error:
        raise InputError(f"the editor {command[0]} could not be started: {error}") from error
    if ended.returncode != 0:
        raise InputError(
            f"the editor {command[0]} ended with status {ended.returncode}; nothing was taken over"
        )


def edit_text(app: App[object], text: str, suffix: str = ".txt") -> str:
    """What becomes of a text in the editor.

    Args:
        app: whose terminal is lent.
        text: to begin with.
        suffix: of the file's name, by which editors know what they show.

    Raises:
        InputError: there is no editor, it failed, or what it left is not UTF-8.
    """
    with tempfile.TemporaryDirectory(prefix="promptopt-") as folder:
        path = Path(folder) / f"prompt{suffix}"
        path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        edit_file(app, path)
        try:
            edited = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"what the editor left cannot be read: {error}") from error
    # Editors end a file with a line break, which was not in the text.
    return edited if text.endswith("\n") else edited.removesuffix("\n")


def _nothing(number: int, frame: object) -> None:
    """Handles a signal that is meant for another process."""
