"""Task: examples in three splits, a metric and a template."""

from __future__ import annotations

import msgspec

from promptopt.tasks.example import Example
from promptopt.tasks.template import Template


class Task(msgspec.Struct, frozen=True):
    """What a run searches on. Stored whole with the run, so that it never depends on a file again.

    Attributes:
        name: short name, used in run ids.
        source: where the examples came from.
        metric: name of the metric (see `promptopt.metrics`).
        seed_prompt: the instruction that the run starts from and is compared with.
        template: how instruction, demonstrations and input are put together.
        train: what a method may show a proposer, and where demonstrations come from.
        dev: what candidates are scored and chosen on.
        test: sealed; scored once, at the end.
        demonstrations: the train examples that every evaluation prompt shows, the same for all
            candidates; none is zero-shot.
        other_demonstrations: those of the other regime, under which the winner is tested too:
            none where `demonstrations` are some, and some where they are none. None where only
            the one regime is tested.
        removed: part of the data to the number of duplicates that were removed from it, as in
            `Splits.removed`.
        final_turn: the second message to a chat model, which asks for its final answer alone;
            "" if there is none.
        questions: metrics whose question to a judge stands in a file, to that question.
    """

    name: str
    source: str
    metric: str
    seed_prompt: str
    template: Template
    train: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]
    demonstrations: tuple[Example, ...] = ()
    removed: dict[str, int] = {}
    final_turn: str = ""
    questions: dict[str, str] = {}
    other_demonstrations: tuple[Example, ...] | None = None

    @property
    def test_splits(self) -> tuple[str, ...]:
        """What the winner is tested on."""
        return ("test",) if self.other_demonstrations is None else ("test", "test-other")

    def split(self, name: str) -> tuple[Example, ...]:
        """The examples of split "train", "dev" or "test".

        A split that is asked in another way too has a name of its own for that, with a dash:
        "test-other" shows the other demonstrations, "dev-worked" lets the model answer where
        dev is scored by likelihood.
        """
        splits = {"train": self.train, "dev": self.dev, "test": self.test}
        return splits[name.partition("-")[0]]


def regime(demonstrations: int) -> str:
    """ "zero-shot", or "5-shot" where so many are shown."""
    return f"{demonstrations}-shot" if demonstrations else "zero-shot"
