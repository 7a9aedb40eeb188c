"""Reads a text file, and says in one sentence why it cannot be read."""

from __future__ import annotations

import codecs
from pathlib import Path

from promptopt.errors import InputError

# The 32-bit marks begin with the 16-bit ones, so they are looked at first.
_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without byte order mark, line ends as they stand.

    Raises:
        InputError: the file is missing, a folder, not readable, empty, or not UTF-8 text; for
            the last, with the line and the byte (counted from 1) of the first that is not.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read {path}: {reason}") from error
    for mark, encoding in _OTHER_ENCODINGS:
        if data.startswith(mark):
            raise InputError(f"{path} is {encoding} text; save it as UTF-8")
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    try:
        text = data[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = start + error.start
        line = data.count(b"\n", 0, at) + 1
        raise InputError(
            f"{path}:{line}: byte {at + 1} (0x{data[at]:02x}) is not UTF-8 text; "
            "save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}:{line}: there is a zero byte; save the file as UTF-8 text")
    if not text.strip():
        raise InputError(f"{path} is empty")
    return text
