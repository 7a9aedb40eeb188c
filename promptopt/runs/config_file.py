"""Configurations as files: a file's tables, and tables as the text of a file.

What is written says what the tables say and no more: what they leave out is left out, so that a
preset and the defaults go on standing behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from promptopt.errors import InputError
from promptopt.runs.choices import data_endings
from promptopt.runs.config import (
    SHORTHANDS,
    RunConfig,
    config_from_dict,
    read_file,
    tables_of_text,
)

Tables = dict[str, Any]
"""Nested tables in the shape of a configuration file."""

ENDING = ".toml"


def is_configuration(name: str) -> bool:
    """Whether a file of this name or path holds a configuration and no data."""
    return name.lower().endswith(ENDING)


def is_data(name: str) -> bool:
    """Whether this names data to search on: a file by its ending, a folder, or FOLDER:TASK."""
    folder, colon, _ = name.rpartition(":")
    if name.lower().endswith(data_endings()):
        return True
    try:
        return Path(name).is_dir() or (bool(colon) and Path(folder).is_dir())
    except (OSError, ValueError):  # no name of a file
        return False


def parse(text: str, folder: Path, where: str) -> Tables:
    """The tables of a configuration's text, short forms written out, relative paths made full.

    Args:
        text: TOML.
        folder: where relative paths in it begin.
        where: what errors call it.

    Raises:
        InputError: it is not TOML, naming the line; or it does not describe a run.
    """
    tables = spelled_out(tables_of_text(text, folder, where))
    config_from_dict(tables, where)
    return tables


def read(path: Path) -> tuple[str, Tables]:
    """The text of a configuration file, and its tables as `parse` has them.

    Raises:
        InputError: naming the file, and the line or option that is wrong; or it is a pipe or a
            device, whose reading might never end.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(f"{path} is a pipe or a device; name a file")
    text = read_file(path)
    return text, parse(text, path.absolute().parent, str(path))


def spelled_out(tables: Mapping[str, Any]) -> Tables:
    """The tables with a table wherever a short form stood: `task = "data.csv"`."""
    keys = {**SHORTHANDS, "method": "name"}
    return {
        name: {keys[name]: value} if name in keys and isinstance(value, str) else value
        for name, value in tables.items()
    }


def text_of(tables: Mapping[str, Any]) -> str:
    """The tables as TOML. Nones are left out.

    Raises:
        InputError: a text in them cannot be written as UTF-8.
    """
    text = tomli_w.dumps(_without_nothing(tables))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            "half a character stands in the configuration, which no file can hold; "
            "type that text anew"
        ) from error
    return text


def text_for(tables: Mapping[str, Any], folder: Path, written: str = "") -> str:
    """The text of a file in `folder` that loads to what the tables say.

    Args:
        tables: relative paths in them begin in the working folder.
        folder: of the file to be.
        written: a text that a person wrote, comments and all; it is taken as it stands where it
            loads to the same.

    Raises:
        InputError: the tables describe no run, or a name in them would mean something else in
            that folder.
    """
    wanted = _settled(config_from_dict(tables, "the form"))
    if written and _loads_to(written, folder) == wanted:
        return written
    task = tables.get("task")
    if isinstance(task, Mapping) and isinstance(task.get("source"), str):
        tables = {**tables, "task": {**task, "source": full_source(task["source"])}}
    text = text_of(tables)
    if _loads_to(text, folder) != wanted:
        raise InputError(
            f"{folder} holds something of a name that the configuration uses, which would be "
            "taken for it; save it in another folder"
        )
    return text


def full_source(source: str) -> str:
    """A task's source by a name that means it from any folder; a bundled task's stays."""
    from promptopt.tasks.bundled import bundled_task

    if bundled_task(source) is not None or not source.strip():
        return source
    before, colon, _ = source.rpartition(":")
    try:
        named = Path(source).expanduser()
        found = named.exists() or (bool(colon) and Path(before).expanduser().is_dir())
    except (OSError, ValueError, RuntimeError):  # no name of a file
        return source
    return str(named.absolute()) if found else source


def _loads_to(text: str, folder: Path) -> RunConfig | None:
    try:
        return _settled(config_from_dict(tables_of_text(text, folder, "the text"), "the text"))
    except InputError:
        return None


def _settled(config: RunConfig) -> RunConfig:
    from msgspec.structs import replace

    return replace(config, task=replace(config.task, source=full_source(config.task.source)))


def _without_nothing(tables: Mapping[str, Any]) -> Tables:
    found: Tables = {}
    for name, value in tables.items():
        if isinstance(value, Mapping):
            value = _without_nothing(value)
        if value is not None:
            found[name] = value
    return found
