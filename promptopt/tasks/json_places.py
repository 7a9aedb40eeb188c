"""On which lines the rows of a JSON file stand, so that an error can name the line."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]

_decoder = json.JSONDecoder()
_blank = re.compile(r"[ \t\r\n]*")


def row_lines(text: str) -> dict[str, list[int]]:
    """The lines, from 1, on which the entries of a JSON text's lists and objects begin.

    Args:
        text: a list or an object that has been parsed without an error.

    Returns:
        Under "" those of the outermost list or object; under each key of an outermost object
        those of the list or object that stands there.
    """
    breaks = [match.start() for match in re.finditer("\n", text)]
    found: dict[str, list[int]] = {}

    def after_blanks(at: int) -> int:
        match = _blank.match(text, at)
        return match.end() if match else at

    def entries(at: int, name: str, *, outermost: bool) -> int:
        """Walks a list or an object that begins at `at`; returns where it ends."""
        lines: list[int] = []
        at = after_blanks(at + 1)
        while text[at] not in "]}":
            begin, key = at, ""
            if text[at] == '"':
                read, behind = scanstring(text, at + 1)
                colon = after_blanks(behind)
                if text[colon] == ":":
                    key, at = read, after_blanks(colon + 1)
            lines.append(bisect_right(breaks, begin) + 1)
            if outermost and text[at] in "[{" and text[begin] == '"':
                at = entries(at, key, outermost=False)
            else:
                _, at = _decoder.raw_decode(text, at)
            at = after_blanks(at)
            if text[at] == ",":
                at = after_blanks(at + 1)
        found[name] = lines
        return at + 1

    start = after_blanks(0)
    if text[start : start + 1] in ("[", "{"):
        entries(start, "", outermost=True)
    return found
