"""Watching a run from a command until it ends."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from promptopt.cli.interrupt import (
    INTERRUPTED,
    TERMINATED,
    Terminated,
    interrupt_held,
    terminable,
)
from promptopt.cli.live_line import LiveLine
from promptopt.cli.output import say, say_json, tell
from promptopt.cli.run_view import prompt_file, winner_difference
from promptopt.cli.steering import in_flight_text
from promptopt.errors import InputError
from promptopt.results.progress import ProgressLines, final_lines, status_line
from promptopt.results.summary import run_summary
from promptopt.runs import control
from promptopt.runs.left_behind import usage_left_behind
from promptopt.runs.paths import log_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from promptopt.runs.state import RunState
    from promptopt.runs.store import Store

POLL_SECONDS = 0.2
ALIVE_SECONDS = 1.0


def follow(
    store: Store,
    run_id: str,
    *,
    as_json: bool,
    interrupted: bool = False,
    quiet: bool = False,
    told: int = 0,
) -> int:
    """Print the progress of a run until it ends, then its result; returns the exit status.

    Progress goes to stderr with `as_json`, so that stdout holds the object alone. The first
    ctrl+c asks the engine to stop and waits for the calls in flight; the second leaves it to
    that. `interrupted` says that the first was pressed already; with `quiet`, all goes to stderr;
    `told` is that of `ProgressLines`.
    """
    with interrupt_held() as held:
        state = store.state(run_id)
        progress = ProgressLines(state, told)
    interrupted = interrupted or held.pressed
    leaving = False
    show = tell if as_json or quiet else say
    while True:
        try:
            if interrupted:
                raise KeyboardInterrupt
            with terminable():
                watch(store, state, progress, show)
            break
        except KeyboardInterrupt:
            if leaving:
                tell(f"left; the run is still stopping. Go on with: promptopt resume {run_id}")
                return INTERRUPTED
            leaving = True
            # A second one is not to come in between.
            with interrupt_held() as held, contextlib.suppress(InputError):  # it ended by itself
                control.stop(store, run_id)
                waits = in_flight_text(store, run_id)
                tell(f"stopping: waiting for {waits} (ctrl+c again leaves at once)")
            interrupted = held.pressed
        except Terminated:
            going = "is still stopping. Go on" if leaving else "goes on without it. Come back"
            tell(f"this command was ended; the run {going} with: promptopt resume {run_id}")
            return TERMINATED
    status, full = control.shown_status(state, alive=False), False
    if status == "interrupted":
        state.usage = usage_left_behind(store, state)
    sys.stdout.flush()
    difference, written = winner_difference(store, state), prompt_file(store, state)
    if status == "failed":
        show = tell
    show("")
    for line in final_lines(state, difference, status=status, prompt_file=written):
        show(line)
    if status == "interrupted":
        if full := control.lost_for_room(store, run_id):
            tell("the engine is gone: the disk is full; make room on it before you go on")
        else:
            tell(f"the engine is gone; what it said last is in {log_path(store.path, run_id)}")
    if as_json:
        say_json(run_summary(state, difference, status=status, prompt_file=written))
    return 1 if full else exit_status(status)


def exit_status(status: str) -> int:
    """0 where a best prompt was produced, 130 where the run waits to be resumed, else 1."""
    if status == "done":
        return 0
    return 1 if status == "failed" else INTERRUPTED


def watch(
    store: Store, state: RunState, progress: ProgressLines, show: Callable[[str], None]
) -> None:
    """Show what happens until the run has ended or has lost its engine.

    Args:
        state: is kept up to date.
        progress: of that state.
        show: is given each line.
    """
    live = LiveLine(show)
    try:
        _watch(store, state, progress, live)
    finally:
        live.clear()


def _watch(store: Store, state: RunState, progress: ProgressLines, live: LiveLine) -> None:
    looked = 0.0
    while True:
        now = time.monotonic()
        alive = True
        if now - looked > ALIVE_SECONDS:
            # Before the events are read: what a dying engine wrote last is not missed.
            alive = control.is_alive(store, state.run_id)
            looked = now
        store.catch_up(state)
        for line in progress.new_lines():
            live.say(line)
        sys.stdout.flush()
        if state.ended or not alive:
            return
        live.update(status_line(state, time.time()))
        time.sleep(POLL_SECONDS)
