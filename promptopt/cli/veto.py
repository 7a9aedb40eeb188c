"""promptopt veto"""

from __future__ import annotations

import click

from promptopt.cli.steering import CandidateId


@click.command("veto")
@click.argument("run")
@click.argument("candidate", type=CandidateId())
def command(run: str, candidate: int) -> None:
    """Rule a candidate out: it never wins and nothing more is made from it.

    From the next stage on it is not scored any more.
    """
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask
    from promptopt.runs.commands import Veto
    from promptopt.runs.state import candidate_name
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        ask(store, run_id, Veto(candidate))
        say(f"{candidate_name(candidate)} of {run_id} is vetoed")
