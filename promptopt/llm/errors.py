"""What can go wrong with a call, by what to do about it."""

from __future__ import annotations

from promptopt.errors import RunError


class ModelError(RunError):
    """Base of the errors of a call.

    Attributes:
        billed: whether the call may have to be paid for all the same. What was refused before a
            model read it costs nothing.
        usage: prompt and completion tokens of a reply that was none, where its endpoint told both.
    """

    billed = True
    usage: tuple[int, int] | None = None


class RetryableError(ModelError):
    """A passing fault: time-outs, dropped connections, rate limits, server errors.

    Attributes:
        retry_after: seconds that the endpoint asked to wait, if it did.
        overload: whether the endpoint may have been asked more than it bears.
        throttled: whether it asks for a pause of all calls.
        outage: whether the endpoint may be out altogether: it was not reached, was silent, or told
            of an error of its own.
        unreachable: whether there was not even a connection.
        reason: the message without the endpoint's name, to stand behind that.
    """

    def __init__(
        self,
        message: str,
        retry_after: float | None = None,
        *,
        overload: bool = False,
        throttled: bool = False,
        outage: bool = False,
        unreachable: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.overload = overload
        self.throttled = throttled
        self.outage = outage
        self.unreachable = unreachable
        self.billed = not unreachable
        self.reason = reason or message


class SkippedError(ModelError):
    """This call will never succeed, others may: a content filter, a prompt too long."""


class FatalError(ModelError):
    """No call will succeed until a person mends something; the run stops."""


class BudgetExhausted(RunError):  # noqa: N818 - an end in good order, not a fault
    """The budget allows no further call.

    Args:
        message: for people.
        planned: whether it was known before a call was refused: the search ends there in every
            run with the same replies.
    """

    def __init__(self, message: str, *, planned: bool = False) -> None:
        super().__init__(message)
        self.planned = planned
