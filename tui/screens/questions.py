"""The questions that the workbench asks before it does something that matters."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from promptopt.results.going_on import reopened_search
from promptopt.results.numbers import counted
from promptopt.runs.state import CandidateState, RunState, candidate_name
from tui.candidate_rows import ORDER_NAMES, Sorting
from tui.cells import shown, shown_start
from tui.run_feed import RunFeed
from tui.run_words import calls_text
from tui.screens.dialog import Choice, ChoiceDialog
from tui.themes import MUTED

CELLS_OF_A_PROMPT = 60


def stop_question(run_id: str, in_flight: int) -> ChoiceDialog:
    """Whether to stop a run; the result is "stop" or None."""
    waiting = (
        f"{counted(in_flight, 'call')} in flight will be finished first. " if in_flight else ""
    )
    return ChoiceDialog(
        "Stop the run?",
        Content(f"{shown(run_id)} is at work. {waiting}A stopped run can be resumed."),
        [Choice("s", "stop", "Stop", "finish what is in flight, then end")],
    )


def veto_question(candidate: CandidateState) -> ChoiceDialog:
    """Whether to rule a candidate out; the result is "veto" or None."""
    name = candidate_name(candidate.id)
    return ChoiceDialog(
        f"Veto {name}?",
        Content.assemble(
            f"{name} will never win and nothing more is made from it, for good.\n",
            (shown_start(candidate.text, CELLS_OF_A_PROMPT), MUTED),
        ),
        [Choice("v", "veto", f"Veto {name}", "from the next stage on it is not scored")],
    )


def resume_question(state: RunState) -> ChoiceDialog:
    """Whether to go on with a run whose limit was raised; the result is "resume" or None."""
    told = f"{shown(state.run_id)} can go on now, and asks nothing twice."
    if later := reopened_search(state):
        told = f"{shown(state.run_id)} can go on now: {later}."
    return ChoiceDialog(
        "Resume the run?",
        Content(told),
        [
            Choice("r", "resume", "Resume", "its engine is started"),
            Choice("n", "not now", "Not now", "all stays as it is; it can be resumed at any time"),
        ],
    )


NAMES_SHOWN = 8


def delete_question(run_ids: Sequence[str]) -> ChoiceDialog:
    """Whether to delete runs; the result is "delete", or else "keep" or None."""
    one = len(run_ids) == 1
    names = [shown(run_id) for run_id in run_ids[:NAMES_SHOWN]]
    if len(run_ids) > NAMES_SHOWN:
        names.append(f"and {len(run_ids) - NAMES_SHOWN:,} more")
    return ChoiceDialog(
        "Delete the run?" if one else f"Delete {len(run_ids):,} runs?",
        Content.assemble(
            ("\n".join(names), "bold"),
            "\n\nTheir candidates, scores and all answers that were paid for are lost. "
            "This cannot be undone."
            if not one
            else "\n\nIts candidates, scores and all answers that were paid for are lost. "
            "This cannot be undone.",
        ),
        # Not to delete comes first: it is what a key pressed too often chooses.
        [
            Choice("k", "keep", "Keep it" if one else "Keep them"),
            Choice("d", "delete", "Delete it" if one else "Delete them", "for good"),
        ],
    )


def quit_question(
    feed: RunFeed, *, form_unsaved: bool = False, unsent: Sequence[str] = ()
) -> ChoiceDialog:
    """What becomes of a live run; the result is "leave", "pause", "stop" or None.

    `form_unsaved` says that the form for a new run would be lost as well, and `unsent` are the
    runs that something is written for.
    """
    usage = feed.state.usage
    form = "\nThe form for a new run is not saved, and would be lost." if form_unsaved else ""
    form += f"\n{_unsent_text(unsent)}" if unsent else ""
    if feed.status == "paused":
        choices = [Choice("l", "leave", "Leave it paused", "its engine waits for a word")]
    else:
        choices = [Choice("l", "leave", "Leave it running", "it goes on by itself")]
    if feed.status == "running":
        choices.append(Choice("p", "pause", "Pause it, then quit", "its engine waits for a word"))
    choices.append(Choice("s", "stop", "Stop it, then quit", "its engine ends; it can be resumed"))
    return ChoiceDialog(
        "Quit?",
        Content.assemble(
            (shown(feed.run_id), "bold"),
            f" is {feed.status}: {counted(usage.in_flight, 'call')} in flight, "
            f"{calls_text(feed.state)} calls made.",
            (form, "$warning"),
        ),
        choices,
    )


def unsaved_question(*, form_unsaved: bool = True, unsent: Sequence[str] = ()) -> ChoiceDialog:
    """Whether to quit without the form for a new run, or without what is written for the runs
    `unsent`; the result is "drop" or None.
    """
    form = "The form for a new run is not saved, and no run was started from it."
    lost = [*([form] if form_unsaved else []), *([_unsent_text(unsent)] if unsent else [])]
    meaning = "what was set there is lost" if form_unsaved and not unsent else "it is lost"
    return ChoiceDialog(
        "Quit?",
        Content("\n".join(lost)),
        [Choice("d", "drop", "Quit without it", meaning)],
    )


def _unsent_text(run_ids: Sequence[str]) -> str:
    return f"What you wrote for {shown(', '.join(run_ids))} is not sent, and would be lost."


def overwrite_question(path: str, more: int = 0) -> ChoiceDialog:
    """Whether to overwrite a file, and more of them; the result is "overwrite" or None."""
    others = f", and {more:,} more" if more else ""
    return ChoiceDialog(
        "Overwrite the file?" if not more else "Overwrite the files?",
        Content(f"{shown(path)} exists already{others}."),
        [Choice("o", "overwrite", "Overwrite", "its present content is lost")],
    )


_ORDER_KEYS = dict(zip(ORDER_NAMES, "rdgneispotwl", strict=True))


def order_question(sorting: Sorting) -> ChoiceDialog:
    """Which column to sort by; the result is its order or None."""
    choices = [
        Choice(_ORDER_KEYS[order], order, name, "now" if order == sorting.order else "")
        for order, name in ORDER_NAMES.items()
    ]
    message = Content("The order that they are in, chosen again, is turned around.")
    return ChoiceDialog("Sort the candidates by", message, choices)
