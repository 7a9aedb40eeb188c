"""What the steering commands share: to ask something of a run, and to wait for the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from promptopt.errors import InputError
from promptopt.runs import control
from promptopt.runs.asking import wait_for_answer

if TYPE_CHECKING:
    from promptopt.runs.commands import AnyCommand
    from promptopt.runs.events import Answer
    from promptopt.runs.store import Store


def ask(store: Store, run_id: str, command: AnyCommand) -> Answer:
    """Ask something of a run; returns what it answers, once it does.

    Raises:
        InputError: it was refused, or there is no engine and it takes one.
        RunError: the engine died, or is not answering.
    """
    from promptopt.runs.events import CommandRefused

    answer = wait_for_answer(store, run_id, control.steer(store, run_id, command))
    if isinstance(answer, CommandRefused):
        raise InputError(f"run {run_id}: {answer.reason}")
    return answer


def in_flight_text(store: Store, run_id: str) -> str:
    """What a run waits for that ends: "the calls in flight, up to 60 s", after their time-outs."""
    config = control.config_of(store, run_id)
    named = (config.task_model, config.optimizer_model, config.judge_model, config.embedder)
    waits = [model.timeout for model in named if model is not None and model.kind == "openai"]
    return "the calls in flight" + (f", up to {max(waits):g} s" if waits else "")


def when_it_goes_on(store: Store, run_id: str) -> str:
    """What stands behind an answer where no engine is at work; else ""."""
    if control.is_alive(store, run_id) or store.state(run_id).status == "done":
        return ""
    return f", when it goes on: promptopt resume {run_id}"


class CandidateId(click.ParamType[int]):
    """A candidate as it is called everywhere: "c007", or its number."""

    name = "candidate"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"[cC]?(\d{1,9})", str(value).strip())
        if match is None:
            self.fail(f"{str(value)!r} is no candidate; one is called like c007", param, ctx)
        return int(match[1])
