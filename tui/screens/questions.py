"""The questions that the workbench asks before it does something that matters."""

from __future__ import annotations

from textual.content import Content

from promptopt.results.numbers import counted
from tui.candidate_rows import ORDER_NAMES, Sorting
from tui.cells import shown
from tui.run_feed import RunFeed
from tui.run_words import calls_text
from tui.screens.dialog import Choice, ChoiceDialog


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


def quit_question(feed: RunFeed) -> ChoiceDialog:
    """What becomes of a live run; the result is "leave", "pause", "stop" or None."""
    usage = feed.state.usage
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
        ),
        choices,
    )


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
