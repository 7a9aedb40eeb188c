"""promptopt backup"""

from __future__ import annotations

import os
from pathlib import Path

import click

from promptopt.cli.output import tell

NOT_ALL = 1
"""Exit status when damaged runs were left out."""


@click.command("backup")
@click.argument("file", metavar="FILE")
def command(file: str) -> int:
    """Copy the store, with all its runs, into FILE; or into a folder, as promptopt.db.

    The copy is whole, even while runs are at work. It is opened by setting PROMPTOPT_HOME to its
    folder, where it must be called promptopt.db. A file that exists is not overwritten. A folder
    that is not there yet is made where the name ends with a slash.

    Of a damaged store the runs that are whole are copied, into a store that is sound. Where others
    had to be left out they are named, and it leaves with 1.
    """
    from promptopt.named_path import named_path
    from promptopt.results.numbers import counted
    from promptopt.runs.backup import back_up
    from promptopt.runs.store import Store

    target = named_path(file)
    with Store() as store:
        if file.endswith(os.sep):
            _make_folder(target)
        if target.is_dir():
            target /= store.path.name
        done = back_up(store, target)
    tell(f"wrote {counted(done.runs, 'run')} to {target}")
    for run_id, damage in done.left_out.items():
        tell(f"left out {run_id}, which is damaged: {damage}")
    if done.mended or done.left_out:
        tell(f"the store {store.path} is damaged; its copy is sound: go on with that one")
    return NOT_ALL if done.left_out else 0


def _make_folder(folder: Path) -> None:
    from promptopt.errors import InputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(f"{folder} is a file, not a folder; name another") from None
    except OSError as error:
        raise InputError(f"cannot create the folder {folder}: {error.strerror}") from error
