"""What becomes of a command that is about a run's record and not about its search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promptopt.runs import commands as cmd
from promptopt.runs import steering_events as ev
from promptopt.runs.state_parts import candidate_name

if TYPE_CHECKING:
    from promptopt.runs.state import RunState
    from promptopt.runs.state_parts import CandidateState


class RefusedError(Exception):
    """A command cannot be carried out; the text says why."""


def answer_of_record(command: cmd.Remark | cmd.Mark, number: int, state: RunState) -> ev.Answer:
    """The event that answers such a command: all that it takes is the state of the run.

    Args:
        number: of the command.
    """
    try:
        if isinstance(command, cmd.Mark):
            text = find(command.candidate, state).text
            return ev.CandidateMarked(command.candidate, text, command.marked, command=number)
        if not command.text.strip():
            raise RefusedError("the remark is empty")
        if command.candidate is not None:
            find(command.candidate, state)
        return ev.Noted(command.text.strip(), command.candidate, command=number)
    except RefusedError as error:
        return ev.CommandRefused(command.name, str(error), command=number)


def find(candidate: int, state: RunState) -> CandidateState:
    """A candidate that a command names.

    Raises:
        RefusedError: there is none of this number.
    """
    found = state.candidates.get(candidate)
    if found is None:
        raise RefusedError(
            f"there is no candidate {candidate_name(candidate)}; see: promptopt show {state.run_id}"
        )
    return found
