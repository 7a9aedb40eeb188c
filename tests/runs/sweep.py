"""Engines killed at many points of several runs, each of which must come to the same end.

    python -m tests.runs.sweep [POINTS]

There are two kinds of points: boundaries of writes, where the engine dies just before a statement
that puts something on disk (a COMMIT, or a write of its own) reaches SQLite; and random instants
within the search, at which it is killed from outside. Without POINTS it is every boundary of every
run, and half as many instants; with it, so many in all, evenly spread. After every third one the
engine that resumes the run is killed as well.

Every run is resumed to its end and must have the candidates, scores, order, predictions and winner
of the run that nothing happened to. The endpoint answers a resumed engine exactly as often as that
stores an answer: what was stored is not asked again. At most the calls in flight are lost, and no
cap is passed. The endpoint fails now and then all the while.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from promptopt.runs.commands import Add, AnyCommand, SetConcurrency, SetLimit, Veto
from promptopt.runs.config import config_from_dict
from promptopt.runs.control import create, is_alive
from promptopt.runs.events import RunEnded
from promptopt.runs.store import Store

from ..llm.endpoint import Answer, Endpoint, Received, fails, plural
from ..workspace import Workspace, wait_until
from .killed_engine import PRELOAD, carry_out
from .outcomes import outcome, stored_responses

CONCURRENCY = 4
TRIES = 5
SMALL = {"train": 5, "dev": 8, "test": 6}
APE = {"proposals": 5, "subset": 3, "finalists": 2, "resample_rounds": 1, "variations": 2}
GPO = {"name": "gpo", "steps": 2, "candidates": 3}

oh_dear = fails(500, "oh dear", retry_after="0")
slow_down = fails(429, "slow down", retry_after="0")


class Scenario(NamedTuple):
    """A run that is killed.

    Attributes:
        tables: its configuration, but for data and model.
        steering: what a person asks in its midst.
        tight: whether it meets its cap. The calls that are lost with an engine count, so it
            comes to an end of its own then; the cap holds all the same.
    """

    name: str
    tables: dict[str, Any]
    steering: Sequence[AnyCommand] = ()
    tight: bool = False


STEERING = (
    Add("Give the plural form of each noun, and nothing else."),
    Veto(1),
    SetLimit("max_calls", 400),
    SetConcurrency(3),
)
ROOMY = {"max_calls": 600, "max_tokens": 100_000}

SCENARIOS = (
    Scenario("ape", {"method": APE}),
    Scenario("ape, capped and steered", {"method": APE, "budget": ROOMY}, STEERING),
    Scenario("ape at its cap", {"method": APE, "budget": {"max_calls": 40}}, tight=True),
    Scenario("gpo, capped", {"method": GPO, "budget": ROOMY}),
    Scenario("gpo, steered", {"method": GPO}, STEERING),
)


class Point(NamedTuple):
    """Where an engine is to die.

    Attributes:
        statement: the number of the statement before which it dies; 0 for an instant.
        instant: how far the search has got then, from 0 to 1 in time.
        again: the number of the statement before which the next engine dies, too; 0 for none.
    """

    statement: int
    instant: float
    again: int


class Sweep:
    """A store full of the same run, and the endpoint that all of them ask.

    Args:
        folder: where everything goes; PROMPTOPT_HOME must be the workspace's.

    Attributes:
        undisturbed: what the run comes to when nothing happens to it.
        boundaries: the numbers of the statements that put something on disk.
        seconds: how long its search takes.
        told: what happened, counted.
    """

    def __init__(self, folder: Path, endpoint: Endpoint, scenario: Scenario) -> None:
        self.endpoint = endpoint
        self.scenario = scenario
        self._answers = 0  # that the endpoint has given
        self._lock = threading.Lock()
        endpoint.behaviour = self._answer
        self.workspace = Workspace(folder)
        self.store = Store(self.workspace.home / "promptopt.db")
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(PRELOAD)
        self.told: Counter[str] = Counter()
        run_id = self._create()
        found = self._engine(run_id)
        assert found is not None
        self.boundaries = found
        self.undisturbed = outcome(self.store, run_id)
        assert self.undisturbed[-1] == "done", self.store.state(run_id).reason
        steered = len(self.store.state(run_id).orders)
        assert steered == sum(not isinstance(each, SetConcurrency) for each in scenario.steering)
        self.responses = stored_responses(self.store, run_id)
        times = [each.at for each in self.store.events(run_id) if each.event.replayed]
        self.seconds = times[-1] - times[0]

    def close(self) -> None:
        self.workspace.clear()
        self.store.close()

    def points(self, count: int | None, seed: int) -> Iterator[Point]:
        """Where to kill: so many in all, or every boundary and half as many instants."""
        generator = random.Random(seed)
        every = len(self.boundaries)
        boundaries = every if count is None else min(every, -(-2 * count // 3))
        instants = every // 2 if count is None else count - boundaries
        offset = generator.random()
        chosen = [
            self.boundaries[int((place + offset) * every / boundaries) % every]
            for place in range(boundaries)
        ]
        for number, statement in enumerate([*chosen, *[0] * instants]):
            # One that has the stored answers sends fewer statements.
            again = generator.choice(self.boundaries) // 2 if number % 3 == 2 else 0
            yield Point(statement, generator.random(), again)

    def kill(self, point: Point) -> str:
        """Kill the engine of a new run there, and resume it; what is wrong then, or ""."""
        statement, instant = point.statement, point.instant
        for _ in range(TRIES):
            run_id = self._create()
            first, answers = len(self.endpoint.requests), self._answers
            self._engine(run_id, statement, None if statement else instant)
            died = self._where(run_id)
            if died == "in mid-search" or (statement and died == "before its search"):
                break
            # It was quicker this time, or had fewer statements: more was committed at once.
            self.told["missed and tried anew"] += 1
            statement, instant = int(statement * 0.85), instant * 0.7
        self.told[died] += 1
        if died == "after its end":
            return ""
        lost = self._answers - answers - self._stored_answers(run_id)
        if not 0 <= lost <= CONCURRENCY:
            return f"lost {lost} answers with the engine"
        wrong = self._resume(run_id, point.again) if point.again else ""
        wrong = wrong or self._resume(run_id, 0)
        return wrong or self._compare(run_id, len(self.endpoint.requests) - first)

    def _resume(self, run_id: str, statement: int) -> str:
        """Set a new engine to work on the run, and let it live or die; what is wrong, or ""."""
        stored, answers = self._stored_answers(run_id), self._answers
        lived = self._engine(run_id, statement) is not None
        self.told["killed again"] += not lived
        if not lived and not statement:
            return "the resumed engine died by itself"
        new = self._stored_answers(run_id) - stored
        lost = self._answers - answers - new
        if lost < 0 or lost > (0 if lived else CONCURRENCY):
            return f"the endpoint answered {new + lost} times, and {new} of them are stored"
        return ""

    def _stored_answers(self, run_id: str) -> int:
        sql = "SELECT count(*) FROM responses WHERE run_id = ? AND text NOT NULL"
        return int(self.store._rows(sql, run_id)[0][0])

    def _compare(self, run_id: str, asked: int) -> str:
        if asked > self.store.calls_sent(run_id):
            return "sent more calls than were counted"
        cap = self.scenario.tables.get("budget", {}).get("max_calls")
        if cap is not None and max(asked, self.store.calls_sent(run_id)) > cap:
            return f"sent {asked} calls, and {cap} was the cap"
        if self.scenario.tight:
            state = self.store.state(run_id)
            return "" if state.status == "done" or state.reason.startswith("max_calls") else "?"
        if outcome(self.store, run_id) != self.undisturbed:
            return "the resumed run came to another end"
        if stored_responses(self.store, run_id) != self.responses:
            return "other replies are stored"
        return ""

    def _where(self, run_id: str) -> str:
        """In which part of its life the engine of a run has died."""
        events = [each.event for each in self.store.events(run_id)]
        if any(isinstance(each, RunEnded) for each in events):
            return "after its end"
        return "in mid-search" if any(each.replayed for each in events) else "before its search"

    def _create(self) -> str:
        model = {"spec": "openai:m", "base_url": self.endpoint.url, "concurrency": CONCURRENCY}
        data = {"source": str(self.workspace.data), **SMALL}
        tables = {**self.scenario.tables, "task": data, "task_model": model}
        return create(self.store, config_from_dict(tables, "the sweep"))

    def _engine(
        self, run_id: str, statement: int = 0, instant: float | None = None
    ) -> list[int] | None:
        """Let an engine work until it has ended: the boundaries of its writes, None if it died."""
        told, tells = self._forks.Pipe(duplex=False)
        process = self._forks.Process(
            target=carry_out,
            args=(str(self.store.path), run_id, statement, self.scenario.steering, tells),
        )
        process.start()
        tells.close()
        if instant is not None:
            wait_until(lambda: self._searching(run_id) or not process.is_alive())
            process.join(instant * self.seconds)
            if process.is_alive():
                os.kill(process.pid or 0, signal.SIGKILL)
        process.join(60)
        assert process.exitcode is not None, "the engine does not end"
        # What the dead have sent is still being read by the endpoint.
        wait_until(lambda: not self.endpoint.connections and not is_alive(self.store, run_id))
        try:
            return list(told.recv()) if told.poll() else None
        except EOFError:
            return None
        finally:
            told.close()

    def _searching(self, run_id: str) -> bool:
        return any(each.event.replayed for each in self.store.events(run_id))

    def _answer(self, received: Received) -> Answer:
        number = len(self.endpoint.requests)
        for every, fault in ((19, oh_dear), (29, slow_down)):
            if number % every == 0:
                return fault(received)
        with self._lock:
            self._answers += 1
        return plural(received)


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else None
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    wrong = points = 0
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        os.environ["PROMPTOPT_HOME"] = str(Path(name) / "home")
        for scenario in SCENARIOS:
            share = None if count is None else -(-count // len(SCENARIOS))
            with Endpoint() as endpoint:
                begun = time.monotonic()
                sweep = Sweep(Path(name), endpoint, scenario)
                chosen = list(sweep.points(share, seed=0))
                for point in chosen:
                    if told := sweep.kill(point):
                        wrong += 1
                        print(f"{scenario.name}: {point}: {told}", flush=True)
                points += len(chosen)
                sweep.close()
                print(
                    f"{scenario.name}: {len(sweep.undisturbed[0])} events, "
                    f"{len(sweep.undisturbed[1])} predictions, {len(sweep.boundaries)} boundaries "
                    f"of writes; {len(chosen)} points in {time.monotonic() - begun:.0f} s: "
                    f"{_counted(sweep.told)}",
                    flush=True,
                )
                total += sweep.told
    print(f"{points} points: {_counted(total)}; {points - wrong} of {points} as they should be")
    return 1 if wrong else 0


def _counted(told: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in told.most_common())


if __name__ == "__main__":
    sys.exit(main())
