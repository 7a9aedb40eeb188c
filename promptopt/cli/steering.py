"""What `pause` and `stop` share: a command for an engine, and waiting until it is taken."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from promptopt.errors import RunError
from promptopt.runs import control

if TYPE_CHECKING:
    from promptopt.runs.store import Store

WAIT_SECONDS = 10.0


def wait_until_taken(store: Store, run_id: str, command_id: int) -> None:
    """Return once the engine has taken the command.

    Raises:
        RunError: it died, or is not answering.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while not store.is_taken(command_id):
        if time.monotonic() > deadline:
            raise RunError(f"the engine of {run_id} has not answered for {WAIT_SECONDS:.0f} s")
        if not control.is_alive(store, run_id) and not store.is_taken(command_id):
            raise RunError(
                f"the engine of {run_id} ended before it took the command; "
                f"see: promptopt show {run_id}"
            )
        time.sleep(0.05)
