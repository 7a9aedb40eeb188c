"""promptopt init"""

from __future__ import annotations

import os
from importlib.resources import files

import click

from promptopt.cli.output import tell


@click.command("init")
@click.argument("file", default="promptopt.toml")
def command(file: str) -> None:
    """Write a configuration file to start from, with every option explained.

    FILE is promptopt.toml where it is left out. An existing file is never overwritten.
    """
    from promptopt.errors import InputError
    from promptopt.named_path import named_path
    from promptopt.results.atomic_file import write_atomically

    path = named_path(file)
    if os.path.lexists(path):
        raise InputError(f"{file} exists already and is left as it is; name another file")
    write_atomically(path, starter_text())
    tell(f"wrote {file}: name your data in it, then see what it will cost, and run it:")
    tell(f"  promptopt estimate {file}")
    tell(f"  promptopt run {file}")


def starter_text() -> str:
    """The configuration that `promptopt init` writes."""
    return files("promptopt.cli").joinpath("starter.toml").read_text(encoding="utf-8")
