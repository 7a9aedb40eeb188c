"""All runs of the store, each folded as far as the list shows it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from promptopt.errors import DamagedRunError, StoreError
from promptopt.runs import control
from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from tui.run_words import seen_status

SECONDS_A_POLL = 0.03
"""How long one poll may take; what is left over waits for the next one."""

SECONDS_BETWEEN_LISTINGS = 1.0
SECONDS_BETWEEN_LOOKS_AT_ENDED_RUNS = 3.0
EVENTS_A_READ = 1_000


@dataclass(slots=True)
class ListedRun:
    """A run of the list.

    Attributes:
        seen: the number of the event that `revision` has grown with last; another feed may have
            read on in the same state.
        revision: grows with everything that the run's row shows.
    """

    state: RunState
    created_at: float
    alive: bool = False
    damaged: bool = False
    looked_at: float = float("-inf")
    behind: bool = True
    seen: int = 0
    revision: int = 0

    @property
    def status(self) -> str:
        if self.damaged:
            return "damaged"
        if self.behind and not self.alive:
            return "reading"  # whether it has ended is not known yet
        if self.alive and self.state.status == "new":
            return "starting"
        return control.shown_status(self.state, self.alive)

    def has(self, words: Sequence[str]) -> bool:
        """Whether all of these words, case folded, stand in what the run is: its id and status,
        what it searches with and on."""
        setup = self.state.setup
        parts = [self.state.run_id, seen_status(self.status, self.state)]
        if setup is not None:
            parts += [setup.method, setup.task, setup.task_model]
        text = "\n".join(parts).casefold()
        return all(word in text for word in words)


class RunsFeed:
    """The runs by id, newest first."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs: dict[str, ListedRun] = {}
        self.trouble = ""
        self.marked: dict[str, None] = {}
        self._listed_at = float("-inf")

    def poll(self) -> bool:
        """Read what came since, for a bounded time; returns whether anything has changed."""
        started = time.monotonic()
        try:
            changed = self._list(started)
            for run in sorted(self.runs.values(), key=lambda each: each.looked_at):
                changed |= self._look(run)
                if time.monotonic() - started > SECONDS_A_POLL:
                    break
            self.trouble = ""
        except StoreError as error:
            self.trouble = str(error)
            return False
        return changed

    @property
    def behind(self) -> bool:
        """Whether a run has not been read to its end yet."""
        return any(run.behind for run in self.runs.values())

    def _list(self, now: float) -> bool:
        if now - self._listed_at < SECONDS_BETWEEN_LISTINGS:
            return False
        self._listed_at = now
        records = self.store.runs()
        known = {(run_id, run.created_at): run for run_id, run in self.runs.items()}
        now_there = [(record.id, record.created_at) for record in records]
        if now_there == list(known):
            return False
        self.runs = {each[0]: known.get(each) or _listed(*each) for each in now_there}
        self.marked = {run_id: None for run_id in self.marked if run_id in self.runs}
        return True

    def list_soon(self) -> None:
        """List the runs anew at the next poll: some were deleted."""
        self._listed_at = float("-inf")

    def _look(self, run: ListedRun) -> bool:
        now = time.monotonic()
        if run.damaged:
            return False  # it will not mend, and the others are waiting
        quiet = run.state.ended and not run.behind
        if quiet and now - run.looked_at < SECONDS_BETWEEN_LOOKS_AT_ENDED_RUNS:
            return False
        try:
            count = self.store.catch_up(run.state, EVENTS_A_READ)
        except DamagedRunError:
            run.damaged, run.behind = True, False
            run.revision += 1
            return True
        alive, behind = run.alive, count == EVENTS_A_READ
        if now - run.looked_at >= SECONDS_BETWEEN_LISTINGS or run.behind:
            alive = control.is_alive(self.store, run.state.run_id)
            run.looked_at = now
        if run.seen == run.state.last_seq and alive == run.alive and behind == run.behind:
            return False
        run.alive, run.behind, run.seen = alive, behind, run.state.last_seq
        run.revision += 1
        return True


def _listed(run_id: str, created_at: float) -> ListedRun:
    # The list shows no event lines, and a store may hold many runs.
    return ListedRun(RunState(run_id, log=deque(maxlen=0)), created_at)
