"""Example: one input with the answers that count as right."""

from __future__ import annotations

import msgspec


# Its fields can hold no cycle: the garbage collector need not walk through millions of them.
class Example(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One input with its references.

    Attributes:
        input: what the task model is given, as it stands in the data.
        references: the accepted answers, at least one, best first. The first one is what a
            demonstration shows.
        choices: the options of a multiple-choice example, in order; empty otherwise. Every
            reference is one of them.
        lettered: whether a model is shown the choices as "(A) …" and not as "- …".
        wrong: answers that are known to be wrong, where the data give such.

    Raises:
        ValueError: no reference, or one that is none of the choices.
    """

    input: str
    references: tuple[str, ...]
    choices: tuple[str, ...] = ()
    lettered: bool = True
    wrong: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.references:
            raise ValueError("an example needs at least one reference")
        if self.choices:
            missing = [answer for answer in self.references if answer not in self.choices]
            if missing:
                raise ValueError(f"the answer {missing[0]!r} is not one of the choices")
