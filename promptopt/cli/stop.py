"""promptopt stop"""

from __future__ import annotations

import click


@click.command("stop")
@click.argument("run")
def command(run: str) -> None:
    """End a run once the calls in flight are answered. It can be resumed."""
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask, in_flight_text
    from promptopt.runs.commands import Stop
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        ask(store, run_id, Stop())
        say(
            f"{run_id} is stopping and waits for {in_flight_text(store, run_id)}; "
            f"go on later with: promptopt resume {run_id}"
        )
