"""The meta-prompts, as text files, and filling them in."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources


@cache
def template_text(name: str) -> str:
    """The meta-prompt `name` with its placeholders in it."""
    file = resources.files(__name__).joinpath(f"{name}.txt")
    return file.read_text(encoding="utf-8").rstrip("\n")


def fill(name: str, **values: str) -> str:
    """The meta-prompt `name` with its placeholders filled in, each exactly once.

    Raises:
        KeyError: the text has a placeholder that is not given.
    """
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], template_text(name))
