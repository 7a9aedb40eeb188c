"""Why proposals were turned away, as kinds of reasons that can be counted."""

from __future__ import annotations

import re
from collections.abc import Mapping

_kinds = (
    (re.compile(r"same as c\d+"), "known already"),
    (re.compile(r"\d+ words from c\d+, at most \d+"), "beyond the edit budget"),
    (re.compile(r"\d+ words, at most \d+"), "too long"),
)


def kind_of(reason: str) -> str:
    """A reason without what is true of one proposal alone."""
    return next((kind for pattern, kind in _kinds if pattern.fullmatch(reason)), reason)


def by_reason(counts: Mapping[str, int]) -> str:
    """ "6 beyond the edit budget, 2 known already", the most frequent first."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count:,} {kind}" for kind, count in ordered)
