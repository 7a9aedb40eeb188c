"""Budget: hard limits on calls over all the models of a run."""

from __future__ import annotations

from collections.abc import Callable

from promptopt.llm.errors import BudgetExhausted


class Budget:
    """Counts calls before they are sent, so that the cap holds at any concurrency.

    Two counts are kept. `sent` is what really left the machine over the whole life of the
    run, calls that were lost when an engine was killed included: the cap holds for it.
    `charged` is what the replies that the search has used cost; it is the same in a resumed
    run as in one that was never interrupted, and decides what the search can still afford.

    Args:
        max_calls: the cap; None for no cap.
        sent: calls that earlier engines of the run have sent.
        count_sent: writes the growth of `sent` down, before the call goes out.
    """

    def __init__(
        self,
        max_calls: int | None,
        sent: int = 0,
        count_sent: Callable[[int], None] = lambda calls: None,
    ) -> None:
        self.max_calls = max_calls
        self.sent = sent
        self.charged = 0
        self.reserved = 0
        self._count_sent = count_sent

    def reserve(self, calls: int) -> None:
        """Set calls aside that `affordable` and `send` will not touch until `release`."""
        self.reserved = calls

    def release(self) -> None:
        """Make the reserve available."""
        self.reserved = 0

    @property
    def affordable(self) -> int | None:
        """Calls that the search can still plan for; None where there is no cap."""
        if self.max_calls is None:
            return None
        return max(0, self.max_calls - self.reserved - self.charged)

    def send(self) -> None:
        """Count one call that is about to be sent.

        Raises:
            BudgetExhausted: it would exceed the cap; nothing was counted.
        """
        if self.max_calls is not None and self.sent >= self.max_calls - self.reserved:
            kept = f", and {self.reserved} are kept for the test" if self.reserved else ""
            raise BudgetExhausted(f"{self.sent} of {self.max_calls} calls are spent{kept}")
        self._count_sent(1)
        self.sent += 1

    def charge(self, attempts: int) -> None:
        """Count the calls that a reply, stored or new, has cost."""
        self.charged += attempts
