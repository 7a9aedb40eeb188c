"""PlannedStage: what a method says it will call, before it does."""

from __future__ import annotations

import msgspec


class PlannedStage(msgspec.Struct, frozen=True):
    """One stage with the most calls that it can make.

    Attributes:
        stage: as it is called in events.
        step: the round of the method, from 0.
        calls: of all models together.
        optimizer: those of them that the optimizer model answers.
        vectors: those of them that the embedder answers.
    """

    stage: str
    step: int
    calls: int
    optimizer: int = 0
    vectors: int = 0


class Sizes(msgspec.Struct, frozen=True):
    """What a plan depends on besides the settings of its method.

    Attributes:
        train, dev: examples of the splits that a method works with.
        per_example: calls that one scored example costs: 1, and one more each for a second turn
            and for every question to a judge.
        train_example: the same for an example of train.
        per_vector: calls that the vector of a text costs: 1 with a model as embedder, else 0.
    """

    train: int
    dev: int
    per_example: int = 1
    train_example: int = 1
    per_vector: int = 0
