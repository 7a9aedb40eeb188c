"""The names that data give to splits."""

from __future__ import annotations

_NAMES = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "development": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "eval": "dev",
    "test": "test",
    "testing": "test",
}

KNOWN = "train, dev (also validation, val, eval) and test"
"""For messages."""


def split_named(name: str) -> str | None:
    """The split that a name means: "train", "dev", "test", or None."""
    return _NAMES.get(name.strip().lower())
