"""Draws that depend on their names alone."""

from __future__ import annotations

import hashlib


def draw(*parts: str) -> float:
    """A number in [0, 1) that is the same whenever the parts are."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
