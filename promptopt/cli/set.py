"""promptopt set"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from promptopt.cli.run_options import CONCURRENCY

if TYPE_CHECKING:
    from promptopt.runs.commands import AnyCommand
    from promptopt.runs.events import Answer


class Cap(click.ParamType["float | str"]):
    """A number within the range of a limit, or "none" for no limit."""

    name = "cap"

    def __init__(self, number: type[int] | type[float], asked: str, most: float = math.inf) -> None:
        self._number = number
        self._asked = asked
        self._most = most

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        from promptopt.results.typed_number import comma_hint, typed_number

        text, whole = str(value).strip(), "whole " if self._number is int else ""
        if text.casefold() == "none":
            return "none"
        try:
            number: float = typed_number(text, self._number)
            finite = math.isfinite(number)
        except (ValueError, OverflowError):
            finite = False
        if not finite:
            hint = comma_hint(text) or '"none" lifts the limit'
            self.fail(f"{str(value)!r} is no {whole}number; {hint}", param, ctx)
        if not (1 if whole else math.ulp(0.0)) <= number <= self._most:
            self.fail(f'it takes {self._asked}, or "none" to lift the limit', param, ctx)
        return number


_calls = Cap(int, "a whole number from 1 on")
_tokens = Cap(int, "a whole number from 1 to 10^15", 10**15)
_usd = Cap(float, "a number of US dollars above 0, up to 1,000,000", 1_000_000)


@click.command("set")
@click.argument("run")
@click.option("--max-calls", type=_calls, metavar="N", help="Model calls, retries included.")
@click.option("--max-tokens", type=_tokens, metavar="N", help="Tokens of prompts and replies.")
@click.option("--max-usd", type=_usd, metavar="X", help="US dollars.")
@click.option("--concurrency", type=CONCURRENCY, metavar="N", help="Calls to an endpoint at once.")
def command(run: str, concurrency: int | None, **caps: float | str | None) -> None:
    """Change the limits of a run, or its concurrency, also while it is at work.

    A limit is a number, or "none". Raised while the run goes on, it holds for what is not planned
    yet. A run that had ended by a limit goes on with a higher one when it is resumed, and asks
    nothing twice: GPO with further steps from where it was, APE gone through anew as if it had had
    that limit from its start, so that its candidates may be others then. A limit that is lowered
    stops what would pass it at once; it stays above what is spent and what the test of the best
    prompt needs.
    """
    from promptopt.cli.output import say
    from promptopt.cli.steering import ask, when_it_goes_on
    from promptopt.results.going_on import reopened_search
    from promptopt.runs import control
    from promptopt.runs.commands import SetConcurrency, SetLimit
    from promptopt.runs.store import Store

    commands: list[AnyCommand] = [
        SetLimit(limit, None if isinstance(value, str) else value)
        for limit, value in caps.items()
        if value is not None
    ]
    if concurrency is not None:
        commands.append(SetConcurrency(concurrency))
    if not commands:
        raise click.UsageError("say what to set: a limit, or --concurrency")
    with Store() as store:
        run_id = store.find_run(run).id
        for each in commands:
            told = _told(ask(store, run_id, each))
            say(f"{run_id}: {told}")
        state = store.state(run_id)
        if state.reopened and not control.is_alive(store, run_id):
            if later := reopened_search(state):
                say(later)
            say(f"let it go on with: promptopt resume {run_id}")
        elif later := when_it_goes_on(store, run_id):
            say(f"this holds{later}")


def _told(answer: Answer) -> str:
    from promptopt.runs.events import ConcurrencyChanged, LimitChanged

    if isinstance(answer, ConcurrencyChanged):
        return f"concurrency is {answer.concurrency}"
    assert isinstance(answer, LimitChanged)
    if answer.value is None:
        return f"{answer.limit} is lifted"
    told = f"{answer.limit} is {_number(answer.value)}"
    if answer.asked is not None:
        told += f", not {_number(answer.asked)}: so much is spent, or kept for the test"
    return told


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:,}"
