"""What the steering commands share: to ask something of a run, and to wait for the answer."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import click

from promptopt.errors import InputError, RunError
from promptopt.runs import control

if TYPE_CHECKING:
    from promptopt.runs.commands import AnyCommand
    from promptopt.runs.events import Answer
    from promptopt.runs.store import Store

WAIT_SECONDS = 10.0


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


def wait_for_answer(store: Store, run_id: str, command_id: int) -> Answer:
    """Return the answer to a command once it is there.

    Raises:
        RunError: the engine died, or is not answering.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := store.answer(run_id, command_id)) is None:
        if time.monotonic() > deadline:
            raise RunError(f"the engine of {run_id} has not answered for {WAIT_SECONDS:.0f} s")
        if not control.is_alive(store, run_id):
            # It ended before it took the command. What takes no engine is answered all the same.
            control.answer_open(store, run_id)
            answer = store.answer(run_id, command_id)
            if answer is not None:
                return answer
            raise RunError(
                f"the engine of {run_id} ended before it took the command; "
                f"see: promptopt show {run_id}"
            )
        time.sleep(0.05)
    return answer


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
