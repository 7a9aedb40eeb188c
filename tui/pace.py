"""How fast a run is going, and how long it will still take."""

from __future__ import annotations

from collections import deque

from promptopt.results.expectation import expected
from promptopt.runs.state import RunState

SECONDS_OF_RATE = 30.0
"""How far back a rate looks, in seconds of working time: pauses do not count."""

SECONDS_BEFORE_A_FORECAST = 5.0
"""Less of a kind of stage has been watched: nothing is foretold from it."""

PROPOSING, SCORING = "proposing", "scoring"


class Pace:
    """The rates of a run, one for each kind of stage.

    Writing a prompt takes many times as long as answering an example; the rate of the one
    says nothing of the other. What kind a stage is shows when candidates come or scores do.
    """

    def __init__(self) -> None:
        self._last: tuple[float, int] | None = None
        self._recent: deque[tuple[float, int]] = deque()
        self._stage: tuple[str, int] = ("", 0)
        self._at_start = (0, 0, 0)
        self._kind = ""
        self._undecided: list[tuple[float, int]] = []
        self._steps: dict[str, deque[tuple[float, int]]] = {PROPOSING: deque(), SCORING: deque()}

    def note(self, state: RunState, *, whole: bool) -> None:
        """Take in how far the run has come. `whole`: nothing more is known at the moment.

        What was read in one go covers stages of all kinds, so it is a beginning and no more.
        """
        at, calls = state.seconds_active(state.last_at or 0.0), state.usage.calls
        before, self._last = self._last, (at, calls)
        if before is None or not whole or calls < before[1] or at < before[0]:
            self._recent.clear()
            self._recent.append((at, calls))
            self._begin_stage(state)
            return
        self._recent.append((at, calls))
        while len(self._recent) > 2 and at - self._recent[0][0] > SECONDS_OF_RATE:
            self._recent.popleft()
        if (state.stage, state.step) != self._stage:
            self._begin_stage(state)  # this step lies in two stages: it tells of neither
            return
        self._note_kind(state)
        self._undecided.append((at - before[0], calls - before[1]))
        if self._kind:
            steps = self._steps[self._kind]
            steps.extend(self._undecided)
            self._undecided.clear()
            while sum(seconds for seconds, _ in steps) > SECONDS_OF_RATE and len(steps) > 1:
                steps.popleft()

    def _begin_stage(self, state: RunState) -> None:
        self._stage = (state.stage, state.step)
        made = len(state.candidates) + state.rejected
        self._at_start = (made, state.scored.seen, state.usage.calls)
        self._undecided.clear()
        self._kind = SCORING if state.winner is not None else ""  # test follows, which is scoring

    def _note_kind(self, state: RunState) -> None:
        made, scored, _ = self._at_start
        if state.scored.seen > scored:
            self._kind = SCORING
        elif not self._kind and len(state.candidates) + state.rejected > made:
            self._kind = PROPOSING

    def rate(self, state: RunState, now: float) -> float | None:
        """Calls per second lately; None while not enough is known."""
        if len(self._recent) < 2:
            return None
        (first_at, first), (last_at, last) = self._recent[0], self._recent[-1]
        seconds = max(state.seconds_active(now), last_at) - first_at
        return (last - first) / seconds if seconds > 1 else None

    def seconds_left(self, state: RunState) -> float | None:
        """How long the expected calls take, each kind at its own rate; None while unknown."""
        whole = expected(state)
        if whole is None:
            return None
        left = whole.calls - state.usage.calls
        if left <= 0:
            return None
        here = 0
        if self._kind == PROPOSING:
            done = state.usage.calls - self._at_start[2]
            here = max(0, min(left, state.stage_calls - done))
        seconds = 0.0
        for kind, calls in ((PROPOSING, here), (SCORING, left - here)):
            if calls:
                rate = self._rate_of(kind)
                if rate is None:
                    return None
                seconds += calls / rate
        return seconds

    def _rate_of(self, kind: str) -> float | None:
        seconds = sum(each for each, _ in self._steps[kind])
        calls = sum(each for _, each in self._steps[kind])
        return calls / seconds if seconds >= SECONDS_BEFORE_A_FORECAST and calls else None
