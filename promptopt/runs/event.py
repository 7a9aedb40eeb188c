"""What every event is."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True):
    """Base of all events."""

    replayed: ClassVar[bool] = False
    """Whether a resumed run produces this event again (a search event)."""


class SearchEvent(Event, frozen=True):
    """Base of the events that a replay repeats."""

    replayed: ClassVar[bool] = True
