"""The budget alone, under every order in which calls may be sent, settled and lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from promptopt.llm.budget import MOST_CORRECTION, PLAN_MARGIN, TEST_MARGIN, Budget
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.outlook import CallCost, Outlook
from promptopt.llm.spend import PICODOLLARS, Caps, Spend, picodollars, shown_usd

# So small that calls which just fit, and which just do not, come about.
cap = st.none() | st.integers(1, 40)
worst = st.builds(Spend, st.just(1), st.integers(0, 9), st.integers(0, 9))


class Calls(RuleBasedStateMachine):
    """Calls are taken, settled, and lost with their engine, in any order.

    `disk` is what was written down, which is all that the next engine knows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.caps = Caps()
        self.disk = Spend()
        self.under_way: list[Spend] = []
        self.true = Spend()
        self.budget = Budget()

    def _write(self, calls: int, tokens: int, money: int) -> None:
        self.disk += Spend(calls, tokens, money)

    def _open(self) -> None:
        outlook = Outlook(test={"task": 3}, test_costs={"task": CallCost(2, 2, 9, 9)})
        self.budget = Budget(self.caps, self.disk, self._write, outlook)

    @initialize(calls=cap, tokens=cap, money=cap)
    def begin(self, calls: int | None, tokens: int | None, money: int | None) -> None:
        usd = None if money is None else money / PICODOLLARS
        self.caps = Caps(calls, tokens, usd)
        self._open()

    @rule(worst=worst)
    def send(self, worst: Spend) -> None:
        before = self.disk
        try:
            taken = self.budget.take(worst)
        except BudgetExhausted:
            taken = False
        if taken:
            self.under_way.append(worst)
            # Sent it is from now on, whatever becomes of this engine: at its worst.
            self.true += worst
        assert self.disk == (before + worst if taken else before)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        worst = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        used = Spend(
            1, data.draw(st.integers(0, worst.tokens)), data.draw(st.integers(0, worst.picodollars))
        )
        self.budget.settle(worst, used)
        self.true += used - worst

    @rule()
    def kill(self) -> None:
        self.under_way.clear()
        self._open()

    @rule()
    def end_search(self) -> None:
        self.budget.release()

    @rule(role=st.sampled_from(["task", "judge"]), cost=worst)
    def charge(self, role: str, cost: Spend) -> None:
        self.budget.charge(role, cost)
        affordable = self.budget.plan()
        assert affordable is None or affordable >= 0

    @invariant()
    def caps_hold(self) -> None:
        assert self.true == self.budget.spent == self.disk
        for limit, amount in self.caps.amounts.items():
            assert self.true.amount(limit) <= amount


TestCalls = Calls.TestCase


def test_a_call_waits_where_those_under_way_may_leave_room() -> None:
    budget = Budget(Caps(max_tokens=100))
    large = Spend(1, 60)
    assert budget.take(large)
    assert not budget.take(large)
    assert budget.spent == large
    budget.settle(large, Spend(1, 5))
    assert budget.take(large)
    # 65 are taken; even if the one under way came to nothing, 96 more would be too many.
    with pytest.raises(
        BudgetExhausted, match="5 of 100 tokens are spent, the next call may take 96"
    ):
        budget.take(Spend(1, 96))
    assert budget.limit == "max_tokens"
    assert budget.settled == Spend(2, 5)


async def test_who_waits_for_room_is_woken_when_a_call_is_settled() -> None:
    budget = Budget(Caps(max_usd=1.0))
    worst = Spend(1, 0, picodollars(0.6))
    budget.take(worst)
    waiting = asyncio.create_task(budget.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    budget.settle(worst, Spend(1, 0, picodollars(0.1)))
    await waiting
    assert budget.take(worst)
    with pytest.raises(BudgetExhausted, match=r"\$0\.10 of \$1\.00 are spent, the next call may"):
        budget.take(Spend(1, 0, picodollars(0.95)))


async def test_a_cap_that_a_person_lowers_ends_nothing_while_calls_are_out() -> None:
    budget = Budget(Caps(max_calls=10))
    call = Spend(1)
    assert budget.take(call)
    assert budget.take(call)
    budget.hold("max_calls", 2)
    assert not budget.take(call)
    waiting = asyncio.create_task(budget.room())
    await asyncio.sleep(0)
    # Raised again in time, it goes on.
    budget.hold("max_calls", 3)
    await waiting
    assert budget.take(call)
    assert not budget.take(call)
    for _ in range(3):
        budget.settle(call, call)
    with pytest.raises(BudgetExhausted, match="3 of 3 calls are spent"):
        budget.take(call)


def test_a_call_that_cost_more_than_its_worst_is_counted_in_full() -> None:
    budget = Budget(Caps(max_tokens=100))
    budget.take(Spend(1, 50))
    budget.settle(Spend(1, 50), Spend(1, 120))
    assert budget.spent.tokens == 120
    with pytest.raises(BudgetExhausted):
        budget.take(Spend(1, 1))


OUTLOOK = Outlook(
    search={"optimizer": 10, "task": 100},
    test={"task": 20},
    costs={
        "optimizer": CallCost(200, 0, 500, 0),
        "task": CallCost(50, 0, 120, 0),
    },
    test_costs={"task": CallCost(50, 0, 100, 0)},
)


def test_before_any_reply_the_outlook_tells_what_calls_cost() -> None:
    budget = Budget(Caps(max_tokens=10_000), outlook=OUTLOOK)
    reserve = round(TEST_MARGIN * 20 * 50)
    assert budget.reserved.tokens == reserve
    mean = PLAN_MARGIN * (10 * 200 + 100 * 50) / 110
    assert budget.plan() == int((10_000 - reserve - 120) / mean)
    assert budget.forecast().tokens == 10 * 200 + 120 * 50


def test_replies_correct_what_calls_are_thought_to_cost() -> None:
    budget = Budget(Caps(max_tokens=10_000), outlook=OUTLOOK)
    for _ in range(10):
        budget.charge("optimizer", Spend(1, 300))
    for _ in range(20):
        budget.charge("task", Spend(1, 20))
    # All proposals are made: what is left are calls of the task model, at 20 each.
    reserve = 20 * 20 + 100
    left = 10_000 - reserve - 3_000 - 400 - 120
    assert budget.plan() == int(left / (PLAN_MARGIN * 20))
    assert budget.reserved.tokens == reserve
    assert budget.forecast() == Spend(0, (80 + 20) * 20)


def test_replies_of_one_kind_correct_what_others_are_thought_to_cost() -> None:
    budget = Budget(Caps(max_tokens=10_000), outlook=OUTLOOK)
    budget.charge("optimizer", Spend(10, 1_200))  # 0.6 of what was expected
    assert budget.plan() == int((10_000 - 720 - 1_200 - 120) / (PLAN_MARGIN * 30))
    assert budget.reserved.tokens == TEST_MARGIN * 20 * 30
    # What is far off is not believed of other kinds.
    budget.charge("optimizer", Spend(10, 20_000))
    assert budget.forecast().tokens == 120 * 50 * MOST_CORRECTION


def test_the_test_plans_with_all_that_is_left() -> None:
    budget = Budget(Caps(max_tokens=2_000), outlook=OUTLOOK)
    budget.charge("task", Spend(10, 400))
    budget.release()
    assert budget.plan() == (2_000 - 400 - 100) // 40
    assert budget.forecast().tokens == 20 * 40


def test_calls_of_a_kind_that_only_the_test_makes_are_reserved_at_their_worst() -> None:
    """A search by log-probability learns nothing of what answers cost."""
    outlook = Outlook(
        search={"likelihood": 100},
        test={"task": 20},
        costs={"likelihood": CallCost(30, 0, 60, 0), "task": CallCost(50, 0, 100, 0)},
        test_costs={"task": CallCost(50, 0, 100, 0)},
    )
    budget = Budget(Caps(max_tokens=100_000), outlook=outlook)
    budget.charge("likelihood", Spend(50, 1_500))
    budget.plan()
    assert budget.reserved.tokens == round(TEST_MARGIN * 20 * 100)


def test_the_reserve_is_half_of_a_cap_at_the_most() -> None:
    budget = Budget(Caps(max_calls=11, max_tokens=1_001), outlook=OUTLOOK)
    assert budget.reserved == Spend(5, 500)


def test_the_tightest_cap_decides_and_is_named() -> None:
    outlook = Outlook(search={"task": 100}, costs={"task": CallCost(10, 10, 10, 10)})
    budget = Budget(Caps(50, 100_000, 1.0), outlook=outlook)
    assert (budget.plan(), budget.limit) == (50, "max_calls")
    budget = Budget(Caps(50, 120, 1.0), outlook=outlook)
    assert (budget.plan(), budget.limit) == (10, "max_tokens")
    budget = Budget(Caps(50, 100_000, 120 / PICODOLLARS), outlook=outlook)
    assert (budget.plan(), budget.limit) == (10, "max_usd")


def test_what_is_free_is_not_limited_by_money() -> None:
    budget = Budget(Caps(max_usd=0.01), outlook=Outlook(search={"task": 5}))
    assert budget.plan() is None
    assert Budget().plan() is None


@given(costs=st.lists(worst, max_size=20), seed=st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_replies(costs: list[Spend], seed: object) -> None:
    plans = set()
    for _ in range(3):
        seed.shuffle(costs)  # type: ignore[attr-defined]
        budget = Budget(Caps(1_000, 20_000, 2e-8), outlook=OUTLOOK)
        for cost in costs:
            budget.charge("task", cost)
        plans.add((budget.plan(), budget.limit, budget.reserved))
    assert len(plans) == 1


@given(usd=st.floats(1e-9, 1e5))
def test_dollars_are_kept_to_the_last_digit(usd: float) -> None:
    money = picodollars(usd)
    assert money / PICODOLLARS == pytest.approx(usd, rel=1e-3, abs=1 / PICODOLLARS)
    assert Caps(max_usd=usd).amounts["max_usd"] <= usd * PICODOLLARS


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (0, "$0.00"),
        (12.3, "$12.30"),
        (1234567.891, "$1,234,567.89"),
        (0.5, "$0.50"),
        (0.0342, "$0.034"),
        (0.000071, "$0.000071"),
        (1e-12, "$0.000000000001"),
    ],
)
def test_money_is_shown_with_the_digits_that_count(usd: float, shown: str) -> None:
    assert shown_usd(usd) == shown
