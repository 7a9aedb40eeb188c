"""Runs for `tui_scale.py`: one of very many candidates, one that is live, one of many events."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from promptopt.evaluation.score import Score
from promptopt.runs import events as ev
from promptopt.runs.paths import lock_path, store_path
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template

EVENTS_A_SECOND = 10_000
EVENTS_A_BATCH = 250
CANDIDATES_LIVE = 1_000

_WORDS = "write the plural of each noun and give only that word with no other text".split()  # noqa: SIM905


def _task() -> Task:
    examples = tuple(Example(f"noun {number}", (f"nouns {number}",)) for number in range(300))
    return Task(
        "plurals", "made", "exact_match", "Write.", Template(), examples, examples, examples
    )


def _started() -> list[ev.Event]:
    return [
        ev.EngineStarted(pid=os.getpid(), attempt=1, version="0"),
        ev.SearchStarted(
            task="plurals",
            metric="exact_match",
            method="gpo",
            seed=0,
            seed_prompt="Write.",
            train=300,
            dev=300,
            test=300,
            task_model="scripted:plural",
            optimizer_model="scripted:plural",
            planned_calls=10_000_000,
        ),
    ]


def _added(number: int, chance: random.Random) -> ev.CandidateAdded:
    text = " ".join(chance.choices(_WORDS, k=chance.randint(8, 60)))
    parents = (chance.randrange(number),) if number else ()
    operation = "edit" if number % 3 else "forward"
    return ev.CandidateAdded(number, text, operation, number // 100, parents, chance.randrange(30))


def _scored(number: int, chance: random.Random) -> ev.CandidateScored:
    score = Score(round(chance.random(), 4), 0.02, chance.choice((10, 30, 300)))
    return ev.CandidateScored(number, "dev", number // 100, score)


def play_long_run(home: Path, candidates: int) -> None:
    """Write a run of so many candidates into a store."""
    chance = random.Random(1)
    with Store(home / "promptopt.db") as store:
        run_id = store.create_run(_task(), "gpo", "{}", "long")
        with store.transaction():
            for event in _started():
                store.append_event(run_id, event)
            for number in range(candidates):
                store.append_event(run_id, _added(number, chance))
                store.append_event(run_id, _scored(number, chance))
            store.append_event(run_id, ev.RunEnded("done"))


def _endless(candidates: int) -> Iterator[ev.Event]:
    chance = random.Random(2)
    yield from _started()
    for number in range(candidates):
        yield _added(number, chance)
    calls = 0
    while True:
        calls += 1
        yield _scored(chance.randrange(candidates), chance)
        yield ev.UsageUpdated(calls=calls, prompt_tokens=40 * calls, completion_tokens=3 * calls)


def write_live(seconds: float) -> None:
    """Write a live run for so long, in the time that it takes."""
    with Store() as store:
        run_id = store.create_run(_task(), "gpo", "{}", "live")
        path = lock_path(store_path(), run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path):
            source = _endless(CANDIDATES_LIVE)
            started, written = time.monotonic(), 0
            while (now := time.monotonic() - started) < seconds:
                if written > now * EVENTS_A_SECOND:
                    time.sleep(0.005)
                    continue
                with store.transaction():
                    for _ in range(EVENTS_A_BATCH):
                        store.append_event(run_id, next(source))
                written += EVENTS_A_BATCH


def write_events(store: Store, count: int) -> str:
    """Write a run of so many events at once; returns its id."""
    run_id = store.create_run(_task(), "gpo", "{}", "many")
    source = _endless(CANDIDATES_LIVE)
    for _ in range(0, count, 10_000):
        with store.transaction():
            for _ in range(10_000):
                store.append_event(run_id, next(source))
    return run_id
