"""JSON that may be sent to a terminal."""

from __future__ import annotations

import json
from typing import Any

from promptopt.results.visible import visible


def json_text(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON, readable in any language and safe for a terminal.

    Letters of all scripts stay as they are. Every character that `visible` would replace is
    written as a JSON escape, so that what is parsed is what was given.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_escapes)


class _Escapes(dict[int, str]):
    """Code point to itself or its escape. Outside of strings JSON is printable ASCII."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        shown = character if visible(character) == character else json.dumps(character)[1:-1]
        if code == 0x7F:  # the one control character that JSON leaves as it is
            shown = "\\u007f"
        self[code] = shown
        return shown


_escapes = _Escapes({ord("\n"): "\n"})
