"""Many calls at once, their results in the order in which they were asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_order(
    items: Iterable[Item],
    work: Callable[[Item], Awaitable[Result]],
    window: int | Callable[[], int],
) -> AsyncGenerator[tuple[Item, Result]]:
    """Yield each item with the result of `work` on it, in the order of the items.

    At most `window` are under way or waiting for an earlier one to be taken, so that memory
    does not grow with the number of items; where it may change meanwhile, it is a function. When
    one fails, or the caller stops early, the others are cancelled and waited for.
    """
    waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
    source = iter(items)
    try:
        while True:
            while len(waiting) < (window if isinstance(window, int) else window()):
                try:
                    item = next(source)
                except StopIteration:
                    break
                waiting.append((item, asyncio.ensure_future(work(item))))
            if not waiting:
                return
            item, future = waiting[0]
            result = await future
            waiting.popleft()
            yield item, result
    finally:
        for _, future in waiting:
            future.cancel()
        await asyncio.gather(*(future for _, future in waiting), return_exceptions=True)
