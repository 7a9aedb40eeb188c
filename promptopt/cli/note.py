"""promptopt note"""

from __future__ import annotations

import click

from promptopt.cli.steering import CandidateId


@click.command("note")
@click.argument("run")
@click.argument("text")
@click.option(
    "--on", "candidate", type=CandidateId(), metavar="CANDIDATE", help="A candidate, like c007."
)
def command(run: str, text: str, candidate: int | None) -> None:
    """Keep a remark on a run, or on one of its candidates."""
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask
    from promptopt.runs.commands import Remark
    from promptopt.runs.state import candidate_name
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        ask(store, run_id, Remark(text, candidate))
        about = run_id if candidate is None else f"{candidate_name(candidate)} of {run_id}"
        say(f"noted on {about}")
