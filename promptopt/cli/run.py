"""promptopt run"""

from __future__ import annotations

from typing import Any

import click

from promptopt.cli.run_options import config_of_options, run_options


@click.command("run")
@run_options
@click.option("--detach", is_flag=True, help="Start the run and return at once.")
@click.option("-o", "--output", metavar="FILE", help="Write the best prompt to a file, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(detach: bool, output: str | None, as_json: bool, **options: Any) -> int:
    """Search for the best prompt.

    Runs what CONFIG.toml says; options override it. The run goes on in a process of its own,
    and this command shows its progress. Ctrl-C stops the run in order; it can be resumed.
    """
    if detach and output is not None:
        raise click.UsageError("--output waits for the end of the run, and --detach does not")
    from promptopt.cli.follow import follow
    from promptopt.cli.interrupt import interrupt_held
    from promptopt.cli.output import say, say_json, tell
    from promptopt.named_path import named_path
    from promptopt.results.atomic_file import check_free, write_atomically
    from promptopt.runs import control
    from promptopt.runs.state import candidate_name
    from promptopt.runs.store import Store

    config = config_of_options(**options)
    if output is not None:
        check_free(named_path(output))
    with Store() as store:
        run_id = control.create(store, config, lambda note: tell(f"note: {note}"))
        with interrupt_held() as interrupt:
            control.launch(store, run_id)
            if not detach:
                tell(f"run {run_id}")
        if detach:
            if as_json:
                say_json({"run_id": run_id, "status": "running"})
            else:
                say(run_id)
                tell(f"watch it with: promptopt-tui {run_id}")
            return 0
        status = follow(store, run_id, as_json=as_json, interrupted=interrupt.pressed)
        best = store.state(run_id).best
        if output is not None and status == 0 and best is not None:
            write_atomically(named_path(output), best.text)
            tell(f"wrote {candidate_name(best.id)} of {run_id} to {output}")
        return status
