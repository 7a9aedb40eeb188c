"""promptopt mark"""

from __future__ import annotations

import click

from promptopt.cli.steering import CandidateId


@click.command("mark")
@click.argument("run")
@click.argument("candidates", type=CandidateId(), nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Unmark them.")
def command(run: str, candidates: tuple[int, ...], off: bool) -> None:
    """Mark candidates of a run, to find them again and to export them together.

    It changes nothing of the search, and can be done after its end too.
    """
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask
    from promptopt.runs.commands import Mark
    from promptopt.runs.state import candidate_name
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        for each in candidates:
            ask(store, run_id, Mark(each, marked=not off))
            done = "unmarked" if off else "marked"
            say(f"{candidate_name(each)} of {run_id} is {done}")
