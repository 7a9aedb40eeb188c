"""Names of keys: how they are written in a keymap file, and how they are shown."""

from __future__ import annotations

import re
import unicodedata

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key

_MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")

# What a terminal sends for both, so that a clash between them is one.
_SAME_KEY = {"ctrl+i": "tab", "ctrl+m": "enter", "return": "enter", "ctrl+h": "backspace"}

_OTHER_NAMES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "page_down": "pagedown",
    "del": "delete",
    "ins": "insert",
}

_SHOWN = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "enter": "⏎",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "⌫",
}

_named = frozenset(
    key.value for key in Keys if "+" not in key.value and re.fullmatch(r"[a-z]+[0-9]*", key.value)
) | {"backspace"}


def key_name(written: str) -> str:
    """A key as somebody wrote it ("?", "G", "ctrl+x", "f5") in Textual's name for it.

    Raises:
        ValueError: there is no such key, or no terminal sends it; the message says what to write.
    """
    text = written.strip() or written
    *modifiers, base = re.split(r"\+(?=.)", text) if len(text) > 1 else [text]
    modifiers = [each.lower() for each in modifiers]
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise ValueError(f"{modifier!r} is no modifier; there are {', '.join(_MODIFIERS)}")
    name = _base_name(base)
    if "shift" in modifiers and len(name) == 1 and name.isalpha():
        raise ValueError(f"write {name.upper()} for shift and {name}")
    if modifiers and "ctrl" in modifiers and len(name) == 1:
        name = name.lower()
    ordered = [each for each in _MODIFIERS if each in modifiers]
    whole = "+".join([*ordered, name])
    return _SAME_KEY.get(whole, whole)


def _base_name(base: str) -> str:
    if len(base) == 1:
        if not base.isprintable():
            raise ValueError("this is no key that can be shown")
        return "space" if base == " " else _character_to_key(base)
    name = _OTHER_NAMES.get(base.lower(), base.lower())
    if name in _named or _is_character_name(name):
        return name
    raise ValueError(f"there is no key {base!r}; write ? or f5 or ctrl+x, for example")


def _is_character_name(name: str) -> bool:
    return _character_of(name) is not None


def _character_of(name: str) -> str | None:
    """The character that Textual calls by a name: "?" for "question_mark"."""
    long = {short: full for full, short in KEY_NAME_REPLACEMENTS.items()}.get(name, name)
    for spelling in (long.replace("_", " "), long.replace("_", "-")):
        try:
            character = unicodedata.lookup(spelling)
        except KeyError:
            continue
        if character.isprintable() and _character_to_key(character) == name:
            return character
    return None


def is_typed(name: str) -> bool:
    """Whether a key puts a character into a field."""
    return name == "space" or len(name) == 1 or _character_of(name) is not None


def shown_key(name: str) -> str:
    """A key as it is written for people: "^p", "⏎", "?"."""
    *modifiers, base = name.split("+")
    text = _SHOWN.get(base) or (base if len(base) == 1 or base == "space" else None)
    text = text or _character_of(base) or base
    if modifiers == ["ctrl"] and len(base) == 1:
        return f"^{text}"
    if modifiers == ["shift"]:
        return f"⇧{text}"
    return "+".join([*modifiers, text])
