"""One run as the workbench follows it: read from the store, held as one state.

Nothing here knows of widgets. A feed belongs to one thread, like its store.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from promptopt.errors import StoreError
from promptopt.results.sent import sent_text
from promptopt.results.statistics import PairedDifference, stored_difference
from promptopt.runs import control
from promptopt.runs.left_behind import usage_left_behind
from promptopt.runs.state import SEED_CANDIDATE, CandidateState, RunState
from promptopt.runs.store import Prediction, Store
from tui.asked import Asked, Marks
from tui.pace import Pace

EVENTS_A_POLL = 10_000
"""Some 25 ms of folding; a long run is read over several ticks, so that keys still answer."""

SECONDS_BETWEEN_LIVENESS_CHECKS = 1.0

LIVE = ("running", "paused", "stopping")


class ShownExample(Protocol):
    """An example of the task, as far as it is shown."""

    @property
    def input(self) -> str: ...
    @property
    def references(self) -> tuple[str, ...]: ...
    @property
    def choices(self) -> tuple[str, ...]: ...


class RunFeed:
    """A run's state, whether an engine is at work on it, and what was asked of that engine.

    Attributes:
        state: the fold of all events read so far.
        alive: whether an engine process holds the run.
        asked: commands that the engine has not taken yet, oldest first.
        behind: whether there are more events than the last poll read.
        trouble: why the store could not be read at the last poll; empty otherwise.
        deleted: whether the run is no more; the state stays as it was last.
        asked_here: what this workbench has asked of the run and has no answer to yet.
        marked: candidates that a person marked, in the order in which they were.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        *,
        state: RunState | None = None,
        created_at: float | None = None,
    ) -> None:
        """
        Args:
            state: to go on from where the run was read already, by another feed of this thread.
            created_at: of the run that was read there.
        """
        self.store = store
        self.run_id = run_id
        self.state = RunState(run_id) if state is None else state
        self.alive = False
        self.asked: tuple[str, ...] = ()
        self.behind = False
        self.trouble = ""
        self.deleted = False
        self._created_at = created_at
        self.asked_here = Asked()
        self.marked = Marks(self.state, self.asked_here)
        self._checked_at = float("-inf")
        self._pace = Pace()
        self._best_of = -1
        self._best: CandidateState | None = None
        self._gains: dict[str, tuple[tuple[int, int], PairedDifference | None]] = {}
        self._examples: dict[str, Sequence[ShownExample]] = {}

    def poll(self) -> bool:
        """Read what came since; returns whether the run's state has changed."""
        now = time.monotonic()
        check = now - self._checked_at >= SECONDS_BETWEEN_LIVENESS_CHECKS
        try:
            # Before the events are read: another run may have its name by now.
            if check and self._look_whether_deleted():
                return False
            count = self.store.catch_up(self.state, EVENTS_A_POLL)
            self.behind = count == EVENTS_A_POLL
            if check:
                self._checked_at = now
                self.alive = control.is_alive(self.store, self.run_id)
                if self.status == "interrupted":
                    self.state.usage = usage_left_behind(self.store, self.state)
            self.asked = (
                tuple(each.command.name for each in self.store.open_commands(self.run_id))
                if self.alive
                else ()
            )
            self.trouble = ""
            if not self.behind:
                self.asked_here.forget_answered()
        except StoreError as error:
            self.trouble = str(error)
            return False
        if count:
            self._pace.note(self.state, whole=not self.behind)
        return count > 0

    def _look_whether_deleted(self) -> bool:
        created_at = self.store.created_at(self.run_id)
        self._created_at = self._created_at or created_at
        if created_at is None or created_at != self._created_at:
            self.deleted, self.alive, self.behind = True, False, False
        return self.deleted

    def check_liveness_soon(self) -> None:
        """Ask at the next poll whether an engine is alive: one was just started or stopped."""
        self._checked_at = float("-inf")

    @property
    def status(self) -> str:
        """The status as shown: the state's, or "interrupted"; "starting" before the first.

        "reading" where its end is not read yet: an ended run has no engine either.
        """
        if self.behind and not self.alive:
            return "reading"
        if self.alive and self.state.status == "new":
            return "starting"
        return control.shown_status(self.state, self.alive)

    @property
    def live(self) -> bool:
        """Whether calls may be under way, or may go on at a word."""
        return self.alive and self.status in (*LIVE, "starting")

    @property
    def best(self) -> CandidateState | None:
        """The state's best; looked for once after a change, since many ask for it."""
        if self._best_of != self.state.revision:
            self._best_of, self._best = self.state.revision, self.state.best
        return self._best

    def rate(self) -> float | None:
        """Calls per second over the last half minute of work; None while not known.

        While nobody answers there is none, whatever went through the half minute before.
        """
        if self.status != "running" or self.state.waiting:
            return None
        return self._pace.rate(self.state, time.time())

    def seconds_left(self) -> float | None:
        """How long the planned calls will take; None while that is not known."""
        return self._pace.seconds_left(self.state) if self.status == "running" else None

    def gain(self, split: str) -> PairedDifference | None:
        """The best candidate's score over the seed prompt's, on the examples of both."""
        best, seed = self.best, self.state.seed_prompt
        if best is None or seed is None or best.id == seed.id:
            return None
        key = (best.id, max(best.revision, seed.revision))
        known = self._gains.get(split)
        if known is None or known[0] != key:
            known = self._gains[split] = key, self.difference(best.id, SEED_CANDIDATE, split)
        return known[1]

    def difference(
        self, candidate: int, baseline: int, split: str = "dev"
    ) -> PairedDifference | None:
        """One candidate's score minus another's, example by example."""
        try:
            return stored_difference(self.store, self.run_id, candidate, baseline, split)
        except StoreError as error:
            self.trouble = str(error)
            return None

    def predictions(self, candidate: int, split: str) -> list[Prediction]:
        try:
            return self.store.predictions(self.run_id, candidate, split)
        except StoreError as error:
            self.trouble = str(error)
            return []

    def sent(self, candidate: CandidateState, split: str, example: int) -> str:
        """What the task model was sent for an example; why that is not known, if it is not."""
        try:
            transcript = self.store.transcript(self.run_id, candidate.id, split, example)
            task = self.store.task(self.run_id)
            return sent_text(task, candidate.text, split, example, transcript)
        except (StoreError, KeyError, IndexError) as error:
            return f"not known: {error}"

    def examples(self, split: str) -> Sequence[ShownExample]:
        """The examples of a split, read from the store when they are first looked at.

        Raises:
            StoreError: they are damaged.
        """
        if split not in self._examples:
            self._examples[split] = self.store.task(self.run_id).split(split)
        return self._examples[split]
