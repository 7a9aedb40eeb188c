"""Budget: hard limits on calls, tokens and money over all the models of a run."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import msgspec

from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.outlook import CallCost, Kind, Outlook
from promptopt.llm.spend import Caps, Limit, Spend, shown_amount

PLAN_MARGIN = 1.1
"""Calls that are yet to come are planned this much dearer than those before them were."""

TEST_MARGIN = 1.2
"""The same for the calls of the test, which must not fall short."""

MOST_CORRECTION = 2.0
"""By what calls of one kind tell of those of another at the most."""

_units: dict[Limit, str] = {"max_calls": " calls", "max_tokens": " tokens", "max_usd": ""}


_NO_CAPS = Caps()
_NOTHING = Spend()
_NO_OUTLOOK = Outlook()


class Budget:
    """Counts calls before they are sent, so that the caps hold at any concurrency.

    Two counts are kept. `spent` is what really left the machine over the whole life of the run,
    calls that were lost when an engine was killed included: the caps hold for it. A call counts
    at its worst from before it is sent until it is settled; where its worst does not fit but
    calls under way may leave room when they are, it waits for them.

    `charged` is what the replies that the search has used cost; it is the same in a resumed run
    as in one that was never interrupted, and decides what the search can still afford. That is
    told in calls (see `plan`).

    Args:
        caps: the limits.
        spent: what earlier engines of the run have spent.
        write: writes the growth of `spent` down, in calls, tokens and picodollars, before the
            call goes out.
        outlook: the run's plan and what it is expected to cost.

    Attributes:
        caps: what the search plans with.
        hard: what is sent is held to: the same, but from `hold` until `replan`.
        limit: the cap that refused a call, or else the one that the search will meet first.
    """

    def __init__(
        self,
        caps: Caps = _NO_CAPS,
        spent: Spend = _NOTHING,
        write: Callable[[int, int, int], None] = lambda calls, tokens, picodollars: None,
        outlook: Outlook = _NO_OUTLOOK,
    ) -> None:
        self.caps = caps
        self.hard = caps
        self.spent = spent
        self.charged = Spend()
        self.reserved = Spend()
        self._held_back = Spend()
        self.limit: Limit = next(iter(caps.amounts), "max_calls")
        self._write = write
        self._outlook = outlook
        self._under_way = Spend()
        self._out = 0  # calls under way
        self._by_kind: dict[Kind, Spend] = {}
        self._before_test: dict[Kind, Spend] = {}
        self._testing = False
        self._settled = asyncio.Event()
        self._reserve_test()

    def expect(self, outlook: Outlook) -> None:
        """Plan with this from now on."""
        self._outlook = outlook
        self._reserve_test()

    # Other caps

    def hold(self, limit: Limit, value: float | None) -> None:
        """Hold what is sent from now on to another cap; None for no limit.

        The search plans with the one before until `replan`, which comes at a point that a resumed
        run comes to as well.
        """
        self.hard = msgspec.structs.replace(self.hard, **{limit: value})
        if not self._testing:
            self._reserve_test()
        self._wake()

    def replan(self, limit: Limit, value: float | None) -> None:
        """Let the search plan with another cap from now on."""
        self.caps = msgspec.structs.replace(self.caps, **{limit: value})

    def count_former_test(self) -> None:
        """Count the test of a former winner, behind which a search goes on, as if it had used it.

        That is half of a test: the seed prompt's share is not asked again.
        """
        limits: tuple[Limit, ...] = ("max_calls", "max_tokens", "max_usd")
        self.charged += Spend(*(math.ceil(self._test_cost(limit) / 2) for limit in limits))

    def what_is_left(self, limit: Limit) -> str:
        """Where a cap has gone, for people: "58 are spent, and 20 are kept for …"."""
        told = f"{shown_amount(limit, self.settled.amount(limit))} are spent"
        kept = self.reserved.amount(limit)
        if not kept:
            return told
        kept_for = "to test a best prompt, of which there is none"
        return f"{told}, and {shown_amount(limit, kept)} are kept {kept_for}"

    def least(self, limit: Limit) -> int:
        """The lowest cap that leaves the test its reserve, now that so much is spent."""
        spent = self.spent.amount(limit)
        return spent if self._testing else spent + min(self._test_cost(limit), spent)

    # What is sent

    def take(self, worst: Spend, *, wary: bool = False) -> bool:
        """Count a call that is about to be sent at the most that it can cost.

        Args:
            worst: that most.
            wary: whether calls have been known to cost more than their most. Those under way may
                come to twice theirs then: where the cap does not reach for that, one goes at a
                time.

        Returns:
            False where it has to wait until calls under way are settled (see `room`); nothing
            was counted then.

        Raises:
            BudgetExhausted: a cap would be exceeded whatever these come to; nothing was counted.
        """
        fits = True
        for limit, cap in self.hard.amounts.items():
            left = cap - self._held_back.amount(limit) - self.spent.amount(limit)
            if worst.amount(limit) > left:
                waits = self._out and self._is_held(limit)
                if not waits and worst.amount(limit) > left + self._under_way.amount(limit):
                    self.limit = limit
                    raise BudgetExhausted(self._refusal(limit, worst))
                fits = False
            elif wary and worst.amount(limit) + self._under_way.amount(limit) > left:
                fits = fits and not self._under_way.amount(limit)
        if fits:
            self.spent += worst
            self._out += 1
            # A call that is under way will not turn out to be none.
            self._under_way += Spend(0, worst.tokens, worst.picodollars)
            self._write(worst.calls, worst.tokens, worst.picodollars)
        return fits

    @property
    def measured(self) -> bool:
        """Whether it matters what calls cost: tokens or money are limited."""
        return self.hard.max_tokens is not None or self.hard.max_usd is not None

    def _is_held(self, limit: Limit) -> bool:
        """Whether a person has set a lower cap than the search plans with.

        It ends the search once the calls under way are back: until then it can be raised again.
        """
        planned = self.caps.amounts.get(limit)
        return planned is None or self.hard.amounts[limit] < planned

    async def room(self) -> None:
        """Wait until a call that is under way is settled, or a cap is another one."""
        await self._settled.wait()

    def settle(self, worst: Spend, used: Spend) -> None:
        """Put what a call has used in place of the most that it could."""
        growth = used - worst
        self.spent += growth
        self._out -= 1
        self._under_way -= Spend(0, worst.tokens, worst.picodollars)
        self._wake()
        if growth != _NOTHING:
            self._write(growth.calls, growth.tokens, growth.picodollars)

    @property
    def settled(self) -> Spend:
        """What was spent, of calls under way the call alone."""
        return self.spent - self._under_way

    # What the search can plan with

    def charge(self, kind: Kind, cost: Spend) -> None:
        """Count what a reply, stored or new, has cost."""
        self.charged += cost
        self._by_kind[kind] = self._by_kind.get(kind, _NOTHING) + cost

    def plan(self) -> int | None:
        """Calls that the search, or then the test, can still afford; None for any number.

        Tokens and money are turned into calls by what calls cost on the average: those of a kind
        that were charged so far, or the outlook before there are any, weighted by how many of
        each kind are still planned. Room for one call at its worst, of the kind that most are of,
        is left, since the caps hold for that. The reserve for the test is brought up to date by
        the same averages.

        To be asked between batches of calls, not during one: then it is the same in every run
        with the same replies.
        """
        if not self._testing:
            self._reserve_test()
        affordable: dict[Limit, int] = {}
        for limit, cap in self.caps.amounts.items():
            left = cap - self.reserved.amount(limit) - self.charged.amount(limit)
            if limit != "max_calls":
                mean = self._mean_left(limit)
                if not mean:
                    continue
                left = math.floor((left - self._most_left(limit)) / mean)
            affordable[limit] = max(0, left)
        if not affordable:
            return None
        self.limit = min(affordable, key=lambda limit: affordable[limit])
        return affordable[self.limit]

    def spare(self) -> int | None:
        """Calls that the search may use beyond its plan; None for any number.

        That is what is affordable, less what the test takes beyond its reserve.
        """
        affordable, lacking = self.plan(), 0
        if affordable is None:
            return None
        for limit in self.caps.amounts:
            more = self._test_cost(limit) - self.reserved.amount(limit)
            mean = 1.0 if limit == "max_calls" else self._mean_left(limit)
            if mean:
                lacking = max(lacking, math.ceil(more / mean))
        return max(0, affordable - lacking)

    def release(self) -> None:
        """Make the reserve available: the search is over, the test begins."""
        self._testing = True
        self._before_test = dict(self._by_kind)
        self.reserved = self._held_back = Spend()

    def forecast(self) -> Spend:
        """What the run will have spent if it makes all the calls that are planned."""
        expected = [0.0, 0.0]
        for kind, calls in self._planned().items():
            before = self._before_test.get(kind, _NOTHING)
            left = max(0, calls + before.calls - self._by_kind.get(kind, _NOTHING).calls)
            expected[0] += left * self._mean(kind, "max_tokens")
            expected[1] += left * self._mean(kind, "max_usd")
        tokens, money = map(math.ceil, expected)
        return self.settled + Spend(0, tokens, money)

    def _wake(self) -> None:
        """Let those who wait for room look again."""
        self._settled.set()
        self._settled = asyncio.Event()

    @property
    def priced(self) -> bool:
        """Whether the price of every model is known."""
        return self._outlook.priced

    def _reserve_test(self) -> None:
        """Keep back what the test of winner and seed prompt takes, at most half of a cap."""
        self.reserved, self._held_back = self._kept(self.caps), self._kept(self.hard)

    def _kept(self, caps: Caps) -> Spend:
        kept = {limit: min(self._test_cost(limit), cap // 2) for limit, cap in caps.amounts.items()}
        return Spend(kept.get("max_calls", 0), kept.get("max_tokens", 0), kept.get("max_usd", 0))

    def _test_cost(self, limit: Limit) -> int:
        test = float(sum(self._outlook.test.values()))
        if limit != "max_calls":
            test = sum(
                calls * self._test_mean(kind, limit) for kind, calls in self._outlook.test.items()
            )
            test = max(TEST_MARGIN * test, test + self._most(self._outlook.test_costs, limit))
        return math.ceil(test)

    def _mean_left(self, limit: Limit) -> float:
        """What a call that is still planned costs on the average."""
        if self._testing:
            tests = self._outlook.test
            cost = sum(calls * self._test_mean(kind, limit) for kind, calls in tests.items())
            return cost / max(1, sum(tests.values()))
        left = self._left()
        cost = sum(calls * self._mean(kind, limit) for kind, calls in left.items())
        return PLAN_MARGIN * cost / max(1, sum(left.values()))

    def _most_left(self, limit: Limit) -> int:
        if self._testing:
            return self._most(self._outlook.test_costs, limit)
        left = self._left()
        if not left:
            return 0
        # Rarer kinds, however long, come while there is more than one call's worth left.
        return _worst(self._outlook.costs.get(max(left, key=lambda kind: left[kind])), limit)

    def _left(self) -> dict[Kind, int]:
        """Calls of the search that are still planned; all of them where that is none any more."""
        planned = self._outlook.search
        left = {
            kind: calls - self._by_kind.get(kind, _NOTHING).calls for kind, calls in planned.items()
        }
        return {kind: calls for kind, calls in left.items() if calls > 0} or planned

    def _planned(self) -> dict[Kind, int]:
        planned = {} if self._testing else dict(self._outlook.search)
        for kind, calls in self._outlook.test.items():
            planned[kind] = planned.get(kind, 0) + calls
        return planned

    def _mean(self, kind: Kind, limit: Limit) -> float:
        charged = self._by_kind.get(kind, _NOTHING)
        if charged.calls:
            return charged.amount(limit) / charged.calls
        outlook = self._outlook
        expected = _expected(outlook.costs.get(kind) or outlook.test_costs.get(kind), limit)
        return expected * self._correction(limit)

    def _correction(self, limit: Limit) -> float:
        """How the replies so far have corrected the outlook; holds for kinds not seen yet, too."""
        told = expected = 0.0
        for kind, charged in self._by_kind.items():
            told += charged.amount(limit)
            expected += charged.calls * _expected(self._outlook.costs.get(kind), limit)
        if not told or not expected:
            return 1.0
        return min(MOST_CORRECTION, max(1 / MOST_CORRECTION, told / expected))

    def _test_mean(self, kind: Kind, limit: Limit) -> float:
        """What a call of the test costs on the average.

        Corrected like the search's calls of its kind, or at its worst where there are none.
        """
        told, searched = self._outlook.test_costs.get(kind), self._outlook.costs.get(kind)
        expected, before = _expected(told, limit), _expected(searched, limit)
        if self._by_kind.get(kind, _NOTHING).calls:
            return self._mean(kind, limit) * (expected / before if expected and before else 1.0)
        if kind in self._outlook.search:
            return expected * self._correction(limit)
        return float(_worst(told, limit))

    @staticmethod
    def _most(costs: dict[Kind, CallCost], limit: Limit) -> int:
        return max((_worst(cost, limit) for cost in costs.values()), default=0)

    def _refusal(self, limit: Limit, worst: Spend) -> str:
        cap, kept = self.hard.amounts[limit], self._held_back.amount(limit)
        spent = shown_amount(limit, self.settled.amount(limit))
        told = f"{spent} of {shown_amount(limit, cap)}{_units[limit]} are spent"
        if limit != "max_calls":
            told += f", the next call may take {shown_amount(limit, worst.amount(limit))}"
        return told + (f", and {shown_amount(limit, kept)} are kept for the test" if kept else "")


def _expected(cost: CallCost | None, limit: Limit) -> float:
    if cost is None:
        return 0.0
    return cost.tokens if limit == "max_tokens" else cost.picodollars


def _worst(cost: CallCost | None, limit: Limit) -> int:
    if cost is None:
        return 0
    return cost.most_tokens if limit == "max_tokens" else cost.most_picodollars
