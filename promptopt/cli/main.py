"""The `promptopt` command."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from promptopt.cli.command_table import LazyGroup, ReaderGoneError
from promptopt.cli.interrupt import INTERRUPTED
from promptopt.errors import PromptoptError
from promptopt.results.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

READER_GONE = 141
"""Exit status when whoever read the output went away: 128 and the number of SIGPIPE."""


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="promptopt", message="promptopt %(version)s")
def cli() -> None:
    """Finds the instruction that scores best on your examples, on your model, within your budget.

    The workbench in the terminal is promptopt-tui. Results go to stdout, messages to stderr.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status: 0 well done, 1 failed, 2 wrong request."""
    _open_streams()
    status = run(sys.argv[1:] if arguments is None else arguments)
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status. Errors are one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        # An encoding that lacks a character must not cost a result.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        try:
            return _status_of(arguments)
        finally:
            sys.stdout.flush()
    except (ReaderGoneError, BrokenPipeError):
        _forget(sys.stdout, sys.stderr)
        return READER_GONE
    except OSError as error:
        # Without a name of a file it is what was printed that could not be written.
        what = "cannot print" if error.filename is None else str(error.filename)
        status = _tell(f"error: {what}: {error.strerror or error}", 1)
        try:
            sys.stdout.flush()
        except OSError:
            _forget(sys.stdout)
        return status


def _status_of(arguments: Sequence[str]) -> int:
    try:
        status = cli.main(list(arguments), prog_name="promptopt", standalone_mode=False)
    except PromptoptError as error:
        return _tell(f"error: {error}", error.exit_status)
    except click.exceptions.NoArgsIsHelpError as error:
        return _tell(error.format_message(), 2)
    except click.UsageError as error:
        hint = error.ctx.command_path + " --help" if error.ctx else "promptopt --help"
        return _tell(f"error: {error.format_message()}\nsee: {hint}", 2)
    except click.ClickException as error:
        return _tell(f"error: {error.format_message()}", error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _tell("interrupted", INTERRUPTED)
    except UnicodeEncodeError as error:
        # Names of files may hold any bytes; texts, and names that are stored, may not.
        if not 0xDC80 <= ord(error.object[error.start]) <= 0xDCFF:
            raise
        shown = repr(error.object[max(0, error.start - 20) : error.start + 20])
        return _tell(f"error: {shown} holds bytes that are no UTF-8 text; write it as UTF-8", 2)
    return status if isinstance(status, int) else 0


def _tell(message: str, status: int) -> int:
    try:
        print(visible(message, newlines=True), file=sys.stderr, flush=True)
    except OSError:
        _forget(sys.stderr)
    return status


def _forget(*streams: TextIO) -> None:
    """Point streams nowhere, so that the interpreter has nothing to flush when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in streams:
            os.dup2(nowhere, stream.fileno())


def _open_streams() -> None:
    """Let streams that were closed by whoever began the command lead nowhere.

    Python has none in their place, and the next file to be opened would get their number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
