"""promptopt list"""

from __future__ import annotations

import time
from typing import Any

import click

from promptopt.cli.output import on_terminal, say_json, say_table, tell
from promptopt.errors import DamagedRunError


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List the runs, the newest first."""
    from promptopt.cli.run_view import shown_status
    from promptopt.results.numbers import shown_score
    from promptopt.results.summary import prompt_object, usage_object
    from promptopt.results.waiting import seen_status
    from promptopt.runs.state import RunState, candidate_name
    from promptopt.runs.store import Store

    rows: list[tuple[str, ...]] = []
    objects: list[dict[str, Any]] = []
    with Store() as store:
        for record in store.runs():
            try:
                state = store.state(record.id)
                status = shown_status(store, state)
            except DamagedRunError:
                # Of a damaged run no more than that can be told; the others are as they were.
                state, status = RunState(record.id), "damaged"
            known = status != "damaged"
            setup, best = state.setup, state.best
            objects.append(
                {
                    "run_id": record.id,
                    "status": status,
                    "method": setup.method if setup else None,
                    "preset": (setup.preset or None) if setup else None,
                    "task": setup.task if setup else None,
                    "created_at": record.created_at or None,
                    "best": prompt_object(best) if best else None,
                    "usage": usage_object(state) if known else None,
                }
            )
            rows.append(
                (
                    record.id,
                    (setup.preset or setup.method) if setup else "—",
                    seen_status(status, state),
                    _when(record.created_at) if record.created_at else "—",
                    f"{state.usage.calls:,}" if known else "—",
                    shown_score(best.dev) if best else "—",
                    shown_score(best.test) if best else "—",
                    f"{candidate_name(best.id)} {best.text}" if best else "",
                )
            )
    if as_json:
        say_json({"runs": objects})
    elif rows:
        say_table(
            ("run", "method", "status", "begun", "calls", "dev", "test", "best prompt"),
            rows,
            right="calls",
        )
        if on_terminal():
            tell("see one with: promptopt show RUN (or: promptopt show last)")
    else:
        tell("there are no runs yet; start one with: promptopt run, or promptopt-tui --demo")


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
