"""A run's and a candidate's facts in words: what header, tables and farewell have in common."""

from __future__ import annotations

from promptopt.results import waiting
from promptopt.results.candidate_filter import STATES
from promptopt.results.expectation import expected
from promptopt.results.numbers import shown_score
from promptopt.results.waiting import seen_status as seen_status
from promptopt.runs.events import CandidateOffered
from promptopt.runs.state import CandidateState, RunState, Score
from tui.cells import shown

PERSON = "person"
"""The operation of a candidate that a person wrote or edited."""

FEW_EXAMPLES = 30
"""Fewer, all with the same value, have a standard error of 0 and are no certainty at all."""

STATUS_SIGNS = {
    "new": "·",
    "reading": "…",
    "starting": "◌",
    "running": "▶",
    "waiting": "◔",
    "paused": "‖",
    "stopping": "◧",
    "done": "✓",
    "stopped": "■",
    "failed": "✗",
    "interrupted": "!",
    "damaged": "✗",
}
"""A sign for every status, so that none is told by its colour alone."""

STATUS_TONES = {
    "starting": "primary",
    "running": "success",
    "waiting": "warning",
    "paused": "warning",
    "stopping": "warning",
    "done": "success",
    "stopped": "warning",
    "failed": "error",
    "interrupted": "error",
    "damaged": "error",
}
"""Status to the theme's colour for it; none for what is not listed."""

_ASKED_WORDS = {"pause": "pausing", "unpause": "going on", "stop": "stopping"}


def status_word(status: str, asked: tuple[str, ...]) -> str:
    """The status, or what it is about to become because somebody asked for it."""
    changes = [_ASKED_WORDS[each] for each in asked if each in _ASKED_WORDS]
    return f"{changes[-1]}…" if changes else status


def waiting_text(state: RunState, now: float | None = None) -> str:
    """What a run waits for; with `now` for how long already, without since when."""
    return shown(waiting.waiting_text(state, now))


def limit_text(state: RunState) -> str:
    """What a limit has done: "limit: max_calls" where it ended the search; "" where nothing."""
    if not state.limit:
        return ""
    return f"{'limit:' if state.cut_short else 'cut to'} {shown(state.limit)}"


def waiting_candidates(state: RunState) -> int:
    """How many candidates of a person's wait for the next stage of the search."""
    if state.ended and state.winner is not None and not state.reopened:
        return 0
    return sum(
        isinstance(each.event, CandidateOffered) and each.event.stage >= state.stages
        for each in state.orders
    )


def calls_text(state: RunState) -> str:
    """ "1,842 of 5,000"; where there is no limit against what is expected, "613 of ~920"."""
    made, whole = f"{state.usage.calls:,}", expected(state)
    if whole is None:
        return made
    assert state.setup is not None
    if state.setup.max_calls is not None:
        return f"{made} of {state.setup.max_calls:,}"
    return made if state.status == "done" else f"{made} of {whole.told}"


def share_done(state: RunState) -> float | None:
    """Calls against those that are expected, in [0, 1]; None where that says nothing any more."""
    whole = expected(state)
    if whole is None or not whole.calls or (state.status == "done" and not state.reopened):
        return None
    return min(1.0, state.usage.calls / whole.calls)


def stage_text(state: RunState) -> str:
    """ "filter 2"; of a step with the number of all that are expected: "step 8/12"."""
    whole = expected(state)
    if whole is None or not whole.steps or state.stage != f"step {state.step}":
        return shown(state.stage)
    return f"{shown(state.stage)}/{whole.steps}"


def sign_of(state: RunState, candidate: CandidateState, best: int | None) -> str:
    """★ the best, ⊘ vetoed, ~ scored on a part of dev, ✕ no score because every call failed."""
    if candidate.id == best:
        return "★"
    if candidate.status == "vetoed":
        return "⊘"
    if candidate.dev is None:
        return "✕" if candidate.unscored else " "
    return " " if state.is_complete(candidate) else "~"


PERSON_SIGN = "✎"


def by_text(candidate: CandidateState) -> str:
    """The operation that made a candidate; of a person's with the sign for it."""
    if candidate.operation == PERSON:
        return f"{PERSON_SIGN} {PERSON}"
    return shown(candidate.operation)


def n_text(state: RunState, candidate: CandidateState) -> str:
    """On how many dev examples: "300", or "64/300" for a part of them."""
    if candidate.dev is None:
        return ""
    n = candidate.dev.n
    return f"{n}" if n >= state.full_dev else f"{n}/{state.full_dev}"


def error_is_known(score: Score) -> bool:
    """Whether the standard error says anything: not where a few examples all agree by luck."""
    return score.stderr is not None and (score.stderr > 0 or score.n >= FEW_EXAMPLES)


def is_tested(state: RunState) -> bool:
    """Whether the best candidate's test score is final: before, it is one of a part of test."""
    if state.winner is None and state.leader is None:
        return False  # nothing was chosen yet; to look for the best would take time
    best = state.best
    if best is None or best.test is None:
        return False
    return state.ended or (state.setup is not None and best.test.n >= state.setup.test)


def score_text(score: Score | None) -> str:
    """ ".812 ±.023 n=300"; "1.000 ±— n=8" where a few examples all have the same value."""
    text = shown_score(score)
    if score is None or score.stderr is None or error_is_known(score):
        return text
    return text.replace("±.000", "±—")


def edits_text(candidate: CandidateState) -> str:
    """Words changed against the edit budget: "7/20", or "7" where there is none."""
    if candidate.distance is None:
        return ""
    budget = f"/{candidate.edit_budget}" if candidate.edit_budget is not None else ""
    return f"{candidate.distance}{budget}"


STATE_WORDS = STATES
"""A candidate's status in a word that fits a column."""


def ago(seconds: float) -> str:
    """How old something is, roughly: "3s", "12m", "5h", "2d"."""
    whole = max(0, int(seconds))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"
