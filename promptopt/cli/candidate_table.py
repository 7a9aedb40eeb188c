"""The candidates of a run as a table: what was made of each, and how it does against the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.cli.output import say, say_table

if TYPE_CHECKING:
    from promptopt.results.statistics import PairedDifference
    from promptopt.runs.state import CandidateState, RunState
    from promptopt.runs.store import Store

EDITS = {
    "edits": "words changed from the parent",
    "budget": "words that were allowed to change",
    "outcome": "how that was kept",
}
"""Columns that tell of the edit budget, to what they mean."""


def say_candidates(store: Store, state: RunState, shown: int) -> None:
    """Print the best `shown` candidates, and what the columns mean.

    Columns that no candidate has anything for are left out: those of the edit budget, and fixed
    and broke where answers are more or less right.
    """
    from promptopt.results.candidates import ranked
    from promptopt.results.statistics import stored_difference
    from promptopt.runs.state import SEED_CANDIDATE, candidate_name

    candidates = ranked(state)
    differences = [
        stored_difference(store, state.run_id, each.id, SEED_CANDIDATE, "dev")
        for each in candidates[:shown]
    ]
    counts = all(each is None or each.right_or_wrong for each in differences)
    of_edits = _edit_columns(candidates)
    rows = [
        (
            mark(state, each) + candidate_name(each.id),
            *_score(state, each),
            *_against_seed(difference, counts=counts),
            *_edits(each, of_edits),
            each.operation,
            candidate_name(each.parent) if each.parent is not None else "",
            each.text,
        )
        for each, difference in zip(candidates, differences, strict=False)
    ]
    of_seed = ("Δseed", "±", *(("fixed", "broke") if counts else ()))
    say()
    say_table(
        ("  id", "dev", "±", "n", *of_seed, *of_edits, "made by", "parent", "prompt"),
        rows,
        right="dev ± n Δseed fixed broke edits budget",
    )
    left = len(candidates) - len(rows)
    if left:
        say(f"  … and {left:,} more; see them with --candidates {len(candidates)}")
    say()
    say(f"★ winner, ~ scored on a part of dev. ± is the standard error. Δseed{_more(counts)}")
    say("with the seed prompt on the dev examples that both were scored on.")
    if of_edits:
        say("; ".join(f"{name}: {EDITS[name]}" for name in of_edits) + ".")


def mark(state: RunState, candidate: CandidateState) -> str:
    """ "★ " for the winner, "~ " for a score on a part of dev."""
    if candidate.id == state.winner:
        return "★ "
    return "  " if state.is_complete(candidate) or candidate.dev is None else "~ "


def _more(counts: bool) -> str:
    return ", fixed and broke compare" if counts else " compares"


def _score(state: RunState, candidate: CandidateState) -> tuple[str, str, str]:
    from promptopt.evaluation.score import short

    dev = candidate.dev
    if dev is None:
        return "—", "", ""
    n = str(dev.n) if state.is_complete(candidate) else f"{dev.n}/{state.full_dev}"
    return short(dev.mean), short(dev.stderr) if dev.stderr is not None else "", n


def _against_seed(difference: PairedDifference | None, *, counts: bool) -> tuple[str, ...]:
    from promptopt.evaluation.score import short
    from promptopt.results.numbers import signed

    if difference is None:
        return ("",) * (4 if counts else 2)
    stderr = short(difference.stderr) if difference.stderr is not None else ""
    told = (str(difference.fixed), str(difference.broken)) if counts else ()
    return signed(difference.mean), stderr, *told


def _edit_columns(candidates: list[CandidateState]) -> tuple[str, ...]:
    """Those of EDITS that any candidate has."""
    return tuple(
        name for name in EDITS if any(_edits(each, (name,)) != [""] for each in candidates)
    )


def _edits(candidate: CandidateState, columns: tuple[str, ...]) -> list[str]:
    values = {
        "edits": candidate.distance,
        "budget": candidate.edit_budget,
        "outcome": candidate.edit_outcome,
    }
    return ["" if (value := values[name]) is None else str(value) for name in columns]
