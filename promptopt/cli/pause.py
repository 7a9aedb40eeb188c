"""promptopt pause"""

from __future__ import annotations

import click


@click.command("pause")
@click.argument("run")
def command(run: str) -> None:
    """Let a run wait: nothing new is sent, what is in flight is drained."""
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask
    from promptopt.runs.commands import Pause
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        ask(store, run_id, Pause())
        say(f"{run_id} is paused; go on with: promptopt resume {run_id}")
