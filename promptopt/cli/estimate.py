"""promptopt estimate"""

from __future__ import annotations

from typing import Any

import click

from promptopt.cli.run_options import config_of_options, run_options


@click.command("estimate")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool, **options: Any) -> None:
    """Say how many model calls a run will make at the most, stage by stage.

    Reads the data, but asks no model and starts nothing.
    """
    from promptopt.cli.output import say, say_json, say_table, tell
    from promptopt.runs.prepare import prepare

    config = config_of_options(**options)
    prepared = prepare(config, models=False)
    limit = config.budget.max_calls
    if as_json:
        say_json(
            {
                "calls": prepared.calls,
                "max_calls": limit,
                "stages": [
                    {"stage": each.stage, "step": each.step, "calls": each.calls}
                    for each in prepared.plan
                ],
            }
        )
        return
    task = prepared.task
    say(
        f"{task.name}: train {len(task.train)}, dev {len(task.dev)}, test {len(task.test)}; "
        f"{task.metric}"
    )
    rows = [(each.stage, str(each.step), f"{each.calls:,}", "") for each in prepared.plan]
    say_table(("stage", "step", "calls", ""), rows, right="calls step")
    say(f"at most {prepared.calls:,} calls, retries not counted")
    for note in prepared.notes:
        tell(f"note: {note}")
    if limit is not None and limit < prepared.calls:
        tell(f"note: the limit of {limit:,} calls will end the search early")
