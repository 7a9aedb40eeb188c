"""PlannedStage: what a method says it will call, before it does."""

from __future__ import annotations

import msgspec


class PlannedStage(msgspec.Struct, frozen=True):
    """One stage with the most calls that it can make."""

    stage: str
    step: int
    calls: int
