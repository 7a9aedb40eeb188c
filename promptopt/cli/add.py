"""promptopt add"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from promptopt.cli.steering import CandidateId


@click.command("add")
@click.argument("run")
@click.argument("text", required=False)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="Take the text from a file, or from the standard input with -.",
)
@click.option(
    "--from",
    "parent",
    type=CandidateId(),
    metavar="CANDIDATE",
    help="The candidate that it was edited from, like c003.",
)
def command(run: str, text: str | None, file: Path | None, parent: int | None) -> None:
    """Send a candidate of your own into a search.

    TEXT is scored from the next stage on as all others are, in GPO beside the proposals of the
    next step. It may be longer than a proposal; a copy of training data is turned away.
    """
    if (text is None) == (file is None):
        raise click.UsageError("give the text of the candidate, or a --file that holds it")
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask, when_it_goes_on
    from promptopt.runs.commands import Add
    from promptopt.runs.store import Store

    if text is None:
        assert file is not None
        text = _text_of(file)
    with Store() as store:
        run_id = store.find_run(run).id
        ask(store, run_id, Add(text, parent))
        say(f"{run_id} takes the candidate in at its next stage{when_it_goes_on(store, run_id)}")


def _text_of(file: Path) -> str:
    from promptopt.errors import InputError

    stdin = str(file) == "-"
    try:
        # Not as the terminal's language has it: a prompt is UTF-8 wherever it comes from.
        place = sys.stdin.fileno() if stdin else file
        with open(place, encoding="utf-8-sig", closefd=not stdin) as source:
            return source.read()
    except (OSError, UnicodeDecodeError) as error:
        named = "the standard input" if stdin else file
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the candidate from {named}: {reason}") from error
