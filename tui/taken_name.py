"""A run that is to be started under a name that another one has."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from textual.content import Content

from promptopt.runs import control
from promptopt.runs.config import RunConfig
from promptopt.runs.store import Store
from tui.cells import shown
from tui.screens.dialog import Choice, ChoiceDialog

LONGEST_NAME = 64

RESUMED = ("interrupted", "stopped", "failed")
"""What a run may have come to that an engine can take up again."""


@dataclass(frozen=True, slots=True)
class TakenName:
    """A name that was asked for, and the run that has it.

    Attributes:
        name: of both.
        status: of the run that is there, as it is shown.
        free: a name like it that no run has.
        calls: that the run which is there has made.
    """

    name: str
    status: str
    free: str
    calls: int

    @property
    def can_be_resumed(self) -> bool:
        return self.status in RESUMED

    def renamed(self, config: RunConfig) -> RunConfig:
        """The configuration under the free name."""
        return msgspec.structs.replace(config, name=self.free)


def taken_name(store: Store, config: RunConfig) -> TakenName | None:
    """Whether another run has the name that a configuration asks for; None where none has.

    Raises:
        StoreError: the store cannot be read.
    """
    name = config.name
    if name is None or store.created_at(name) is None:
        return None
    state = store.state(name)
    status = control.shown_status(state, control.is_alive(store, name))
    return TakenName(name, status, free_name(store, name), state.usage.calls)


def free_name(store: Store, name: str) -> str:
    """NAME-2, or the next one that no run has."""
    number = 2
    while store.created_at(found := _numbered(name, number)) is not None:
        number += 1
    return found


def _numbered(name: str, number: int) -> str:
    ending = f"-{number}"
    return name[: LONGEST_NAME - len(ending)] + ending


def taken_problem(name: str) -> str:
    """What is wrong with a configuration of this name, for whoever can change it."""
    return f"name: there is a run named {name} already; choose another name, or leave it out"


def taken_question(taken: TakenName) -> ChoiceDialog:
    """What to do about it; the result is "open", "resume", "another" or None."""
    choices = [Choice("o", "open", "Open it", "the run that is there")]
    if taken.can_be_resumed:
        choices.append(Choice("r", "resume", "Resume it", "it goes on and asks nothing twice"))
    meaning = "a new run of this configuration"
    choices.append(Choice("n", "another", f"Start {shown(taken.free)}", meaning))
    return ChoiceDialog(
        "The name is taken",
        Content.assemble(
            "There is a run named ",
            (shown(taken.name), "bold"),
            f" already. It is {taken.status}, with {taken.calls:,} calls made.",
        ),
        choices,
    )
