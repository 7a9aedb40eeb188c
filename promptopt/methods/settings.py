"""SearchSettings: what the settings of all methods have in common."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Score = Literal["execution_accuracy", "log_probability"]

Excess = Literal["project", "reject", "observe"]
"""What becomes of a proposal beyond its edit budget."""


class SearchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="name"):
    """Base of the settings of every method; a subclass adds its tag, the method's name.

    Attributes:
        score: what candidates are compared by. "execution_accuracy": the task's metric of what
            the task model answers; "log_probability": how likely the right answer is to it.
        max_words: a proposal with more words is turned away, unless the seed prompt has even more.
    """

    score: Score = "execution_accuracy"
    max_words: Annotated[int, Meta(ge=1)] = 100
