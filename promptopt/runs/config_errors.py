"""What is wrong with a configuration, in the words of the file it stands in."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

# How msgspec names types, and what they are called in a file.
_types = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "nothing",
}


def explain(error: msgspec.ValidationError, tables: Mapping[str, type[msgspec.Struct]]) -> str:
    """The option that is wrong, what is wrong with it, and what is known in its place.

    Args:
        error: of converting the file's tables.
        tables: path of a table, "" for the top level, to what it may hold.
    """
    match = re.fullmatch(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", str(error), re.DOTALL)
    what = match["what"] if match else str(error)
    path = ((match["path"] or "") if match else "").lstrip(".")
    unknown = re.search(r"unknown field `(.+?)`", what)
    if unknown:
        place = f"[{path}]" if path else "at the top level"
        known = _options(path, tables)
        hint = _meant(unknown[1], known) or f"; known: {', '.join(known)}"
        return f"unknown option {unknown[1]} {place}{hint}"
    wrong = re.fullmatch(r"Invalid enum value '(.*)'", what, re.DOTALL)
    if wrong:
        known = _values(path, tables)
        hint = f"{_meant(wrong[1], known)}; known: {', '.join(known)}" if known else ""
        return f"{path} cannot be {wrong[1]!r}{hint}"
    missing = re.fullmatch(r"Object missing required field `(.+)`", what)
    if missing:
        return f"{f'[{path}]' if path else 'the configuration'} lacks {missing[1]}"
    return f"{path or 'the configuration'}: {_plain(what)}"


def _meant(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _options(path: str, tables: Mapping[str, type[msgspec.Struct]]) -> list[str]:
    """The options that a table may hold."""
    if path not in tables:
        return []
    names = list(tables[path].__struct_fields__)
    return ["name", *names] if path == "method" else names


def _values(path: str, tables: Mapping[str, type[msgspec.Struct]]) -> list[str]:
    """The texts that an option may be, where it is one of a few."""
    table, _, option = path.rpartition(".")
    if table not in tables:
        return []
    return list(_literals(get_type_hints(tables[table]).get(option)))


def _literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (each for each in get_args(annotation) if isinstance(each, str))
    else:
        for part in get_args(annotation):
            yield from _literals(part)


def _plain(what: str) -> str:
    """An error of msgspec's without the names of Python's types."""

    def in_words(match: re.Match[str]) -> str:
        names = [_types.get(name, name) for name in match[1].split(" | ") if name != "null"]
        return " or ".join(names) + (match[2] or "")

    text = re.sub(r"`([\w| ]+?)( [<>]=? [^`]+)?`", in_words, what)
    return text[:1].lower() + text[1:]
