"""What a person has asked of a run and what is shown of it before the answer is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from promptopt.runs.commands import Add, AnyCommand, Mark, Remark, SetLimit, Veto
from promptopt.runs.state import RunState, candidate_name


class Asked:
    """Commands that this workbench has sent, until their answers are part of the run's state."""

    def __init__(self) -> None:
        self._waiting: dict[int, AnyCommand] = {}
        self._answered: set[int] = set()
        self._last = 0

    def add(self, command: AnyCommand) -> int:
        """Take one in; returns the number by which it is known here."""
        self._last += 1
        self._waiting[self._last] = command
        return self._last

    def answer(self, number: int) -> None:
        """It is answered, but its answer may not have been read from the store yet."""
        self._answered.add(number)

    def forget_answered(self) -> None:
        """To be called when the state has been read to its end."""
        for number in self._answered:
            self._waiting.pop(number, None)
        self._answered.clear()

    @property
    def commands(self) -> tuple[AnyCommand, ...]:
        """Those without an answer, the oldest first."""
        return tuple(self._waiting.values())

    @property
    def text(self) -> str:
        """What they are for people: "vetoing c007, sending a candidate"; marks show themselves."""
        told = (_words(each) for each in self._waiting.values() if not isinstance(each, Mark))
        return ", ".join(dict.fromkeys(told))


class Marks(Collection[int]):
    """The marked candidates in the order in which they were marked, with what is asked for."""

    def __init__(self, state: RunState, asked: Asked) -> None:
        self._state = state
        self._asked = asked

    def __contains__(self, candidate: object) -> bool:
        return candidate in self._now

    def __iter__(self) -> Iterator[int]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    @property
    def _now(self) -> Mapping[int, None]:
        asked = [each for each in self._asked.commands if isinstance(each, Mark)]
        if not asked:
            return self._state.marked
        marked = dict(self._state.marked)
        for each in asked:
            if each.marked:
                marked[each.candidate] = None
            else:
                marked.pop(each.candidate, None)
        return marked


def _words(command: AnyCommand) -> str:
    match command:
        case Add():
            return "sending a candidate"
        case Veto(candidate):
            return f"vetoing {candidate_name(candidate)}"
        case Remark():
            return "keeping a remark"
        case SetLimit(limit):
            return f"setting {limit}"
    return "setting the concurrency"
