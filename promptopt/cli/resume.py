"""promptopt resume"""

from __future__ import annotations

import click


@click.command("resume")
@click.argument("run")
@click.option("--ask-again", is_flag=True, help="Ask again what was given up, even if it is done.")
@click.option("--detach", is_flag=True, help="Let it go on and return at once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def command(run: str, ask_again: bool, detach: bool, as_json: bool) -> int:
    """Take up a run that was paused, stopped, failed or broke off.

    What was answered before is read from the store and costs nothing. A run that is at work
    already is watched. One that was ended by a limit goes on when that was raised; see
    promptopt set --help.
    """
    from promptopt.cli.follow import follow
    from promptopt.cli.interrupt import interrupt_held
    from promptopt.cli.output import say, say_json, tell
    from promptopt.results.going_on import reopened_search
    from promptopt.runs import control
    from promptopt.runs.store import Store

    with Store() as store:
        run_id = store.find_run(run).id
        interrupted = False
        state = store.state(run_id)
        if state.status != "done" or state.reopened or ask_again:
            if later := reopened_search(state):
                tell(later)
            with interrupt_held() as interrupt:
                control.resume(store, run_id, ask_again=ask_again)
            interrupted = interrupt.pressed
        if detach:
            if as_json:
                say_json({"run_id": run_id, "status": "running"})
            else:
                say(run_id)
            return 0
        told = state.log_total  # by what watched the run before
        return follow(store, run_id, as_json=as_json, interrupted=interrupted, told=told)
