"""promptopt resume"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from promptopt.cli.interrupt import Held
    from promptopt.runs.store import Store


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
    from promptopt.cli.interrupt import INTERRUPTED, interrupt_held
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
            try:
                with interrupt_held() as interrupt:
                    waits = _Waits(store, run_id, interrupt)
                    control.resume(store, run_id, ask_again=ask_again, waits=waits)
            except KeyboardInterrupt:
                tell(f"left; it is not taken up again. Go on with: promptopt resume {run_id}")
                return INTERRUPTED
            interrupted = interrupt.pressed
        if detach:
            if as_json:
                say_json({"run_id": run_id, "status": "running"})
            else:
                say(run_id)
            return 0
        told = state.log_total  # by what watched the run before
        return follow(store, run_id, as_json=as_json, interrupted=interrupted, told=told)


class _Waits:
    """Says once that a run is waited for which is stopping, and leaves it at ctrl+c."""

    def __init__(self, store: Store, run_id: str, interrupt: Held) -> None:
        self._store = store
        self._run_id = run_id
        self._interrupt = interrupt
        self._told = False

    def __call__(self) -> None:
        if self._interrupt.pressed:
            raise KeyboardInterrupt
        if self._told:
            return
        from promptopt.cli.output import tell
        from promptopt.cli.steering import in_flight_text

        self._told = True
        waits = in_flight_text(self._store, self._run_id)
        tell(
            f"{self._run_id} is stopping and waits for {waits}; then it goes on "
            "(ctrl+c leaves it stopped)"
        )
