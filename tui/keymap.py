"""Other keys for the actions, from a file of the user's.

The file is TOML: `dashboard.pause = "P"`, or a list of keys, or a table for a scope. Textual
takes an id that nothing has without a word, and a key that another action has away from that
action; so everything is checked here, before the workbench opens.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path

import platformdirs

from promptopt.errors import InputError
from promptopt.results.visible import visible
from tui.actions import ACTIONS, Action, actions
from tui.key_names import is_typed, key_name, shown_key

FILE = "keys.toml"

_SCREENS = {
    "runs": ("list", "text", "pane", "filter"),
    "new": ("list", "text", "pane"),
    "dashboard": ("list", "text", "pane", "filter"),
    "candidate": ("list", "text", "pane", "filter"),
    "compare": ("list", "text", "pane", "filter"),
    "example": ("text", "pane"),
    "log": ("list", "pane"),
    "export": ("dialog",),
    "writing": ("dialog",),
    "limits": ("dialog",),
    "browse": ("dialog", "list", "pane"),
    "error": ("dialog", "text", "pane"),
    "help": ("dialog", "text", "pane"),
    "dialog": (),
}
"""Scope of a screen to those of the widgets that may have the focus on it."""

_DIALOGS = ("browse", "export", "writing", "limits", "error", "help", "dialog")

_APART = ({"list", "text"}, {"list", "filter"}, {"text", "filter"}, {"pane", "filter"})
"""Scopes of widgets that never have the focus at once."""

_actions = {action.id: action for action in ACTIONS}


@dataclass(frozen=True, slots=True)
class Keymap:
    """Which keys the actions have.

    Attributes:
        changed: id to Textual's names of the keys, for the actions that have other ones than
            by default.
    """

    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def action(self, action_id: str) -> Action:
        """An action with the keys that it has now.

        Raises:
            KeyError: there is none with this id.
        """
        action = _actions[action_id]
        keys = self.changed.get(action_id)
        return action if keys is None else replace(action, keys=",".join(keys))

    def actions(self, scope: str) -> list[Action]:
        """The actions of a scope, with the keys that they have now."""
        return [self.action(action.id) for action in actions(scope)]

    def key(self, action_id: str) -> str:
        """The first key of an action, as it is written for people."""
        return self.action(action_id).shown_key

    def for_textual(self) -> dict[str, str]:
        """What `App.set_keymap` takes."""
        return {action_id: ",".join(keys) for action_id, keys in self.changed.items()}


def keymap_path() -> Path:
    """Where the file is looked for.

    In `$PROMPTOPT_HOME` where that is set, else in the user's folder for configurations.
    """
    home = os.environ.get("PROMPTOPT_HOME")
    if home:
        return Path(home).expanduser().absolute() / FILE
    return Path(platformdirs.user_config_dir("promptopt", appauthor=False)) / FILE


def load_keymap(path: Path | None = None) -> Keymap:
    """Read the keymap file; without one, all keys are as by default.

    Raises:
        InputError: it cannot be read, names an action or a key that there is not, or gives one
            key to two actions that are within reach at once; all of that is told, in a line each.
    """
    path = keymap_path() if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the keymap {visible(str(path))} cannot be read: {error}") from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the keymap {visible(str(path))} is no TOML: {error}") from error
    lines = _lines_of_ids(text)

    def where(action_id: str) -> str:
        line = lines.get(action_id)
        return visible(str(path)) + (f", line {line}" if line else "")

    changed, problems = {}, []
    for action_id, value in _flat(tables):
        try:
            changed[action_id] = _keys(action_id, value)
        except ValueError as error:
            problems.append(f"{where(action_id)}: {error}")
    clashes = dict.fromkeys(_clashes(Keymap(changed)))  # a pair may clash on several screens
    problems += [f"{where(action_id)}: {problem}" for action_id, problem in clashes]
    if problems:
        raise InputError("\n".join(problems))
    return Keymap(changed)


def _flat(tables: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _keys(action_id: str, value: object) -> tuple[str, ...]:
    if action_id not in _actions:
        close = get_close_matches(action_id, _actions, 1)
        hint = f"did you mean {close[0]}?" if close else "promptopt-tui --print-keys lists them"
        raise ValueError(f"there is no action {visible(action_id)}; {hint}")
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise ValueError(f'{action_id} takes a key such as "p", or a list of keys')
    if not written:
        raise ValueError(f"{action_id} needs at least one key")
    try:
        keys = tuple(dict.fromkeys(key_name(each) for each in written))
    except ValueError as error:
        raise ValueError(f"{action_id}: {visible(str(error))}") from error
    typed = [key for key in keys if is_typed(key)]
    if typed and _actions[action_id].priority:
        raise ValueError(
            f"{action_id} is taken before any field sees its key, so {shown_key(typed[0])} could "
            "not be typed any more; give it a key with ctrl or a function key"
        )
    return keys


def _clashes(keymap: Keymap) -> Iterator[tuple[str, str]]:
    """Keys that one action takes from another and does not by default: (id, what is wrong)."""
    known = set(_shared_keys(Keymap()))
    for first, second, key in _shared_keys(keymap):
        if (first, second, key) in known:
            continue
        new, other = (first, second) if first in keymap.changed else (second, first)
        yield (
            new,
            f"{new} and {other} would both have {shown_key(key)} where both are within reach; "
            "give one of them another key",
        )


def _shared_keys(keymap: Keymap) -> Iterator[tuple[str, str, str]]:
    for screen in _SCREENS:
        here = [action for scope in _reach(screen) for action in keymap.actions(scope)]
        for first, second in combinations(here, 2):
            if any({first.scope, second.scope} == apart for apart in _APART):
                continue
            for key in set(first.keys.split(",")) & set(second.keys.split(",")):
                yield first.id, second.id, key


def _reach(screen: str) -> tuple[str, ...]:
    # A dialog hides the app's actions, but for those that come before everything.
    return (screen, "screen", *_SCREENS[screen], *(() if screen in _DIALOGS else ("app",)))


def _lines_of_ids(text: str) -> dict[str, int]:
    """On which line of the file each id is given keys, as far as that can be told."""
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = _plain(header[1]) + "."
        elif entry := re.match(r"""\s*([\w."' -]+?)\s*=""", line):
            lines.setdefault(table + _plain(entry[1]), number)
    return lines


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def keymap_template() -> str:
    """A keymap file with every action and its default keys, all commented out."""
    lines = [f"# Keys of promptopt-tui. This file is read from {keymap_path()}", ""]
    for action in ACTIONS:
        names = ", ".join(f'"{key}"' for key in action.keys.split(","))
        value = f"[{names}]" if "," in action.keys else names
        lines += [f"# {action.help}", f"# {action.id} = {value}"]
    return "\n".join(lines) + "\n"
