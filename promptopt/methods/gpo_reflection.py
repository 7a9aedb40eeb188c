"""Reflection: what went wrong under the current prompt, in the optimizer model's own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from promptopt.evaluation.candidate import Candidate
from promptopt.methods.gpo_meta import reflection_prompt
from promptopt.methods.search import Search
from promptopt.tasks.template import show_input

WRONG_BELOW = 0.5
"""Metric values below it count as wrong answers, for metrics with values in between, too."""


def train_batches(examples: int, batch: int, rng: Random) -> Iterator[list[int]]:
    """The train examples of one step after the other, without end.

    Each pass over train is in an order of its own, and is cut into as many batches as there are
    steps in it: examples / batch, rounded half up. What that leaves over waits for another pass.
    """
    while True:
        order = list(range(examples))
        rng.shuffle(order)
        steps = max(1, (2 * examples + batch) // (2 * batch))
        for step in range(steps):
            yield order[step * batch : (step + 1) * batch]


async def reflect(search: Search, current: Candidate, rows: Sequence[int], step: int) -> str | None:
    """Score the current prompt on train examples, and ask why it got some of them wrong.

    Args:
        current: the prompt that the reflection is about.
        rows: of the train split.

    Returns:
        The optimizer model's greedy reply; None if nothing is wrong or the call failed.
    """
    evaluator = search.evaluator
    await evaluator.score([current], rows, split="train", step=step)
    mistakes = []
    for row in rows:
        score = evaluator.score_on(current, [row], "train")
        said = evaluator.prediction(current, row)
        if score is not None and said is not None and score.mean < WRONG_BELOW:
            example = search.task.train[row]
            mistakes.append((show_input(example), said, example.references[0]))
    if not mistakes:
        return None
    (reply,) = await search.write([reflection_prompt(current.text, mistakes)], temperature=0.0)
    return reply.strip() or None if reply is not None else None
