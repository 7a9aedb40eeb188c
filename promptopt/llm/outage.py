"""Outage: an endpoint that has answered and does so no more is waited for.

While an endpoint is out, one call at a time asks whether it is back, at pauses that double up to
a minute; the others wait. An endpoint that has not answered yet at all is none that is waited for:
its address is wrong, more likely than not.

A server error can have its reason in what was asked. While the same question is the only one that
fails, it is asked for a minute and then given up, and not for as long as an outage is borne.
"""

from __future__ import annotations

import random

from promptopt.llm.errors import ModelError, RetryableError

FAILURES_OF_AN_OUTAGE = 5
"""So many calls in a row that fail without an answer between them are an outage."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between calls to an endpoint that is out."""

ALONE_SECONDS = 60.0
"""How long a question is asked that may itself be the reason of the errors."""

TELL_SECONDS = 15.0
"""That it still lasts is told no more often than this."""


class Outage:
    """Whether an endpoint is out, and how long it has been waited for.

    Args:
        name: of the endpoint, for people.
        patience: seconds that an outage is waited for in all; 0 for not at all. Time in which
            nothing may be sent, as in a pause of the run, does not count.

    Attributes:
        on: whether the endpoint is out.
        until: the second at which it is asked again.
    """

    def __init__(self, name: str, patience: float) -> None:
        self.on = False
        self.until = 0.0
        self._name = name
        self._patience = patience
        self._answered = False
        self._failures = 0  # in a row
        self._since = self._last = 0.0  # the seconds of the first and the last of them
        self._asked: set[bytes] = set()  # the questions among them
        self._unreachable = False
        self._pause = 0.0
        self._pauses = 0
        self._waited = 0.0
        self._silent_until = 0.0
        self._jitter = random.Random()  # only spreads calls in time

    @property
    def given_up(self) -> bool:
        """Whether it has lasted for longer than it is borne."""
        return self._waited >= self._longest

    @property
    def _longest(self) -> float:
        """Seconds for which it is borne."""
        return self._patience if self.sure else min(ALONE_SECONDS, self._patience)

    @property
    def sure(self) -> bool:
        """Whether it is the endpoint that fails, and not perhaps the one question."""
        return self._unreachable or len(self._asked) > 1

    @property
    def seconds(self) -> float:
        """How long it has lasted: from the first call that failed to the last one."""
        return self._last - self._since

    @property
    def waited(self) -> str:
        """How long it has been waited for, for people."""
        return _shown(self._waited)

    @property
    def pause(self) -> float:
        """Seconds from the last answer that did not come to the next question."""
        return self._pause

    def came_back(
        self, error: ModelError | None, question: bytes, *, sent: float, asks: bool, now: float
    ) -> str:
        """A call has ended.

        Args:
            error: None if it was answered.
            question: which it was.
            sent: the second at which it was.
            asks: whether it was to find out if the endpoint is back.
            now: the second.

        Returns:
            What a person should know of it; mostly nothing.
        """
        if error is None or not isinstance(error, RetryableError) or error.throttled:
            # Whatever it said, somebody was there.
            self._answered = self._answered or error is None
            return self._over(now)
        if not error.outage:
            return ""
        self._since, self._last = self._since if self._failures else now, now
        self._failures += 1
        self._asked.add(question)
        self._unreachable = self._unreachable or error.unreachable
        if self.on:
            return self._lasts(now - sent, now) if asks else ""
        if not self._answered or not self._patience or self._failures < FAILURES_OF_AN_OUTAGE:
            return ""
        self.on = True
        self._wait(now)
        self._silent_until = now + TELL_SECONDS
        return (
            f"{self._name} does not answer any more ({error.reason}); one call at a time asks "
            f"again, for up to {_shown(self._patience)}"
        )

    def _lasts(self, seconds: float, now: float) -> str:
        self._waited += self._pause + seconds
        self._wait(now)
        if now < self._silent_until or self.given_up:
            return ""
        self._silent_until = now + TELL_SECONDS
        return (
            f"{self._name} has not answered for {_shown(self.seconds)}; asked again in "
            f"{_shown(self._pause)}"
        )

    def _wait(self, now: float) -> None:
        doubled = FIRST_PAUSE * 2.0 ** min(self._pauses, 10)
        self._pause = min(doubled, LONGEST_PAUSE) * self._jitter.uniform(0.75, 1.0)
        # The last call goes out when the time is up, and not a minute after.
        self._pause = min(self._pause, max(FIRST_PAUSE, self._longest - self._waited))
        self._pauses += 1
        self.until = now + self._pause

    def _over(self, now: float) -> str:
        lasted = _shown(now - self._since)
        told = f"{self._name} answers again, after {lasted}" if self.on else ""
        self.on = self._unreachable = False
        self._failures = self._pauses = 0
        self._waited = 0.0
        self._asked.clear()
        return told


def _shown(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
