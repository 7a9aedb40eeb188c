"""What the test scores say about the winner, in one honest sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from promptopt.evaluation.score import Score, short
from promptopt.methods.rejections import by_reason
from promptopt.results.numbers import counted, interval_text, signed, signed_with_error
from promptopt.results.statistics import QUANTILE
from promptopt.runs.state import SEED_CANDIDATE, RunState, candidate_name

if TYPE_CHECKING:
    from promptopt.results.statistics import PairedDifference

MOST_NAMED = 3
"""Of more candidates, only the first are named."""


def verdict(state: RunState, difference: PairedDifference | None = None) -> str:
    """Whether the best prompt is better than the seed prompt, as far as is known.

    Args:
        difference: winner minus seed prompt on test, example by example. Without it the two
            scores are compared as if they had been measured on different examples, which
            overstates the error.
    """
    best, seed = state.best, state.seed_prompt
    if best is None:
        return "No candidate has a score yet."
    if state.winner is None:
        return (
            f"The search has not come to its end: {candidate_name(best.id)} is the best so far, "
            "on dev. Only the test split, which is scored at the end, tells how good it is."
        )
    if best.id == SEED_CANDIDATE:
        if len(state.candidates) == 1:
            reasons = f" ({by_reason(state.rejections)})" if state.rejections else ""
            return f"No proposal passed{reasons}: there was no candidate but the seed prompt."
        return "No candidate did better than the seed prompt on dev: the seed prompt stays."
    if best.test is None or seed is None or seed.test is None:
        return "Winner and seed prompt were not both scored on test: the gain on dev is no proof."
    if difference is not None:
        return _paired(difference)
    return _unpaired(best.test, seed.test)


def others_above(state: RunState) -> str:
    """Why others stand above the best so far in a table of all scores; "" where none do."""
    best = state.best
    if best is None or best.dev is None or state.winner is not None or not state.curve:
        return ""
    above = [
        candidate_name(each.id)
        for each in state.candidates.values()
        if each.dev is not None
        and each.dev.n >= best.dev.n
        and each.dev.mean > best.dev.mean
        and each.status != "vetoed"
    ]
    if not above:
        return ""
    named = ", ".join(above[:MOST_NAMED])
    if (more := len(above) - MOST_NAMED) > 0:
        named += f" and {more:,} more"
    are = "is" if len(above) == 1 else "are"
    return (
        f"{candidate_name(best.id)} was in front when the last stage ended, where all were "
        f"compared on the same {counted(state.curve[-1].n, 'example')}; by all answers so far "
        f"{named} {are} ahead of it, and the next stage decides."
    )


def paired_details(difference: PairedDifference) -> str:
    """ "n=100: 14 fixed, 4 broken"; without these two where answers are more or less right."""
    text = f"n={difference.n}"
    if difference.right_or_wrong:
        text += f": {difference.fixed} fixed, {difference.broken} broken"
    return text + (f", {difference.unpaired} left out" if difference.unpaired else "")


def _paired(difference: PairedDifference) -> str:
    size = signed_with_error(difference.mean, difference.stderr)
    details = paired_details(difference)
    if difference.fixed == difference.broken == 0:
        return f"On test the best prompt scores just as the seed prompt does ({details})."
    if (interval := difference.interval) is not None:
        details += f"; {interval_text(interval)}"
    return _sentence(difference.mean, size, details, noise=difference.within_noise)


def _unpaired(best: Score, seed: Score) -> str:
    gain = best.mean - seed.mean
    if best.stderr is None or seed.stderr is None:
        return _sentence(gain, signed(gain), f"n={best.n} and n={seed.n}", noise=True)
    stderr = math.hypot(best.stderr, seed.stderr)
    details = f"n={best.n}" if best.n == seed.n else f"n={best.n} and n={seed.n}"
    size = f"{signed(gain)} (± {short(stderr)}, unpaired)"
    return _sentence(gain, size, details, noise=abs(gain) <= QUANTILE * stderr)


def _sentence(gain: float, size: str, details: str, *, noise: bool) -> str:
    if noise:
        start = (
            f"On test the best prompt scores {size} over the seed prompt"
            if gain > 0
            else f"On test the best prompt does not beat the seed prompt: {size}"
        )
        return f"{start} ({details}): within the noise, it may be chance."
    if gain > 0:
        return f"On test the best prompt beats the seed prompt by {size} ({details})."
    return (
        f"On test the best prompt does worse than the seed prompt: {size} ({details}). "
        "Keep the seed prompt."
    )
