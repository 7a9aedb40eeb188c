"""promptopt delete"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promptopt.cli.output import say, tell
from promptopt.errors import DamagedRunError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promptopt.runs.store import Store

NOT_DELETED = 1
"""Exit status when a person has said no."""


@click.command("delete")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Don't ask; RUN is then a whole name, or last.")
def command(runs: Sequence[str], yes: bool) -> int:
    """Delete runs, with their candidates and scores and all answers that were paid for.

    It asks first, since this cannot be undone. A run that an engine is at work on is refused:
    stop it first. Files that were exported elsewhere stay.
    """
    from promptopt.runs.deletion import delete_several, refuse_live
    from promptopt.runs.store import Store

    with Store() as store:
        run_ids = list(dict.fromkeys(_run_id(store, name, whole=yes) for name in runs))
        refuse_live(store, run_ids)
        if not yes and not _confirmed(store, run_ids):
            tell("nothing was deleted")
            return NOT_DELETED
        delete_several(store, run_ids)
    for run_id in run_ids:
        say(f"{run_id} is deleted")
    return 0


def _run_id(store: Store, name: str, *, whole: bool) -> str:
    """The id of the run that is meant. What nobody is asked about is not to be guessed."""
    run_id = store.find_run(name).id
    if whole and name not in (run_id, "last"):
        raise InputError(
            f"there is no run named {name!r}; with --yes give the whole name: {run_id}"
        )
    return run_id


def _confirmed(store: Store, run_ids: Sequence[str]) -> bool:
    """Ask on the terminal.

    Raises:
        InputError: there is none.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("there is no terminal to ask on; to delete without being asked, add --yes")
    for run_id in run_ids:
        tell(f"  {run_id}  {_contents(store, run_id)}")
    what = "this run" if len(run_ids) == 1 else f"these {len(run_ids)} runs"
    return click.confirm(f"Delete {what}? This cannot be undone.", default=False, err=True)


def _contents(store: Store, run_id: str) -> str:
    """What is lost with a run."""
    from promptopt.cli.run_view import shown_status
    from promptopt.results.numbers import counted

    try:
        state = store.state(run_id)
        status = shown_status(store, state)
    except DamagedRunError:
        return "damaged"
    candidates = counted(len(state.candidates), "candidate")
    return f"{status}, {candidates}, {counted(state.usage.calls, 'call')}"
