"""A run that is being set up: the tables of its configuration, and what becomes of them."""

from __future__ import annotations

import contextlib
from copy import deepcopy
from pathlib import Path
from typing import Any

from promptopt.errors import InputError
from promptopt.runs import choices, config_file

_COLUMNS = ("input_column", "output_column", "choices_column", "split_column", "answer_separator")


class RunDraft:
    """Everything that the form shows, and what of a file it has no field for.

    Attributes:
        tables: in the shape of a configuration file.
        path: the file that it was read from or saved to.
        text: as a person wrote it, comments and all; "" once the form has changed what it says.
        broken: a text that a person wrote and that is no configuration, with what is wrong with
            it; both "" if there is none.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin with nothing."""
        self.tables: config_file.Tables = {}
        self.path: Path | None = None
        self.text = ""
        self.broken = ("", "")
        self._kept: config_file.Tables = {}
        self._in_file: tuple[config_file.Tables, str] = ({}, "")

    @property
    def changed(self) -> bool:
        """Whether its file, if it has one, says something else."""
        tables, text = self._in_file
        return self.path is not None and (self.tables != tables or self.text != text)

    @property
    def unsaved(self) -> bool:
        """Whether something would be lost with it: more than the name of some data.

        What a run was started from is kept in the store, and what stands in a file there.
        """
        return bool(self.broken[0]) or _but_source(self.tables) != _but_source(self._kept)

    @property
    def folder(self) -> Path:
        """Where the relative paths of its text begin."""
        return self.path.absolute().parent if self.path else Path.cwd()

    def get(self, path: str) -> Any:
        """The value of an option by its dotted path; None where it is left out."""
        table, _, name = path.rpartition(".")
        here = self.tables.get(table, {}) if table else self.tables
        return here.get(name) if isinstance(here, dict) else None

    def set(self, path: str, value: Any) -> bool:
        """Give an option a value, None to leave it out; returns whether that changed anything."""
        if self.get(path) == value and type(self.get(path)) is type(value):
            return False
        method = self.method
        self._put(path, value)
        if path == "preset" and self._preset_method() not in (None, self.get("method.name")):
            self._put("method.name", None)
        if path == "method.name" and value and self._preset_method() not in (None, value):
            self._put("preset", None)
        if self.method != method:
            self._drop_settings_of_others()
        tables, text = self._in_file
        self.text = text if self.tables == tables else ""  # taken back, with its comments
        return True

    def take_data(self, source: str) -> None:
        """Search on other data, whose columns have names of their own."""
        if self.set("task.source", source):
            for name in _COLUMNS:
                self.set(f"task.{name}", None)

    @property
    def data(self) -> tuple[Any, ...]:
        """What it says of where the data are and how they are to be read."""
        return tuple(self.get(f"task.{name}") for name in ("source", *_COLUMNS))

    @property
    def method(self) -> str:
        """The method that the tables and the preset name."""
        return str(self.get("method.name") or self._preset_method() or "ape")

    def open(self, path: Path) -> None:
        """Take over a configuration file.

        Raises:
            InputError: naming the file and what is wrong; nothing was taken over.
        """
        self.text, self.tables = config_file.read(path)
        self.broken = ("", "")
        self._stands_in(path)

    def as_text(self) -> str:
        """It as TOML, for a person to edit: what was last written, if that still holds."""
        return self.broken[0] or self.text or config_file.text_of(self.tables)

    def take_text(self, text: str) -> bool:
        """Take over what a person wrote; returns whether it could be.

        A text that is no configuration is kept as `broken`, and the tables as they were.
        """
        if text == self.as_text() and not self.broken[0]:
            return True
        try:
            tables = config_file.parse(text, self.folder, "the edited text")
        except InputError as error:
            self.broken = (text, str(error))
            return False
        self.tables, self.text = tables, text
        self.broken = ("", "")
        return True

    def text_for(self, path: Path) -> str:
        """The text of the file that it is saved to.

        Raises:
            InputError: it is no configuration as yet.
        """
        return config_file.text_for(self.tables, path.absolute().parent, self.text)

    def saved(self, path: Path, text: str) -> None:
        """It stands in a file now."""
        self.text = text
        self._stands_in(path)

    def started(self) -> None:
        """A run has it now, or a file."""
        self._kept = deepcopy(self.tables)

    def _stands_in(self, path: Path) -> None:
        self.path = path
        self._in_file = (deepcopy(self.tables), self.text)
        self.started()

    def _put(self, path: str, value: Any) -> None:
        table, _, name = path.rpartition(".")
        here = self.tables
        if table:
            within = here.get(table)
            here = self.tables[table] = dict(within) if isinstance(within, dict) else {}
        if value is None:
            here.pop(name, None)
            if table and not here:
                del self.tables[table]
        else:
            here[name] = value

    def _preset_method(self) -> str | None:
        preset = self.get("preset")
        with contextlib.suppress(InputError):
            return choices.method_of_preset(preset) if isinstance(preset, str) else None
        return None

    def _drop_settings_of_others(self) -> None:
        known = {each.name for each in choices.settings_of_method(self.method)}
        table = self.tables.get("method")
        if known and isinstance(table, dict):
            for name in [each for each in table if each not in known and each != "name"]:
                self._put(f"method.{name}", None)


def _but_source(tables: config_file.Tables) -> config_file.Tables:
    task = tables.get("task")
    rest = {name: each for name, each in tables.items() if name != "task"}
    some = {name: each for name, each in task.items() if name != "source"} if task else {}
    return {**rest, "task": some} if some else rest
