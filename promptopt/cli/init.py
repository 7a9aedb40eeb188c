"""promptopt init"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from promptopt.cli.output import tell


@click.command("init")
@click.argument("file", default="promptopt.toml")
def command(file: str) -> None:
    """Write a configuration file to start from, with every option explained.

    FILE is promptopt.toml where it is left out. An existing file is never overwritten.
    """
    from promptopt.errors import InputError
    from promptopt.results.atomic_file import write_atomically

    path = Path(file).expanduser()
    if path.exists() or path.is_symlink():
        raise InputError(f"{file} exists already and is left as it is; name another file")
    write_atomically(path, starter_text())
    tell(f"wrote {file}: name your data in it, then see what it will cost, and run it:")
    tell(f"  promptopt estimate {file}")
    tell(f"  promptopt run {file}")


def starter_text() -> str:
    """The configuration that `promptopt init` writes."""
    return files("promptopt.cli").joinpath("starter.toml").read_text(encoding="utf-8")
