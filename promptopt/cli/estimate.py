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
    from promptopt.cli.output import say, say_json, tell
    from promptopt.runs.prepare import prepare
    from promptopt.runs.within_caps import within_caps

    config = config_of_options(**options)
    prepared = prepare(config, models=False)
    cost, task = prepared.cost, prepared.task
    fitted = within_caps(config, task, cost)
    if as_json:
        say_json(_object(config, cost, fitted) | {"least_seconds": prepared.least_seconds})
        return
    say(
        f"{task.name}: train {len(task.train)}, dev {len(task.dev)}, test {len(task.test)}; "
        f"{task.metric}"
    )
    _say_stages(cost)
    say(_total(cost))
    if fitted is not None:
        say()
        say(
            f"made to fit {_caps(config)}, the run sets out to do this, and more if calls are left:"
        )
        _say_stages(fitted)
        say(_total(fitted))
    for note in prepared.notes:
        tell(f"note: {note}")


def _say_stages(cost: CostEstimate) -> None:
    from promptopt.cli.output import say_table

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


def _total(cost: CostEstimate) -> str:
    from promptopt.llm.spend import shown_usd
    from promptopt.results.numbers import counted

    money = shown_usd(cost.usd) if cost.usd is not None else "at a price that is not known"
    return (
        f"at most {counted(cost.calls, 'call')}, retries not counted: about "
        f"{cost.prompt_tokens:,} prompt and {cost.completion_tokens:,} completion tokens, {money}"
    )


def _caps(config: RunConfig) -> str:
    """The limits that are set, for people."""
    caps = config.budget
    named = []
    if caps.max_calls is not None:
        named.append(f"{caps.max_calls:,} calls")
    if caps.max_tokens is not None:
        named.append(f"{caps.max_tokens:,} tokens")
    if caps.max_usd is not None:
        named.append(_money(caps.max_usd))
    return " and ".join(named)


def _object(config: RunConfig, cost: CostEstimate, fitted: CostEstimate | None) -> dict[str, Any]:
    caps = config.budget
    return {
        **_costs(cost),
        "tokens_counted": cost.exact,
        "max_calls": caps.max_calls,
        "max_tokens": caps.max_tokens,
        "max_usd": caps.max_usd,
        # What the run sets out to do where its limits do not reach for all of it.
        "within_limits": _costs(fitted) if fitted is not None else None,
    }


def _costs(cost: CostEstimate) -> dict[str, Any]:
    return {
        "calls": cost.calls,
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.completion_tokens,
        "usd": cost.usd,
        "most_usd": cost.most_usd,
        "reply_tokens": cost.reply_tokens,
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


def _money(usd: float | None) -> str:
    from promptopt.llm.spend import shown_usd

    return "unknown" if usd is None else shown_usd(usd)
