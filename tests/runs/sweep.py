"""Engines killed at many points of one run, each of which must come to the same end.

    python -m tests.runs.sweep [POINTS]

Half of the points are boundaries of writes, evenly spread over all of them (each one, where there
are as many points): the engine dies just before that statement reaches SQLite. The other half
are random instants, at which it is killed from outside. Every killed run is resumed and must have
the candidates, scores, order, predictions and winner of the run that nothing happened to; nothing
that was stored may be asked again. The endpoint fails now and then all the while.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from promptopt.runs import control
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, fails, plural
from ..workspace import Workspace, wait_until
from .outcomes import outcome

CONCURRENCY = 4
METHOD = {"proposals": 8, "resample_rounds": 1, "variations": 2}

oh_dear = fails(500, "oh dear", retry_after="0")
slow_down = fails(429, "slow down", retry_after="0")


class Sweep:
    """A store full of the same run, and the endpoint that all of them ask.

    Args:
        folder: where everything goes; PROMPTOPT_HOME must be the workspace's.

    Attributes:
        undisturbed: what the run comes to when nothing happens to it.
        statements: how many statements it sends to SQLite.
        writes: the numbers of those that write.
        seconds: how long it takes.
    """

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        endpoint.behaviour = self._answer
        self.workspace = Workspace(folder)
        self.store = Store(self.workspace.home / "promptopt.db")
        self._log = (folder / "killed.log").open("ab")
        run_id = self._create()
        start = time.monotonic()
        told = json.loads(self._engine(run_id, 0, None))
        self.seconds = time.monotonic() - start
        self.statements: int = told["statements"]
        self.writes: list[int] = told["writes"]
        self.undisturbed = outcome(self.store, run_id)
        assert self.undisturbed[-1] == "done", self.store.state(run_id).reason

    def close(self) -> None:
        self.store.close()
        self._log.close()

    def killed_before(self, statement: int) -> str:
        """Kill an engine before it sends that statement; what is wrong with the run then, or ""."""
        return self._killed(statement, None)

    def killed_after(self, seconds: float) -> str:
        """Kill an engine that long after its start; what is wrong with the run then, or ""."""
        return self._killed(0, seconds)

    def _killed(self, statement: int, seconds: float | None) -> str:
        run_id = self._create()
        first = len(self.endpoint.requests)
        self._engine(run_id, statement, seconds)
        if self.store.state(run_id).status == "done":
            return "" if outcome(self.store, run_id) == self.undisturbed else "another end"
        stored = self._answered(run_id)
        asked = len(self.endpoint.requests)
        control.launch(self.store, run_id)
        wait_until(lambda: not control.is_alive(self.store, run_id))
        if outcome(self.store, run_id) != self.undisturbed:
            return "the resumed run came to another end"
        again = Counter(each.prompt for each in self.endpoint.requests[asked:])
        if stored & again.keys():
            return "asked again what was stored"
        before = Counter(each.prompt for each in self.endpoint.requests[first:asked])
        lost = sum((before & again).values())
        # Of a question in flight the attempts that failed were sent too.
        if lost > 2 * CONCURRENCY:
            return f"lost {lost} calls"
        if self.store.calls_sent(run_id) < len(self.endpoint.requests) - first:
            return "sent more calls than were counted"
        return ""

    def _answered(self, run_id: str) -> set[str]:
        """Prompts whose replies are stored. The task model's are not kept, but can be told."""
        state, task = self.store.state(run_id), self.store.task(run_id)
        prompts: set[str] = set()
        for candidate in state.candidates.values():
            for split in ("dev", "test"):
                for each in self.store.predictions(run_id, candidate.id, split):
                    example = task.split(split)[each.example]
                    prompts.add(task.template.render(candidate.text, example, ()))
        rows = self.store._rows(
            "SELECT request FROM responses WHERE run_id = ? AND request NOT NULL", run_id
        )
        # An optimizer is asked the same more than once, for another sample each.
        return prompts | {row[0] for row in rows if not state.candidates}

    def _create(self) -> str:
        model = {"spec": "openai:m", "base_url": self.endpoint.url, "concurrency": CONCURRENCY}
        return control.create(self.store, self.workspace.config(model, method=METHOD))

    def _engine(self, run_id: str, statement: int, seconds: float | None) -> str:
        command = [sys.executable, "-m", "tests.runs.killed_engine"]
        arguments = [str(self.store.path), run_id, str(statement)]
        with subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=self._log, text=True
        ) as process:
            if seconds is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(seconds)
                process.send_signal(signal.SIGKILL)
            return process.communicate(timeout=60)[0]

    def _answer(self, received: Received) -> Answer:
        number = len(self.endpoint.requests)
        for every, fault in ((19, oh_dear), (29, slow_down)):
            if number % every == 0:
                return fault(received)
        return plural(received)


def points(sweep: Sweep, count: int, seed: int) -> list[tuple[str, Any]]:
    """What to do at each point: the method of the sweep, and its argument."""
    generator = random.Random(seed)
    boundaries = count // 2
    if boundaries >= len(sweep.writes):
        chosen = sweep.writes
    else:
        step = len(sweep.writes) / boundaries
        offset = generator.random()
        chosen = [sweep.writes[int((place + offset) * step)] for place in range(boundaries)]
    instants = [generator.uniform(0, sweep.seconds) for _ in range(count - len(chosen))]
    return [("killed_before", each) for each in chosen] + [
        ("killed_after", each) for each in instants
    ]


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    wrong = 0
    with tempfile.TemporaryDirectory() as name, Endpoint() as endpoint:
        os.environ["PROMPTOPT_HOME"] = str(Path(name) / "home")
        sweep = Sweep(Path(name), endpoint)
        print(
            f"the run: {len(sweep.undisturbed[0])} events, {len(sweep.undisturbed[1])} predictions,"
            f" {sweep.statements} statements of which {len(sweep.writes)} write,"
            f" {sweep.seconds:.1f} s",
            flush=True,
        )
        kinds: Counter[str] = Counter()
        for kind, argument in points(sweep, count, seed=0):
            told = getattr(sweep, kind)(argument)
            kinds[kind] += 1
            if told:
                wrong += 1
                print(f"{kind} {argument}: {told}", flush=True)
        sweep.close()
    counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    print(f"{counted}: {count - wrong} of {count} came to the same end")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
