"""promptopt backup"""

from __future__ import annotations

from pathlib import Path

import click

from promptopt.cli.output import tell


@click.command("backup")
@click.argument("file", metavar="FILE")
def command(file: str) -> None:
    """Copy the store, with all its runs, into FILE; or into a folder, as promptopt.db.

    The copy is whole, even while runs are at work. It is opened by setting PROMPTOPT_HOME to its
    folder, where it must be called promptopt.db. A file that exists is not overwritten.
    """
    from promptopt.results.numbers import counted
    from promptopt.runs.store import Store

    target = Path(file).expanduser()
    with Store() as store:
        if target.is_dir():
            target /= store.path.name
        store.back_up(target)
        runs = len(store.runs())
    tell(f"wrote {counted(runs, 'run')} to {target}")
