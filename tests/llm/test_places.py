"""Places that grow and shrink while they are held."""

from __future__ import annotations

import asyncio
import random

import pytest

from promptopt.llm.places import Places


async def turns(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


class Crowd:
    """Tasks that hold a place until they are let go."""

    def __init__(self, places: Places, count: int) -> None:
        self.inside: list[int] = []
        self.leave = [asyncio.Event() for _ in range(count)]
        self.tasks = [asyncio.create_task(self._hold(places, each)) for each in range(count)]

    async def _hold(self, places: Places, number: int) -> None:
        async with places:
            self.inside.append(number)
            await self.leave[number].wait()
            self.inside.remove(number)


async def test_first_come_first_served() -> None:
    crowd = Crowd(Places(2), 4)
    await turns()
    assert crowd.inside == [0, 1]
    crowd.leave[1].set()
    await turns()
    assert crowd.inside == [0, 2]


async def test_more_places_let_those_in_who_wait() -> None:
    places = Places(1)
    crowd = Crowd(places, 5)
    await turns()
    places.resize(4)
    await turns()
    assert crowd.inside == [0, 1, 2, 3]


async def test_fewer_places_let_nobody_in_until_enough_have_left() -> None:
    places = Places(3)
    crowd = Crowd(places, 5)
    await turns()
    places.resize(1)
    for number in (0, 1):
        crowd.leave[number].set()
        await turns()
        assert 3 not in crowd.inside
    crowd.leave[2].set()
    await turns()
    assert crowd.inside == [3]


@pytest.mark.parametrize("let_in", [False, True])
async def test_whoever_gives_up_takes_no_place_along(let_in: bool) -> None:
    places = Places(1)
    crowd = Crowd(places, 3)
    await turns()
    if let_in:
        # In the same turn in which its place comes free.
        crowd.leave[0].set()
        await asyncio.sleep(0)
    crowd.tasks[1].cancel()
    crowd.leave[0].set()
    await turns()
    assert crowd.inside == [2]
    crowd.leave[2].set()
    await turns()
    async with places:
        pass


async def test_never_more_than_there_are() -> None:
    rng = random.Random(0)
    places = Places(3)
    inside = most = 0

    async def work() -> None:
        nonlocal inside, most
        async with places:
            inside += 1
            most = max(most, inside)
            assert inside <= max(places.count, before)
            await turns(rng.randrange(4))
            inside -= 1

    tasks = [asyncio.create_task(work()) for _ in range(300)]
    before = 3
    while not all(task.done() for task in tasks):
        before, count = max(inside, 1), rng.randrange(1, 9)
        places.resize(count)
        rng.choice(tasks).cancel() if rng.random() < 0.2 else None
        await turns(rng.randrange(1, 6))
        inside = max(inside, 0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert places._held == 0
    assert most > 3
