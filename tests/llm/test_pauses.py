"""What calls that were out together tell of the pace: each 429 counts, and old answers do not."""

from __future__ import annotations

from .test_limits import Clock, late, limited, too_many


async def test_answers_of_before_a_slow_down_do_not_speed_it_up() -> None:
    limits = limited(Clock())
    tickets = [await limits.admit(1) for _ in range(8)]
    limits.came_back(tickets[0], 0, late)
    for ticket in tickets[1:]:
        limits.came_back(ticket, 1, None)
    assert limits.most == 4
    limits.came_back(await limits.admit(1), 1, None)  # of after it
    for _ in range(4):
        limits.came_back(await limits.admit(1), 1, None)
    assert limits.most == 5


async def test_answers_of_before_a_429_do_not_end_the_row_of_them() -> None:
    """Each of them waits longer than the one before, while no call came through since."""
    clock = Clock()
    limits = limited(clock)
    out = [await limits.admit(1) for _ in range(2)]
    limits.came_back(out[0], 0, too_many())
    limits.came_back(out[1], 1, None)
    clock.now += limits.pause
    limits.came_back(await limits.admit(1), 0, too_many())
    assert limits.pause >= 1.5  # two seconds, a quarter less at the least


async def test_a_429_beside_another_that_asks_for_longer_is_heard() -> None:
    limits = limited(Clock())
    tickets = [await limits.admit(1) for _ in range(3)]
    limits.came_back(tickets[0], 0, too_many(1.0))
    limits.came_back(tickets[1], 0, too_many(30.0))
    assert 30 <= limits.pause <= 30.25
    # One that asks for less does not cut the pause, and one that asks for nothing neither.
    limits.came_back(tickets[2], 0, too_many(2.0))
    assert 30 <= limits.pause <= 30.25


async def test_a_429_after_a_pause_has_begun_does_not_cut_it() -> None:
    clock = Clock()
    limits = limited(clock)
    early, later = await limits.admit(1), await limits.admit(1)
    limits.came_back(early, 0, too_many(100.0))
    clock.now += 10
    limits.came_back(later, 0, too_many(1.0))
    assert 90 <= limits.pause <= 90.25
