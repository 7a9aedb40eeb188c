"""GPO under a limit of calls."""

from __future__ import annotations

import contextlib

import pytest

from promptopt.llm.errors import BudgetExhausted, RetryableError
from promptopt.llm.model import Request, Response
from promptopt.methods.gpo import gpo
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.runs.events import LimitReached, StageFinished, StepPlanned

from ..evaluation.searching import searching
from .landscapes import Landscape


@pytest.mark.parametrize("max_calls", [1, 5, 9, 10, 12, 24, 40, 60, 100, 160, 300, 1000])
async def test_the_cap_ends_the_search_in_order(max_calls: int) -> None:
    land = Landscape("smooth", dev=10)
    settings = GpoSettings(steps=6, candidates=4, max_edit=6)
    async with searching(land.task(), land, max_calls=max_calls) as here:
        if max_calls < 1 + 2 + 1:
            with pytest.raises(BudgetExhausted):
                await gpo(here.search, settings)
        else:
            winner = await gpo(here.search, settings)
            ended = here.events(StageFinished)
            # Whoever wins was scored on all the examples that the search was made to fit.
            assert len(here.rows_of(winner.id)) == ended[-1].n
            assert ended[-1].leader == winner.id
            assert len(ended) > 1
        assert here.store.calls_sent(here.run_id) <= max_calls
        limited = here.events(LimitReached)
        assert bool(limited) == (max_calls < 10 + 6 * 4 * 12)


async def test_how_a_search_is_made_to_fit() -> None:
    land = Landscape("smooth", dev=10)
    async with searching(land.task(), land, max_calls=200) as here:
        await gpo(here.search, GpoSettings(steps=6, candidates=4, max_edit=6))
        (limit,) = here.events(LimitReached)
        assert limit.detail == (
            "the calls reach for at least 3 of 6 steps with 4 of 4 candidates each, on 10 of 10 "
            "dev examples"
        )
        budgets = [event.edit_budget for event in here.events(StepPlanned)]
        # No candidate was sent back and some were known, which left calls for more of them. The
        # schedule is that of the steps that are in sight, and comes to its end.
        assert budgets == [5, 3, 1, 1, 1]
        assert here.store.calls_sent(here.run_id) > 200 - 2 * 12


@pytest.mark.parametrize("max_calls", range(30, 200, 17))
async def test_where_retries_use_the_calls_up_what_was_compared_stands(max_calls: int) -> None:
    class Flaky(Landscape):
        async def complete(self, request: Request) -> Response:
            response = await super().complete(request)
            if len(self.asked) % 3 == 0:
                raise RetryableError("odd")
            return response

    land = Flaky("smooth", dev=10)
    async with searching(land.task(), land, max_calls=max_calls, concurrency=1) as here:
        with contextlib.suppress(BudgetExhausted):
            await gpo(here.search, GpoSettings(steps=3, candidates=4, max_edit=6))
        best, ended = here.journal.state.best, here.events(StageFinished)
        assert best is not None
        assert best.id == ended[-1].leader
        assert len(here.rows_of(best.id)) == ended[-1].n
        assert here.store.calls_sent(here.run_id) <= max_calls
