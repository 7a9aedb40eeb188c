"""Outlook: what a run's calls are expected to cost before any of them was made."""

from __future__ import annotations

import msgspec

from promptopt.llm.model import RequestApi, Role

Kind = str
"""Calls that cost much the same: a role, or "likelihood" for those that generate nothing."""


def kind_of(role: Role, api: RequestApi) -> Kind:
    """The kind of a call."""
    return "likelihood" if api == "likelihood" else role


class CallCost(msgspec.Struct, frozen=True):
    """One call of a kind.

    Attributes:
        tokens, picodollars: on the average.
        most_tokens, most_picodollars: of the longest one at its worst.
    """

    tokens: float = 0.0
    picodollars: float = 0.0
    most_tokens: int = 0
    most_picodollars: int = 0


class Outlook(msgspec.Struct, frozen=True):
    """The plan of a run with its costs.

    Attributes:
        search: kind to calls of the search at the most, the test left out.
        test: kind to calls of the test.
        costs: kind to what a call of the search costs.
        test_costs: kind to what a call of the test costs.
        priced: whether the price of every model is known. Where it is not, no sum of money is.
    """

    search: dict[Kind, int] = {}
    test: dict[Kind, int] = {}
    costs: dict[Kind, CallCost] = {}
    test_costs: dict[Kind, CallCost] = {}
    priced: bool = True

    @property
    def most_picodollars(self) -> int:
        """What all calls cost if each is as dear as the dearest one of its kind can be."""
        return sum(
            count * costs[kind].most_picodollars
            for calls, costs in ((self.search, self.costs), (self.test, self.test_costs))
            for kind, count in calls.items()
        )
