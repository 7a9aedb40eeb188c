"""What every event is."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True, gc=False):
    """Base of all events.

    An event is a tree and never part of a cycle, so that the garbage collector need not know of
    it: looking through all there are again and again took longer than to read them.
    """

    replayed: ClassVar[bool] = False
    """Whether a resumed run produces this event again (a search event)."""


class SearchEvent(Event, frozen=True):
    """Base of the events that a replay repeats."""

    replayed: ClassVar[bool] = True
