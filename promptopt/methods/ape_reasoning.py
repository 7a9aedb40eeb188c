"""The search for a reasoning prefix (Zhou et al. 2023, section 4.3): what it learns from."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from promptopt.errors import InputError
from promptopt.methods.ape_proposing import PREFIX_OPENING
from promptopt.methods.search import Search
from promptopt.tasks.example import Example
from promptopt.tasks.template import show_input


async def worked_examples(search: Search) -> list[Example]:
    """Train questions, each with the reasoning that led the task model to the right answer.

    Where there are options, they are part of the question: the reasoning speaks of them. The
    model answers them under the seed prompt, in the paper "Let's think step by step."; wrong
    answers are dropped.

    Raises:
        InputError: the seed prompt is no such prefix.
        BudgetExhausted: the calls do not reach for all of train.
    """
    seed, train = search.seed_prompt, search.task.train
    if not seed.text.casefold().startswith(PREFIX_OPENING.casefold()):
        raise InputError(
            f'a reasoning prefix begins with "{PREFIX_OPENING}", but the seed prompt is '
            f'{seed.text[:60]!r}; set seed_prompt = "Let\'s think step by step."'
        )
    worked = await _worked_out(search, "train", range(len(train)))
    if not worked:
        search.journal.warned(
            f"none of the {len(train)} train questions was answered right under the seed prompt, "
            "so there is no reasoning to propose from; the seed prompt stands alone"
        )
    return [
        msgspec.structs.replace(
            train[row], input=show_input(train[row]), references=(worked[row],), choices=()
        )
        for row in sorted(worked)
    ]


async def expect_reasoning(search: Search, rows: Sequence[int]) -> list[int]:
    """Let dev be scored by the likelihood of the reasoning that led to right answers there.

    Returns:
        The examples that have one, in the order of `rows`.

    Raises:
        BudgetExhausted: the calls do not reach for all of dev.
    """
    worked = await _worked_out(search, "dev-worked", rows)
    if not worked:
        search.journal.warned(
            f"none of the {len(rows)} dev questions was answered right under the seed prompt, so "
            "there is no reasoning to score by; the seed prompt stands alone"
        )
    search.evaluator.expect(worked)
    return [row for row in rows if row in worked]


async def _worked_out(search: Search, split: str, rows: Sequence[int]) -> dict[int, str]:
    seed, evaluator, journal = search.seed_prompt, search.evaluator, search.journal
    journal.stage_started("work out", 0, evaluator.missing([seed], rows, split))
    await evaluator.score([seed], rows, split=split)
    journal.stage_finished("work out", 0)
    return evaluator.worked_out(seed, split)
