"""A program in a pseudo-terminal, and what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pyte

SECONDS = 60.0
"""After which what should come counts as not coming; a busy machine takes its time."""

SETTLE_SECONDS = 2.0

# A program that hears that the terminal knows them puts these around every frame that it sends.
ASKED_FOR_FRAMES, FRAMES_ARE_KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
FRAME_BEGINS, FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"


class Terminal:
    """Runs `python -m tui.main ARGUMENTS` and reads all that it writes to the terminal."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (120, 36),
        environment: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        """`code` is run in place of the module, with the same arguments."""
        width, height = size
        self.screen = pyte.Screen(width, height)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        what = ["-c", code] if code is not None else ["-m", "tui.main"]
        # It takes a ctrl+c also where the tests are run in the background, with none for them: what
        # is ignored is handed down to a child, a handler is not.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self.process = subprocess.Popen(
                [sys.executable, *what, *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
                env={
                    **os.environ,
                    "TERM": "xterm-256color",
                    "COLORTERM": "truecolor",
                    "LC_ALL": "C.UTF-8",
                    **(environment or {}),
                },
            )
        finally:
            signal.signal(signal.SIGINT, before)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self._slave)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def read(self, seconds: float) -> bool:
        """Take in what has been written, waiting so long for it at the most."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        data = os.read(self.master, 65_536)
        asked = self.written.count(ASKED_FOR_FRAMES)
        self.written += data
        if self.written.count(ASKED_FOR_FRAMES) > asked:
            os.write(self.master, FRAMES_ARE_KNOWN)
        # pyte does not know the private sequences that ask for a keyboard protocol.
        self._stream.feed(data.replace(b"\x1b[>1u", b"").replace(b"\x1b[<u", b""))
        return True

    def wait_for(self, condition: str | Callable[[], bool]) -> None:
        """Read until a text stands on the screen, or a condition holds, and what follows."""
        deadline = time.monotonic() + SECONDS
        while True:
            if self._whole and (
                condition in self.text if isinstance(condition, str) else condition()
            ):
                # What follows at once is taken in too, but no screen that never rests.
                settled = time.monotonic() + SETTLE_SECONDS
                while time.monotonic() < settled and self.process.poll() is None and self.read(0.1):
                    pass
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for {condition!r} in vain:\n{self.text}")
            self.read(0.1)

    @property
    def _whole(self) -> bool:
        """Whether no frame has come in part only, of a program that goes on to send the rest."""
        ends = self.written.rfind(FRAME_ENDS) >= self.written.rfind(FRAME_BEGINS)
        return ends or self.process.poll() is not None

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self, how: int | None = None) -> int:
        """Read to the end of the program, which `how` signals to end; its exit status."""
        if how is not None:
            os.kill(self.process.pid, how)
        self.wait_for(lambda: self.process.poll() is not None)
        while self.read(0.05):
            pass
        return self.process.returncode

    @property
    def sane(self) -> bool:
        """Whether the terminal is as it was: its modes, its screen, cursor and mouse."""
        restored = termios.tcgetattr(self._slave)[:4] == self.before[:4]
        left = self.written.rfind(b"\x1b[?1049l") > self.written.rfind(b"\x1b[?1049h")
        mouse = self.written.rfind(b"\x1b[?1000l") >= self.written.rfind(b"\x1b[?1000h")
        cursor = self.written.rfind(b"\x1b[?25h") >= self.written.rfind(b"\x1b[?25l")
        return restored and left and mouse and cursor


TERMINATE = signal.SIGTERM
