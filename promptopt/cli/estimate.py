"""promptopt estimate"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from promptopt.cli.run_options import config_of_options, run_options

if TYPE_CHECKING:
    from promptopt.runs.config import RunConfig
    from promptopt.runs.cost_estimate import CostEstimate


@click.command("estimate")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool, **options: Any) -> None:
    """Say what a run will cost: calls at the most, tokens and money, stage by stage.

    Reads the data, but asks no model and starts nothing.
    """
    from promptopt.cli.output import say, say_json, say_table, tell
    from promptopt.llm.spend import shown_usd
    from promptopt.results.numbers import counted
    from promptopt.runs.prepare import prepare

    config = config_of_options(**options)
    prepared = prepare(config, models=False)
    cost, task = prepared.cost, prepared.task
    if as_json:
        say_json(_object(config, cost))
        return
    say(
        f"{task.name}: train {len(task.train)}, dev {len(task.dev)}, test {len(task.test)}; "
        f"{task.metric}"
    )
    rows = [
        (
            each.stage,
            str(each.step),
            f"{each.calls:,}",
            f"{each.prompt_tokens:,}",
            f"{each.completion_tokens:,}",
            _money(each.usd),
            "",
        )
        for each in cost.stages
    ]
    head = ("stage", "step", "calls", "prompt", "completion", "money", "")
    say_table(head, rows, right="step calls prompt completion money")
    money = shown_usd(cost.usd) if cost.usd is not None else "at a price that is not known"
    say(
        f"at most {counted(cost.calls, 'call')}, retries not counted: about "
        f"{cost.prompt_tokens:,} prompt and {cost.completion_tokens:,} completion tokens, {money}"
    )
    for note in (*prepared.notes, *_beyond(config, cost)):
        tell(f"note: {note}")


def _object(config: RunConfig, cost: CostEstimate) -> dict[str, Any]:
    caps = config.budget
    return {
        "calls": cost.calls,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "usd": cost.usd,
        "tokens_counted": cost.exact,
        "max_calls": caps.max_calls,
        "max_tokens": caps.max_tokens,
        "max_usd": caps.max_usd,
        "stages": [
            {
                "stage": each.stage,
                "step": each.step,
                "calls": each.calls,
                "prompt_tokens": each.prompt_tokens,
                "completion_tokens": each.completion_tokens,
                "usd": each.usd,
            }
            for each in cost.stages
        ],
    }


def _beyond(config: RunConfig, cost: CostEstimate) -> list[str]:
    """The limits that will make the search smaller."""
    caps, notes = config.budget, []
    tokens = cost.prompt_tokens + cost.completion_tokens
    if caps.max_calls is not None and caps.max_calls < cost.calls:
        notes.append(f"the limit of {caps.max_calls:,} calls will end the search early")
    if caps.max_tokens is not None and caps.max_tokens < tokens:
        notes.append(f"the limit of {caps.max_tokens:,} tokens may end the search early")
    if caps.max_usd is not None and cost.usd is not None and caps.max_usd < cost.usd:
        notes.append(f"the limit of {_money(caps.max_usd)} may end the search early")
    return notes


def _money(usd: float | None) -> str:
    from promptopt.llm.spend import shown_usd

    return "unknown" if usd is None else shown_usd(usd)
