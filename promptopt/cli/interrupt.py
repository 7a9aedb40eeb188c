"""Ctrl-C at a moment at which it must not cut things short."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


INTERRUPTED = 130
"""Exit status after ctrl-c: 128 and the number of SIGINT."""


TERMINATED = 143
"""Exit status after SIGTERM, as a shell tells it."""


class Terminated(BaseException):
    """SIGTERM has come."""


@contextmanager
def terminable() -> Iterator[None]:
    """Raise `Terminated` at SIGTERM, so that a command can say what goes on without it."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Held:
    """Whether ctrl-c was pressed."""

    pressed = False


@contextmanager
def interrupt_held() -> Iterator[Held]:
    """Note a ctrl-c instead of raising KeyboardInterrupt.

    For the second in which an engine is started, or asked to stop: left alone by its command, it
    would go on without anyone having been told its name. Where interrupts are ignored, they still
    are.
    """
    held = Held()

    def note(_number: int, _frame: FrameType | None) -> None:
        held.pressed = True

    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        yield held
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield held
    finally:
        signal.signal(signal.SIGINT, before)
