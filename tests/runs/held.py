"""An endpoint that keeps requests waiting, so that a run is at work for as long as a test wants."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from typing import Any

from promptopt.runs import control
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Behaviour, Endpoint, Received, plural
from ..workspace import PATIENCE, Workspace, wait_until
from .outcomes import stored_responses


class Held:
    """Answers as many requests as it was let, and keeps the others waiting.

    Attributes:
        waiting: how many do.
    """

    def __init__(self, requests: float = 0, behaviour: Behaviour = plural) -> None:
        self._behaviour = behaviour
        self._left = requests
        self._let = threading.Condition()
        self.waiting = 0

    def let(self, requests: float = math.inf) -> None:
        """Let so many more be answered, first of all those that wait; all of them by itself."""
        with self._let:
            self._left += requests
            self._let.notify_all()

    def __call__(self, received: Received) -> Answer:
        with self._let:
            self.waiting += 1
            if not self._let.wait_for(lambda: self._left > 0, PATIENCE):
                raise TimeoutError("the test lets this request wait for ever")
            self.waiting -= 1
            self._left -= 1
        return self._behaviour(received)


def model_at(endpoint: Endpoint, concurrency: int) -> dict[str, Any]:
    """The model of a run that asks this endpoint."""
    return {"spec": "openai:m", "base_url": endpoint.url, "concurrency": concurrency}


@contextlib.contextmanager
def at_work(
    workspace: Workspace, store: Store, requests: int = 3, concurrency: int = 2, **tables: Any
) -> Iterator[tuple[str, Held]]:
    """A run that is at work: so many of its requests are answered, and the next ones wait.

    These are all under way, at another point than at the end of a stage.
    """
    held = Held(requests)
    with Endpoint(held) as endpoint, contextlib.ExitStack() as last:
        last.callback(held.let)
        run_id = control.start(store, workspace.config(model_at(endpoint, concurrency), **tables))
        wait_until(lambda: stored_responses(store, run_id) == requests)
        wait_until(lambda: store.calls_sent(run_id) == requests + concurrency)
        yield run_id, held
