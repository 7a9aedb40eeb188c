"""Work in threads that the workbench does not wait for when it is closed."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump


def post(to: MessagePump, message: Message) -> None:
    """Tell something from such a thread; should the workbench be closed by now, to nobody."""
    with contextlib.suppress(RuntimeError):
        to.post_message(message)


async def in_thread(work: Callable[[], None], name: str) -> None:
    """Wait for `work`, done in a thread that dies with the process.

    Threads of an executor, which asyncio and Textual take, are waited for before a process ends:
    with a model that is being looked for, that is a minute without a word.
    """
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            work()
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and so is who waited
                loop.call_soon_threadsafe(done.set)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True, name=name).start()
    await done.wait()
