"""What ends a model for a run, and what a call of it costs to the last digit."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.llm.errors import FatalError, SkippedError
from promptopt.llm.failures import MAX_FAILURES
from promptopt.llm.prices import Price
from promptopt.llm.refusals import meaning_of
from promptopt.llm.spend import Caps, Spend, picodollars
from promptopt.llm.tariff import Tariff
from promptopt.llm.token_counts import Estimate

from .asking import ask_for, asking
from .test_client import Plays


async def test_nothing_more_is_sent_once_too_many_calls_were_given_up(tmp_path: Path) -> None:
    """By those that were waiting for a place, say: each would be paid for."""
    model = Plays("fine", *[SkippedError("filtered")] * (MAX_FAILURES + 1))
    async with asking(tmp_path, model) as here:
        for number in range(MAX_FAILURES + 1):
            await here.client.ask(ask_for(str(number)))
        for _ in range(3):
            with pytest.raises(FatalError, match="21 calls were given up and 1 answered"):
                await here.client.ask(ask_for("the last"))
            with pytest.raises(FatalError, match="21 calls were given up and 1 answered"):
                await here.client.ask(ask_for("one more"))
    assert len(model.asked) == MAX_FAILURES + 2


@pytest.mark.parametrize(
    "code", ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"]
)
@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_quota_that_is_used_up_is_no_pace_and_no_request(code: str, status: int) -> None:
    assert meaning_of(status, [code], "see your plan") == "quota"


def test_money_is_counted_up_and_caps_down_to_a_picodollar() -> None:
    assert [picodollars(usd) for usd in (0.0, 1e-13, 1e-12, 1.5e-12)] == [0, 1, 1, 2]
    assert Caps(max_usd=1.5e-12).amounts == {"max_usd": 1}
    # A token at a price that is below one is not free: a cap would never be reached.
    assert Tariff(Estimate(), Price(5e-7, 0.0)).spend(1, 0) == Spend(1, 1, 1)
