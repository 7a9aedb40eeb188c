"""promptopt run"""

from __future__ import annotations

from typing import Any

import click

from promptopt.cli.run_options import config_of_options, run_options


@click.command("run")
@run_options
@click.option("--detach", is_flag=True, help="Start the run and return at once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(detach: bool, as_json: bool, **options: Any) -> int:
    """Search for the best prompt.

    Runs what CONFIG.toml says; options override it. The run goes on in a process of its own,
    and this command shows its progress. Ctrl-C stops the run in order; it can be resumed.
    """
    from promptopt.cli.follow import follow
    from promptopt.cli.interrupt import interrupt_held
    from promptopt.cli.output import say, say_json, tell
    from promptopt.runs import control
    from promptopt.runs.store import Store

    config = config_of_options(**options)
    with Store() as store:
        run_id = control.create(store, config)
        with interrupt_held() as interrupt:
            control.launch(store, run_id)
        if detach:
            if as_json:
                say_json({"run_id": run_id, "status": "running"})
            else:
                say(run_id)
                tell(f"watch it with: promptopt-tui {run_id}")
            return 0
        tell(f"run {run_id}")
        return follow(store, run_id, as_json=as_json, interrupted=interrupt.pressed)
