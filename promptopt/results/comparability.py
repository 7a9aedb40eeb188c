"""Whether scores of two runs can be subtracted, and what else sets the runs apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptopt.runs.state import RunState

Names = tuple[str, str]
"""What the two are called."""


def unlike(first: RunState, second: RunState, split: str, names: Names) -> str:
    """Why a difference of their scores would mean nothing; "" where it has a meaning.

    "A is scored by token_f1, B by exact_match"
    """
    one, two = _scored_by(first, split), _scored_by(second, split)
    if not (one and two) or one == two:
        return ""
    return f"{names[0]} is scored by {one}, {names[1]} by {two}"


def models_apart(first: RunState, second: RunState, names: Names) -> str:
    """Which task models answered, where they are two: "A on openai:m, B on local"; else ""."""
    if first.setup is None or second.setup is None:
        return ""
    one, two = first.setup.task_model, second.setup.task_model
    return "" if one == two else f"{names[0]} on {one}, {names[1]} on {two}"


def _scored_by(state: RunState, split: str) -> str:
    setup = state.setup
    if setup is None:
        return ""
    scored = setup.test_score or setup.metric
    if split == "dev":
        scored = setup.dev_score or scored
    return f"{scored} ({setup.judge_model})" if setup.judge_model else scored
