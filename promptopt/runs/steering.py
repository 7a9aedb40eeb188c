"""Steering: the engine's side of what a person asks of a run.

A command is answered by an event at once. What changes the search waits from then on, until the
search comes to a stage and takes it in. Which stage that is stands in the event, so that a resumed
search takes it in at the same one, without the command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import msgspec

from promptopt.llm.budget import Budget
from promptopt.llm.spend import Limit
from promptopt.methods.orders import Offer, Order, Replan, Veto
from promptopt.runs import commands as cmd
from promptopt.runs import steering_events as ev
from promptopt.runs.answers import Situation, answer
from promptopt.runs.config import RunConfig
from promptopt.runs.journal import EngineJournal
from promptopt.tasks.task import Task

if TYPE_CHECKING:
    from promptopt.runs.store import Store

COMMAND_SECONDS = 0.1
"""How often commands are looked for."""


class Steering:
    """Takes a run's commands, and hands to its search what it has to take in.

    Args:
        again: whether it goes on from the one of another engine of this process.

    Attributes:
        stopping: whether the run was asked to end.
        reopened: whether the limit that had ended the search was raised while its best prompt was
            tested: the search is to go on.
        gate: while it is not set, nothing new is sent.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        journal: EngineJournal,
        budget: Budget,
        config: RunConfig,
        task: Task,
        *,
        again: bool = False,
    ) -> None:
        self.stopping = False
        self.reopened = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._store = store
        self._run_id = run_id
        self._journal = journal
        self._budget = budget
        self._config = config
        self._task = task
        self._taken: set[int] = set()
        self._reopened: set[int] = set()  # stages at which the search has gone on behind a test
        self._widen: Callable[[int], None] = lambda _calls: None
        # The caps that the search plans with at this point, which a resumed one comes to again.
        self._caps = msgspec.structs.asdict(config.budget.caps)
        for limit in journal.state.limits:
            self._hold(limit)
        journal.on_stage = self._stage_begun
        # To wait or to end was asked of an engine that died too soon; the rest is still meant.
        self._void = {
            command.id
            for command in store.open_commands(run_id)
            if isinstance(command.command, cmd.OF_THE_ENGINE) and not again
        }
        self._paused = again and journal.state.status == "paused"

    def begin(self) -> None:
        """The engine goes to work: it waits, where the one was paused that it goes on from."""
        if self._paused:
            self._pause(0, on=True)

    def on_concurrency(self, widen: Callable[[int], None]) -> None:
        """Call this with the calls that may be under way at once: those set before, and later."""
        self._widen = widen
        if self._journal.state.concurrency is not None:
            widen(self._journal.state.concurrency)

    # Commands

    async def listen(self, search: asyncio.Task[None]) -> None:
        """Take commands until the search has ended; cancels it once it may stop."""
        while True:
            for command in self._store.open_commands(self._run_id):
                if command.id not in self._void:
                    self._take(command.command, command.id)
                self._journal.take_commands(command.id)
            if (self.stopping or self.reopened) and self._journal.in_flight == 0:
                search.cancel()
                await asyncio.get_running_loop().create_future()  # nothing more to take
            await asyncio.sleep(COMMAND_SECONDS)

    def answer_the_rest(self) -> None:
        """Answer what came while the run was ending."""
        for command in self._store.open_commands(self._run_id):
            if isinstance(command.command, cmd.OF_THE_ENGINE):
                told: ev.Answer = ev.CommandRefused(
                    command.command.name, "the run has ended", command=command.id
                )
            else:
                told = answer(command.command, command.id, self._situation())
            self._journal.record(told)
            self._journal.take_commands(command.id)

    def request_stop(self, command: int = 0) -> None:
        """End the run in order: nothing new is sent, what is in flight is waited for."""
        self.gate.clear()
        if command or not self.stopping:
            self._journal.record(ev.StopRequested(command=command))
        self.stopping = True

    def _take(self, command: cmd.Command, number: int) -> None:
        if isinstance(command, cmd.Stop):
            self.request_stop(number)
        elif isinstance(command, cmd.OF_THE_ENGINE):
            self._pause(number, on=isinstance(command, cmd.Pause))
        else:
            told = answer(command, number, self._situation())
            self._journal.record(told)
            self._carry_out(told)

    def _pause(self, number: int, *, on: bool) -> None:
        if self.stopping:
            asked = "pause" if on else "unpause"
            self._journal.record(ev.CommandRefused(asked, "the run is stopping", command=number))
        elif on:
            self.gate.clear()
            self._journal.record(ev.Paused(command=number))
        else:
            if not self.reopened:  # else the next engine goes on
                self.gate.set()
            self._journal.record(ev.Unpaused(command=number))

    def _situation(self) -> Situation:
        journal = self._journal
        return Situation(
            journal.state,
            self._task,
            self._config,
            max(journal.stages, journal.open_stage),
            self._budget.least,
            self._budget.priced,
        )

    def _carry_out(self, told: ev.Answer) -> None:
        """What is in force at once. A higher cap is not, but only once the search plans by it."""
        if isinstance(told, ev.LimitChanged):
            if self._journal.state.reopened and self._journal.state.winner is not None:
                self.gate.clear()  # the test of what is perhaps not the best any more
                self.reopened = True
            else:
                self._hold(told.limit)
        elif isinstance(told, ev.ConcurrencyChanged):
            self._widen(told.concurrency)

    # Caps

    def _stage_begun(self) -> None:
        """Refuse in a resumed stage what was refused in it before."""
        for _, event in self._due():
            if isinstance(event, ev.LimitChanged):
                self._hold(event.limit)

    def _hold(self, limit: str) -> None:
        """Hold what is sent to the cap that was last set.

        It is never a higher one than the search plans with, until that takes the change in; nor,
        in a resumed search that has not come so far, than the person's last word.
        """
        cap = planned = self._caps[limit]
        reached = max(self._journal.stages, self._journal.open_stage)
        for order in self._journal.state.orders:
            event = order.event
            if (
                isinstance(event, ev.LimitChanged)
                and event.limit == limit
                and event.stage <= reached
                and order.seq not in self._taken
            ):
                # What a limit refused that had ended the search in this stage is asked now.
                cap = event.value if event.reopens else _lower(planned, event.value)
        last = self._journal.state.limits.get(limit, cap)
        self._budget.hold(cast("Limit", limit), _lower(cap, last))

    # What the search takes in (promptopt.methods.orders.Orders)

    @property
    def waiting(self) -> bool:
        """Whether there is something that `take` would give."""
        return any(True for _ in self._due())

    def take(self) -> Sequence[Order]:
        """What is to be taken in now, the oldest first; caps are taken into the planning."""
        due = list(self._due())
        self._journal.open_stage = self._journal.stages + 1
        orders: list[Order] = []
        for number, event in due:
            self._taken.add(number)
            if isinstance(event, ev.LimitChanged):
                self._caps[event.limit] = event.value
                self._hold(event.limit)
                self._budget.replan(cast("Limit", event.limit), event.value)
                if event.reopens and event.stage not in self._reopened:
                    self._reopened.add(event.stage)
                    self._budget.count_former_test()
                orders.append(Replan())
            elif isinstance(event, ev.CandidateOffered):
                orders.append(Offer(event.text, event.parent_text))
            else:
                orders.append(Veto(event.text))
        return orders

    def _due(self) -> list[tuple[int, ev.SearchOrder]]:
        stages = self._journal.stages
        return [
            (order.seq, order.event)
            for order in self._journal.state.orders
            if order.event.stage <= stages and order.seq not in self._taken
        ]


def _lower(one: float | None, other: float | None) -> float | None:
    """The lower of two caps; None is no cap."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
