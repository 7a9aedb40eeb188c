"""promptopt stop"""

from __future__ import annotations

import click


@click.command("stop")
@click.argument("run")
def command(run: str) -> None:
    """End a run once the calls in flight are answered. It can be resumed."""
    from promptopt.cli.output import say
    from promptopt.cli.steering import wait_until_taken
    from promptopt.runs import control
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        wait_until_taken(store, run_id, control.stop(store, run_id))
        say(f"{run_id} is stopping; go on later with: promptopt resume {run_id}")
