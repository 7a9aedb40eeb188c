"""Which candidates the table shows, and in which order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from promptopt.results.candidate_filter import CandidateFilter
from promptopt.results.candidate_order import ORDERS, in_order
from promptopt.runs.state import CandidateState, RunState

ORDER_NAMES = {
    "rank": "rank",
    "dev": "dev score",
    "seed": "gain over the seed prompt",
    "n": "examples scored on",
    "error": "standard error",
    "id": "id",
    "step": "step",
    "from": "parent",
    "by": "operation",
    "state": "state",
    "edits": "edits",
    "prompt": "length",
}
"""Order to its name for people, in the order in which one goes through them."""


EVERYTHING = CandidateFilter()


@dataclass(frozen=True, slots=True)
class Sorting:
    """An order of the table, and whether it is turned around."""

    order: str = "rank"
    reverse: bool = False

    @property
    def falling(self) -> bool:
        """Whether the greatest values stand first."""
        return ORDERS[self.order][0] != self.reverse

    @property
    def shown(self) -> str:
        """As it stands in the title of the table: "dev ▾"."""
        sign = "" if self.order == "rank" and not self.reverse else " ▾" if self.falling else " ▴"
        return ORDER_NAMES[self.order] + sign

    def next(self) -> Sorting:
        """The order after this one, round and round."""
        names = list(ORDER_NAMES)
        return Sorting(names[(names.index(self.order) + 1) % len(names)])

    def by(self, order: str) -> Sorting:
        """By this order; asked for again, the other way round."""
        return Sorting(order, reverse=order == self.order and not self.reverse)


BY_RANK = Sorting()


class Listing:
    """The rows of a table of candidates.

    Whatever is typed into the filter, the candidates are put in order once only. The filter goes
    through them as they lie in memory, which takes half as long as to go through them in order.
    """

    def __init__(self) -> None:
        self._ordered: list[int] = []
        self._ordered_for: tuple[object, ...] = ()

    def rows(
        self,
        state: RunState,
        sorting: Sorting = BY_RANK,
        chosen: CandidateFilter = EVERYTHING,
        marked: Collection[int] = (),
        best: CandidateState | None = None,
    ) -> list[int]:
        """The ids of the candidates to show. `best`, where it is known, spares looking for it."""
        ordered_for = (state.revision, sorting)
        if ordered_for != self._ordered_for:
            self._ordered_for = ordered_for
            everyone = list(state.candidates.values())
            ordered = in_order(state, everyone, sorting.order, reverse=sorting.reverse, best=best)
            self._ordered = [each.id for each in ordered]
        if not chosen:
            return self._ordered.copy()
        shown = {each.id for each in chosen.select(state, state.candidates.values(), marked)}
        return [row for row in self._ordered if row in shown]
