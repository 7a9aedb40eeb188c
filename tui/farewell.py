"""What is printed when the workbench has closed."""

from __future__ import annotations

import shlex

from promptopt.results.going_on import going_on
from promptopt.results.numbers import counted
from promptopt.results.verdict import verdict
from promptopt.results.visible import visible
from promptopt.runs.control import is_alive
from promptopt.runs.state import candidate_name
from tui.run_feed import RunFeed
from tui.run_words import score_text, status_word
from tui.runs_feed import RunsFeed

NAMES = 5
"""So many runs are named."""


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
    becomes = [each for each in feed.asked if each in ("pause", "unpause", "stop")][-1:]
    if feed.live and (becomes == ["pause"] or (status == "paused" and not becomes)):
        resume = f"promptopt resume {shlex.quote(name)}"
        lines.append(f"it waits; to let it go on: {resume}; to see it again: {again}")
    elif feed.live and "stop" not in feed.asked and status != "stopping":
        lines.append(f"it goes on without this window; to see it again: {again}")
    elif status in ("interrupted", "stopped", "failed", "stopping") or feed.asked:
        command = going_on(state, status) or f"promptopt resume {shlex.quote(name)}"
        lines.append(f"to take it up again: {command}")
    return lines


def lines_of_others(feed: RunsFeed, seen: str | None) -> list[str]:
    """The runs that go on, or wait for a word, and were not the one `seen` last."""
    feed.list_soon()
    feed.poll()
    alive = [
        run
        for run_id, run in feed.runs.items()
        if run_id != seen
        and not run.state.ended
        and run.state.status != "stopping"
        and is_alive(feed.store, run_id)
    ]
    paused = [run.state.run_id for run in alive if run.state.status == "paused"]
    going = [run.state.run_id for run in alive if run.state.status != "paused"]
    lines = []
    if going:
        goes = "goes" if len(going) == 1 else "go"
        lines.append(f"{counted(len(going), 'run')} {goes} on without this window: {_names(going)}")
    if paused:
        waits = "waits, paused" if len(paused) == 1 else "wait, paused"
        lines.append(f"{counted(len(paused), 'run')} {waits}: {_names(paused)}")
    if alive:
        first = shlex.quote(visible((going or paused)[0]))
        lines.append(f"to see {'it' if len(alive) == 1 else 'one'} again: promptopt-tui {first}")
    return lines


def _names(run_ids: list[str]) -> str:
    more = len(run_ids) - NAMES
    names = ", ".join(visible(each) for each in run_ids[:NAMES])
    return f"{names} and {more:,} more" if more > 0 else names
