"""What is printed when the workbench has closed."""

from __future__ import annotations

import shlex

from promptopt.results.going_on import going_on
from promptopt.results.verdict import verdict
from promptopt.results.visible import visible
from promptopt.runs.state import candidate_name
from tui.run_feed import RunFeed
from tui.run_words import score_text, status_word


def farewell_lines(feed: RunFeed) -> list[str]:
    """The run's status and its best prompt's score; for a live run, how to see it again."""
    state, status = feed.state, feed.status
    name = visible(feed.run_id)
    if feed.deleted:
        return [f"run {name} was deleted"]
    best = state.best
    if best is None:
        score = "no candidate has a score yet"
    else:
        score = f"best prompt {candidate_name(best.id)}: dev {score_text(best.dev)}"
        if best.test is not None:
            score += f", test {score_text(best.test)}"
    word = status_word(status, feed.asked).rstrip("…")
    lines = [f"run {name} is {word}; {score}"]
    if status == "done":
        lines.append(verdict(state, feed.gain("test")))
    again = f"promptopt-tui {shlex.quote(name)}"
    if feed.live and "stop" not in feed.asked and status != "stopping":
        lines.append(f"it goes on without this window; to see it again: {again}")
    elif status in ("interrupted", "stopped", "failed", "stopping") or feed.asked:
        command = going_on(state, status) or f"promptopt resume {shlex.quote(name)}"
        lines.append(f"to take it up again: {command}")
    return lines
