"""What a method can be told, for people: its settings with their types, defaults and meanings."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec
from msgspec import inspect as types

_attribute = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<text>.*)")


class Setting(msgspec.Struct, frozen=True):
    """One key of `[method]`.

    Attributes:
        name: of the key.
        type: what may stand there, in words.
        default: as JSON values.
        meaning: what it does.
    """

    name: str
    type: str
    default: Any
    meaning: str


def settings_of(settings: type[msgspec.Struct]) -> list[Setting]:
    """The settings of a method in the order in which they are declared, its own first.

    Args:
        settings: a method's type of settings; its docstring, or that of the class that it
            extends, tells each under "Attributes".
    """
    meanings = _meanings(settings)
    described = types.type_info(settings)
    assert isinstance(described, types.StructType)
    own = set(settings.__annotations__)
    fields = sorted(described.fields, key=lambda field: field.name not in own)
    return [
        Setting(field.name, _in_words(field.type), _default(field), meanings.get(field.name, ""))
        for field in fields
    ]


def _default(field: types.Field) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.to_builtins(field.default_factory())
    return None if field.default is msgspec.NODEFAULT else msgspec.to_builtins(field.default)


def _meanings(settings: type) -> dict[str, str]:
    """Name to description, from the docstrings of a class and of what it extends."""
    meanings: dict[str, str] = {}
    for each in reversed(settings.__mro__):
        doc = inspect.cleandoc(each.__dict__.get("__doc__") or "")
        _, _, attributes = doc.partition("Attributes:\n")
        names: list[str] = []
        for line in attributes.split("\n"):
            if line and not line.startswith(" "):
                break  # the next section
            start = _attribute.fullmatch(line[4:]) if line[4:5].strip() else None
            if start:
                names = start["names"].split(", ")
                meanings.update(dict.fromkeys(names, start["text"]))
            elif line.strip():
                for name in names:
                    meanings[name] += " " + line.strip()
    return meanings


def _in_words(kind: types.Type) -> str:
    if isinstance(kind, types.UnionType):
        some = [_in_words(each) for each in kind.types if not isinstance(each, types.NoneType)]
        return " or ".join(some)
    if isinstance(kind, types.LiteralType):
        return " | ".join(f'"{value}"' for value in kind.values)
    if isinstance(kind, (types.IntType, types.FloatType)):
        name = "whole number" if isinstance(kind, types.IntType) else "number"
        return f"{name}{_range(kind)}"
    if isinstance(kind, types.BoolType):
        return "true | false"
    if isinstance(kind, types.StrType):
        return "text"
    return type(kind).__name__.removesuffix("Type").lower()


def _range(kind: types.IntType | types.FloatType) -> str:
    """ " from 1 to 100", " above 0 and below 1"."""
    ends = [
        f"{word} {value:,}"
        for word, value in (
            ("from", kind.ge),
            ("above", kind.gt),
            ("to", kind.le),
            ("below", kind.lt),
        )
        if value is not None
    ]
    if len(ends) == 2:
        joined = " " if ends[1].startswith("to") else " and "
        return " " + joined.join(ends)
    return f" {ends[0]}" if ends else ""
