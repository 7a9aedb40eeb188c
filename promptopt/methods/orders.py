"""Orders: what a person asks of a search while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Offer(msgspec.Struct, frozen=True):
    """A candidate that a person wrote; `parent` is the text it was edited from, "" for none."""

    text: str
    parent: str = ""


class Veto(msgspec.Struct, frozen=True):
    """The text of a candidate that a person has ruled out."""

    text: str


class Replan(msgspec.Struct, frozen=True):
    """The search may cost more, or less, from here on."""


Order = Offer | Veto | Replan


class Orders(Protocol):
    """Where a search finds them.

    The same ones are found at the same stage of a search, whenever it is resumed, if the search
    keeps to this: between `take` and the next `stage_started` it waits for nothing.
    """

    @property
    def waiting(self) -> bool:
        """Whether there are any that were not taken yet."""
        ...

    def take(self) -> Sequence[Order]:
        """Those that were not taken yet, the oldest first."""
        ...


class NoOrders:
    """Of a search that nobody steers."""

    waiting = False

    def take(self) -> Sequence[Order]:
        return ()
