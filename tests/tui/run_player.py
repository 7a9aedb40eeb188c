"""Plays a whole APE run into a store, event by event, as an engine would write it.

`python -m tests.tui.run_player` plays one at the pace of a real run, for looking at.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from filelock import FileLock

from promptopt.evaluation.score import Score, score_of
from promptopt.runs import events as ev
from promptopt.runs.paths import lock_path
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template

ANIMALS = "mouse cat dog sheep lion horse bear rhino elephant whale".split()  # noqa: SIM905

PROMPTS = (
    "Answer the question.",
    "Write the larger of the two animals.",
    "Choose the animal which is bigger and write its name, with no other word.",
    "Take both animals and give back the first one of the pair.",
    "List the animals in the order of the alphabet, then name the last.",
    "Compare the body sizes of the two animals.\nName the one with the larger body.",
    "Say which animal is heavier.",
    "Give the animal that a person would call big.",
)
CHANGED = (
    "Write the name of the larger of the two animals, in one word.",
    "Choose the animal which is larger by weight and write its name, with no other word.",
    "Compare the body sizes of the two animals.\nWrite only the name of the larger one.",
)


@dataclass
class RunPlayer:
    """Writes the events of a run. `play()` yields after each, so that a test can stop there."""

    store: Store
    name: str = "larger-animal-ape-1"
    dev: int = 60
    test: int = 80
    max_calls: int | None = 5_000
    prompts: tuple[str, ...] = PROMPTS
    changed: tuple[str, ...] = CHANGED
    answer: str | None = None
    """What is answered in place of a wrong animal, where it is set."""
    trouble: bool = True
    metric: str = "exact_match"
    task_model: str = "scripted:animals"
    run_id: str = ""
    calls: int = 0
    retries: int = 0
    random: random.Random = field(default_factory=lambda: random.Random(7))
    scores: dict[tuple[int, str], dict[int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.task = Task(
            name="larger_animal",
            source="bundled",
            metric=self.metric,
            seed_prompt=self.prompts[0],
            template=Template(),
            train=tuple(self._example() for _ in range(20)),
            dev=tuple(self._example() for _ in range(self.dev)),
            test=tuple(self._example() for _ in range(self.test)),
        )
        self.run_id = self.store.create_run(self.task, "ape", "{}", self.name)

    def _example(self) -> Example:
        first, second = self.random.sample(range(len(ANIMALS)), 2)
        return Example(f"{ANIMALS[first]}, {ANIMALS[second]}", (ANIMALS[max(first, second)],))

    def write(self, event: ev.Event) -> None:
        self.store.append_event(self.run_id, event)

    def mark(self, *candidates: int) -> None:
        """As a person does."""
        texts = (*self.prompts, *self.changed)
        for each in candidates:
            self.write(ev.CandidateMarked(each, texts[each]))

    def play_all(self) -> RunPlayer:
        """The whole run at once."""
        with self.store.transaction():
            for _ in self.play():
                pass
        return self

    def play_until(self, event_type: type[ev.Event], count: int = 1) -> RunPlayer:
        """The run up to the `count`-th event of a type. `go_on` plays the rest."""
        self._going = self.play()
        seen = 0
        with self.store.transaction():
            for event in self._going:
                seen += isinstance(event, event_type)
                if seen == count:
                    break
        return self

    def go_on(self, events: int | None = None) -> int:
        """Some more events, or all; returns how many there were."""
        count = 0
        with self.store.transaction():
            for _ in self._going:
                count += 1
                if count == events:
                    break
        return count

    def play(self) -> Iterator[ev.Event]:
        """Write the events one after the other, yielding each."""
        for event in self._events():
            self.write(event)
            yield event

    def _events(self) -> Iterator[ev.Event]:
        prompts, last = self.prompts, len(self.prompts)
        yield ev.EngineStarted(pid=os.getpid(), attempt=1, version="0.1.0")
        yield ev.SearchStarted(
            task=self.task.name,
            metric=self.task.metric,
            method="ape",
            seed=0,
            seed_prompt=prompts[0],
            train=20,
            dev=self.dev,
            test=self.test,
            task_model=self.task_model,
            optimizer_model="scripted:animals",
            planned_calls=1_000,
            max_calls=self.max_calls,
        )
        yield ev.StageStarted("propose", 0, last)
        yield ev.CandidateAdded(0, prompts[0], "seed", 0)
        for number, text in enumerate(prompts[1:], 1):
            self.calls += 1
            yield ev.CandidateAdded(number, text, "forward", 0)
            yield self._usage()
        yield ev.ProposalRejected(prompts[1], "forward", 0, "the same text as c001")
        yield ev.StageFinished("propose", 0)
        rivals = list(range(last))
        yield from self._select("filter 1", 1, rivals, self.dev // 6, keep=5)
        if self.trouble:
            self.retries += 1
            yield ev.CallRetried("task", "429 too many requests", 1, 2.0)
            yield ev.Warned("two examples of train have the same input")
        rivals = self.kept
        yield from self._select("filter 2", 1, rivals, self.dev // 2, keep=3)
        yield ev.StageStarted("resample", 2, len(self.changed))
        for offset, text in enumerate(self.changed):
            parent = self.kept[offset % len(self.kept)]
            self.calls += 1
            yield ev.CandidateAdded(last + offset, text, "resample", 2, (parent,), 4 + offset)
            yield self._usage()
        yield ev.StageFinished("resample", 2)
        rivals = sorted({0, *self.kept, *range(last, last + len(self.changed))})
        yield from self._select("final", 3, rivals, self.dev, keep=1)
        winner = self.kept[0]
        yield ev.WinnerChosen(winner)
        yield ev.StageStarted("test", 4, 2 * self.test)
        for candidate in dict.fromkeys((winner, 0)):
            yield self._score(candidate, "test", self.test, 4)
            yield self._usage()
        yield ev.StageFinished("test", 4)
        yield ev.RunEnded("done")

    def _select(
        self, stage: str, step: int, rivals: list[int], n: int, keep: int
    ) -> Iterator[ev.Event]:
        yield ev.StageStarted(stage, step, len(rivals) * n)
        scored: dict[int, Score] = {}
        for candidate in rivals:
            yield self._score(candidate, "dev", n, step)
            yield self._usage(in_flight=8)
            values = self.scores[candidate, "dev"]
            scored[candidate] = score_of(values.values()) or Score(0.0, None, 1)
        order = sorted(rivals, key=lambda each: (-scored[each].mean, each))
        self.kept = order[:keep]
        yield ev.StageFinished(
            stage,
            step,
            survivors=tuple(order[:keep]),
            dropped=tuple(order[keep:]),
            leader=order[0],
            n=n,
            best=scored[order[0]],
            mean=sum(each.mean for each in scored.values()) / len(scored),
            seed=score_of(list(self.scores[0, "dev"].values())[:n]),
        )

    def _score(self, candidate: int, split: str, n: int, step: int) -> ev.CandidateScored:
        """Ask a candidate the first `n` examples of a split."""
        known = self.scores.setdefault((candidate, split), {})
        skill = 0.3 + 0.6 * ((candidate * 7 + 3) % 11) / 11
        examples = self.task.split(split)
        rows = []
        for index in range(len(known), n):
            right = self.random.random() < skill
            answer = examples[index].references[0]
            if not right:
                answer = self.answer or self.random.choice(ANIMALS[:3]) + " I think"
            response = self.store.add_response(
                self.run_id,
                f"{candidate} {split} {index}".encode(),
                0,
                role="task",
                request=None,
                text=answer,
                prompt_tokens=40,
                completion_tokens=3,
            )
            self.calls += 1
            known[index] = float(right)
            rows.append((index, response, float(right)))
        self.store.add_predictions(self.run_id, candidate, split, rows)
        return ev.CandidateScored(candidate, split, step, score_of(known.values()))

    def _usage(self, in_flight: int = 0) -> ev.UsageUpdated:
        return ev.UsageUpdated(
            calls=self.calls + self.retries,
            prompt_tokens=self.calls * 40,
            completion_tokens=self.calls * 3,
            retries=self.retries,
            in_flight=in_flight,
        )


def held_by_an_engine(store: Store, run_id: str) -> FileLock:
    """The lock that an engine of the run would hold: while it is held, the run is alive."""
    path = lock_path(store.path, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, is_singleton=False)
    lock.acquire()
    return lock


def take_commands(player: RunPlayer) -> bool:
    """Do what viewers asked for, as an engine does; returns whether the run goes on."""
    while True:
        for command in player.store.open_commands(player.run_id):
            player.store.take_commands(player.run_id, command.id)
            if command.command.name == "stop":
                player.write(ev.StopRequested())
                player.write(ev.RunEnded("stopped"))
                return False
            player.write(ev.Paused() if command.command.name == "pause" else ev.Unpaused())
        if player.store.state(player.run_id).status != "paused":
            return True
        time.sleep(0.1)


def main(seconds: float = 0.4) -> None:
    """Play a run as if it took its time."""
    with Store() as store:
        name = f"larger-animal-ape-{len(store.runs()) + 1}"
        player = RunPlayer(store, name)
        with held_by_an_engine(store, player.run_id):
            for _ in player.play():
                if not take_commands(player):
                    return
                time.sleep(seconds)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
