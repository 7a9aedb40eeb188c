from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.evaluation.in_order import in_order


@given(delays=st.lists(st.integers(0, 9), max_size=30), window=st.integers(1, 8))
def test_results_come_in_the_order_of_the_items(delays: list[int], window: int) -> None:
    under_way = most = 0

    async def work(item: tuple[int, int]) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(item[1]):
            await asyncio.sleep(0)
        under_way -= 1
        return item[0]

    async def collect() -> list[tuple[tuple[int, int], int]]:
        return [pair async for pair in in_order(list(enumerate(delays)), work, window)]

    results = asyncio.run(collect())
    assert results == [((index, delay), index) for index, delay in enumerate(delays)]
    assert most <= window


async def test_all_places_are_used() -> None:
    together = asyncio.Barrier(5)

    async def work(item: int) -> int:
        await together.wait()
        return item

    async with asyncio.timeout(10):
        assert [item async for item, _ in in_order(range(20), work, 5)] == list(range(20))


async def test_nothing_is_taken_from_the_source_before_there_is_room() -> None:
    taken: list[int] = []

    def source() -> object:
        for item in range(100):
            taken.append(item)
            yield item

    async def work(item: int) -> int:
        return item

    stream = in_order(source(), work, 3)  # type: ignore[arg-type]
    for expected in range(10):
        assert (await anext(stream))[0] == expected
        assert len(taken) <= expected + 3
    await stream.aclose()


async def test_a_failure_comes_in_its_turn_and_cancels_the_others() -> None:
    ended: dict[int, str] = {}

    async def work(item: int) -> int:
        try:
            if item == 2:
                raise ValueError("no")
            if item > 2:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            ended[item] = "cancelled"
            raise
        return item

    results = []

    async def consume() -> None:
        async for item, _ in in_order(range(50), work, 4):
            results.append(item)

    with pytest.raises(ValueError, match="no"):
        await consume()
    assert results == [0, 1]
    # The one that had begun was waited for, and nothing is left of the two that had not.
    assert ended == {3: "cancelled"}
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_stopping_early_cancels_what_is_under_way() -> None:
    cancelled = []

    async def work(item: int) -> int:
        try:
            if item:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(item)
            raise
        return item

    stream = in_order(range(10), work, 4)
    assert await anext(stream) == (0, 0)
    await stream.aclose()
    assert cancelled == [1, 2, 3]


async def test_cancelling_the_caller_cancels_everything() -> None:
    started = asyncio.Event()
    random_source = random.Random(0)
    cancelled: list[int] = []

    async def work(item: int) -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(random_source.random() / 1000)
            cancelled.append(item)
            raise

    async def consume() -> None:
        async for _ in in_order(range(10), work, 3):
            pass

    consumer = asyncio.create_task(consume())
    await started.wait()
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    assert sorted(cancelled) == [0, 1, 2]
