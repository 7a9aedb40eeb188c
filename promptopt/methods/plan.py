"""PlannedStage: what a method says it will call, before it does."""

from __future__ import annotations

import msgspec

from promptopt.tasks.task import Task


class PlannedStage(msgspec.Struct, frozen=True):
    """One stage with the most calls that it can make."""

    stage: str
    step: int
    calls: int


class Sizes(msgspec.Struct, frozen=True):
    """What a plan depends on besides the settings of its method.

    Attributes:
        train, dev: examples of the splits that a method works with.
        per_example: calls that one scored example costs: 1, and one more each for a second turn
            and for every question to a judge.
    """

    train: int
    dev: int
    per_example: int = 1


def sizes_of(task: Task) -> Sizes:
    """The sizes of a task."""
    return Sizes(len(task.train), len(task.dev))
