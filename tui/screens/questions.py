"""The questions that the workbench asks before it does something that matters."""

from __future__ import annotations

from textual.content import Content

from promptopt.results.numbers import counted
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


def overwrite_question(path: str) -> ChoiceDialog:
    """Whether to overwrite a file; the result is "overwrite" or None."""
    return ChoiceDialog(
        "Overwrite the file?",
        Content(f"{shown(path)} exists already."),
        [Choice("o", "overwrite", "Overwrite", "its present content is lost")],
    )
