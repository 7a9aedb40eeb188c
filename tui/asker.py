"""The thread that asks something of runs and waits for the answers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from promptopt.errors import PromptoptError
from promptopt.runs import control
from promptopt.runs.asking import SECONDS_BETWEEN_LOOKS, WAIT_SECONDS, answer_by_now
from promptopt.runs.commands import AnyCommand
from promptopt.runs.events import Answer
from promptopt.runs.store import Store
from tui.crash import write_crash


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One command; `number` is that of `tui.asked.Asked`.

    Equal to none but itself: each view of a run has numbers of its own, and the same may be
    asked in two of them.
    """

    run_id: str
    number: int
    command: AnyCommand


Answered = Callable[[Ask, "Answer | None", str], None]
"""Told, in the thread, what came of an ask: the answer, or None and why there is none."""


@dataclass(frozen=True, slots=True)
class _Sent:
    ask: Ask
    command_id: int
    deadline: float


class Asker:
    """Sends commands in the order in which they were asked for, and waits for all of them at once.

    There is a thread for as long as there is something to wait for, and never a second one: a
    mark that is taken back at once must not overtake itself.
    """

    def __init__(self, path: Path, answered: Answered) -> None:
        self._path = path
        self._answered = answered
        self._asks: deque[Ask] = deque()
        self._lock = threading.Lock()
        self._at_work = False

    def add(self, ask: Ask) -> bool:
        """Queue it; returns whether a thread has to be started for it, that calls `work`."""
        with self._lock:
            self._asks.append(ask)
            begin, self._at_work = not self._at_work, True
            return begin

    def work(self, left: Callable[[], bool]) -> None:
        """Send and wait until all is answered, or until `left` says that nobody wants to know."""
        sent: list[_Sent] = []
        try:
            with Store(self._path) as store:
                while self._goes_on(sent):
                    for run_id, asks in groupby(self._taken(), key=lambda each: each.run_id):
                        sent += self._send(store, run_id, list(asks))
                    if left():
                        return
                    for each in list(sent):
                        if self._is_over(store, each):
                            sent.remove(each)
                    if sent:
                        time.sleep(SECONDS_BETWEEN_LOOKS)
        except Exception as error:
            with self._lock:
                self._at_work = False
            for ask in [*(each.ask for each in sent), *self._taken()]:
                self._answered(ask, None, _told(error))

    def _goes_on(self, sent: Sequence[_Sent]) -> bool:
        with self._lock:
            self._at_work = bool(sent or self._asks)
            return self._at_work

    def _taken(self) -> list[Ask]:
        with self._lock:
            asks = list(self._asks)
            self._asks.clear()
            return asks

    def _send(self, store: Store, run_id: str, asks: list[Ask]) -> list[_Sent]:
        try:
            numbers = control.steer_all(store, run_id, [each.command for each in asks])
        except Exception as error:
            for ask in asks:
                self._answered(ask, None, _told(error))
            return []
        deadline = time.monotonic() + WAIT_SECONDS
        return [_Sent(ask, number, deadline) for ask, number in zip(asks, numbers, strict=True)]

    def _is_over(self, store: Store, sent: _Sent) -> bool:
        """Whether it is answered, or never will be; either is told."""
        run_id = sent.ask.run_id
        try:
            answer = answer_by_now(store, run_id, sent.command_id)
        except PromptoptError as error:
            self._answered(sent.ask, None, str(error))
            return True
        if answer is None and time.monotonic() < sent.deadline:
            return False
        problem = f"the engine of {run_id} has not answered for {WAIT_SECONDS:.0f} s"
        self._answered(sent.ask, answer, problem if answer is None else "")
        return True


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, PromptoptError) else write_crash(error)
