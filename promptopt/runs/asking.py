"""Asking something of a run and waiting for the answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from promptopt.errors import RunError
from promptopt.runs import control

if TYPE_CHECKING:
    from promptopt.runs.events import Answer
    from promptopt.runs.store import Store

WAIT_SECONDS = 10.0
"""An engine answers within a second; after this long it is taken to hang."""

SECONDS_BETWEEN_LOOKS = 0.05


def wait_for_answer(store: Store, run_id: str, command_id: int) -> Answer:
    """Return the answer to a command once it is there.

    Raises:
        RunError: the engine died, or is not answering.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := answer_by_now(store, run_id, command_id)) is None:
        if time.monotonic() > deadline:
            raise RunError(
                f"the engine of {run_id} has not answered for {WAIT_SECONDS:.0f} s; what was asked "
                f"still stands, and is done as soon as it answers. See: promptopt show {run_id}"
            )
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return answer


def answer_by_now(store: Store, run_id: str, command_id: int) -> Answer | None:
    """The answer to a command; None while the engine has not taken it.

    Raises:
        RunError: the engine died before it took it, and it is for an engine.
    """
    answer = store.answer(run_id, command_id)
    if answer is None and not control.is_alive(store, run_id):
        # It ended before it took the command. What takes no engine is answered all the same.
        control.answer_open(store, run_id)
        answer = store.answer(run_id, command_id)
        if answer is None:
            raise RunError(
                f"the engine of {run_id} ended before it took the command; "
                f"see: promptopt show {run_id}"
            )
    return answer
