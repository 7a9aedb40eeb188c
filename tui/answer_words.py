"""What came of something that was asked of a run, in a sentence."""

from __future__ import annotations

from promptopt.runs import events as ev
from promptopt.runs.state import candidate_name


def answer_text(answer: ev.Answer) -> str:
    """A sentence for a notice."""
    match answer:
        case ev.CommandRefused(reason=reason):
            return f"Refused: {reason}"
        case ev.CandidateOffered(parent=parent):
            edited = f", edited from {candidate_name(parent)}," if parent is not None else ""
            return f"The candidate{edited} goes into the race at the next stage."
        case ev.CandidateVetoed(candidate=candidate):
            return f"{candidate_name(candidate)} is vetoed."
        case ev.CandidateMarked(candidate=candidate, marked=marked):
            return f"{candidate_name(candidate)} is {'marked' if marked else 'unmarked'}."
        case ev.Noted(candidate=candidate):
            about = "the run" if candidate is None else candidate_name(candidate)
            return f"The remark on {about} is kept."
        case ev.ConcurrencyChanged(concurrency=calls):
            return f"The concurrency is {calls:,} now."
        case ev.LimitChanged(limit=limit, value=None):
            return f"{limit} is lifted."
        case ev.LimitChanged(limit=limit, value=value, asked=asked):
            told = f"{limit} is {value:,} now"
            return (
                f"{told}, not {asked:,}: the rest is spent or kept for the test."
                if (asked is not None)
                else f"{told}."
            )
    return "Done."
