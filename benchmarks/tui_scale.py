"""How the workbench does at scale, beside a bare Textual application in the same run.

    python benchmarks/tui_scale.py [--candidates 100000] [--seconds 10] [--events 1000000]

Both applications run as programs of their own in a pseudo-terminal of 120x36, and every time is
taken from outside: from the key or the start to the frame that shows what it led to. Ratios
carry over from machine to machine; seconds do not. What is measured:

- first frame: from the start of the program to its first frame, and for a long run, to the
  first frame with its candidates in it, and to the last event that is folded in;
- keys: cursor down, sorting, filtering, in a run of so many candidates;
- load: the share of a core while an engine writes 10,000 events a second;
- memory: what a run of so many events adds to a run of a tenth of them.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from fcntl import ioctl
from pathlib import Path
from types import TracebackType
from typing import Self

from tui_scale_runs import EVENTS_A_SECOND, play_long_run, write_events

BARE = Path(__file__).with_name("tui_bare.py")
SIZE = (120, 36)
KEYS = 40
STARTS = 5


class Program:
    """A program in a pseudo-terminal; what it has written so far is in `written`."""

    def __init__(self, *command: str, home: Path) -> None:
        master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        environment = {**os.environ, "PROMPTOPT_HOME": str(home), "TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self._master = master
        self.written = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        # It gives the terminal back before it ends, and waits while nobody reads that.
        while self.process.poll() is None:
            self.read(0.1)
        os.close(self._master)

    def read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            self.written += os.read(self._master, 1 << 16)
        except OSError:  # the other end is closed
            return False
        return True

    def wait_for(self, text: str, within: float = 120.0) -> float:
        """Read until a text was written; returns the time of it."""
        deadline = time.perf_counter() + within
        while text.encode() not in self.written:
            if time.perf_counter() > deadline or self.process.poll() is not None:
                raise SystemExit(f"waited for {text!r} in vain: {self.written[-2000:]!r}")
            self.read(0.5)
        return time.perf_counter()

    def settle(self, quiet: float = 0.6) -> None:
        """Read until nothing has come for a while."""
        while self.read(quiet):
            pass

    def press(self, keys: str, then: str | None = None) -> float:
        """Seconds from the keys to what they led to: a text, or any output at all."""
        self.written = b""
        started = time.perf_counter()
        os.write(self._master, keys.encode())
        if then is not None:
            return self.wait_for(then) - started
        while not self.read(5.0):
            pass
        return time.perf_counter() - started

    @property
    def cpu(self) -> float:
        """Seconds of a core it has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident megabytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0


def first_frame(*command: str, home: Path, shows: str) -> float:
    """Seconds from the start to a frame with a text in it: the median of five starts."""
    taken = []
    for _ in range(STARTS + 1):
        with Program(*command, home=home) as program:
            taken.append(program.wait_for(shows) - program.started)
    return statistics.median(taken[1:])  # the first one had to be compiled and read from disk


def down(program: Program) -> list[float]:
    """How long the cursor takes to go down a row, again and again."""
    program.settle()
    taken = []
    for _ in range(KEYS):
        taken.append(program.press("j"))
        program.settle(0.1)
    return taken


def ms(seconds: float) -> str:
    return f"{1000 * seconds:8.0f} ms"


def report(what: str, seconds: float, bare: float | None = None) -> None:
    ratio = f"  {seconds / bare:6.1f} x bare" if bare else ""
    print(f"{what:<46} {ms(seconds)}{ratio}", flush=True)


def measure_bare(home: Path, rows: int) -> dict[str, float]:
    figures = {}
    figures["first"] = first_frame(str(BARE), "1", home=home, shows="row 0")
    figures["open"] = first_frame(str(BARE), str(rows), home=home, shows="row 0")
    with Program(str(BARE), str(rows), home=home) as bare:
        bare.wait_for("row 0")
        taken = down(bare)
        figures["key"] = statistics.median(taken)
        figures["slowest"] = max(taken)
        figures["sort"] = statistics.median(bare.press("s", "sorted") for _ in range(5))
        before, started = bare.cpu, time.perf_counter()
        while time.perf_counter() - started < 5:
            bare.read(0.1)
        figures["idle"] = (bare.cpu - before) / (time.perf_counter() - started)
    return figures


def measure_keys(home: Path, candidates: int, bare: dict[str, float]) -> None:
    last = f"c{candidates - 1:03d}"
    for what, shows, of in (
        ("first frame", "Candidates", "first"),
        ("dashboard", "Dev score", "open"),
        ("all its events folded in", f"Candidates {candidates:,}", "open"),
    ):
        took = first_frame("-m", "tui.main", "last", home=home, shows=shows)
        report(f"a long run: {what}", took, bare[of])
    with Program("-m", "tui.main", "last", home=home) as app:
        app.wait_for(f"Candidates {candidates:,}")
        taken = down(app)
        report("a key: cursor down, median", statistics.median(taken), bare["key"])
        report("a key: cursor down, slowest", max(taken), bare["slowest"])
        for order, key, shown in (
            ("dev", "d", "by dev"),
            ("id", "i", "by id"),
            ("rank", "r", "by rank"),
        ):
            app.settle(0.3)
            app.press("o", "Sort the candidates")
            app.settle(0.3)
            report(f"sort by {order}", app.press(key, shown), bare["sort"])
        app.settle()
        for text in ("score>0.9", "op:edit n>=10", "plural", "is:front"):
            app.settle()
            app.press("/")
            app.settle(0.2)  # the cursor of the field blinks twice a second
            # Pasted at once, as fast fingers would: all of it is one change of the filter.
            took = app.press(f"\x1b[200~{text}\x1b[201~", f"with \u201c{text}")
            report(f"filter {text}", took, bare["sort"])
            app.settle(0.2)
            app.press("\x1b", "by rank")
        print(f"{'memory with ' + last:<46} {app.memory:8.0f} MB")


def measure_load(home: Path, seconds: float, bare: dict[str, float]) -> None:
    writer = subprocess.Popen(
        [sys.executable, __file__, "--write", str(seconds + 6)],
        env={**os.environ, "PROMPTOPT_HOME": str(home)},
    )
    try:
        time.sleep(2)
        with Program("-m", "tui.main", "last", home=home) as app:
            app.wait_for("Candidates")
            time.sleep(1)
            before, started, taken = app.cpu, time.perf_counter(), []
            pressed = started
            while time.perf_counter() - started < seconds:
                app.read(0.05)
                if time.perf_counter() - pressed > 0.5:
                    pressed = time.perf_counter()
                    taken.append(app.press("j"))
            share = (app.cpu - before) / (time.perf_counter() - started)
    finally:
        writer.wait()
    print(
        f"{f'{EVENTS_A_SECOND:,} events a second: share of a core':<46} {share:8.1%}"
        f"     idle bare application {bare['idle']:.1%}"
    )
    report("a key meanwhile, slowest", max(taken), bare["slowest"])


def measure_memory(home: Path, events: int) -> None:
    from promptopt.runs.state import RunState
    from promptopt.runs.store import Store

    def resident() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    with Store(home / "promptopt.db") as store:
        run_id = write_events(store, events)
        state = RunState(run_id)
        at_a_tenth = 0.0
        while store.catch_up(state, 4_000):
            if not at_a_tenth and state.revision >= events // 10:
                at_a_tenth = resident()
        grown = resident() - at_a_tenth
    print(f"{f'memory from {events // 10:,} to {events:,} events':<46} {grown:+8.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of load")
    parser.add_argument("--events", type=int, default=1_000_000, help="of the memory figure")
    parser.add_argument("--write", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        from tui_scale_runs import write_live

        write_live(options.write)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # As where it is installed: what was compiled once is not compiled again.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(home / "compiled")
        for name in ("empty", "long", "live", "memory"):
            (home / name).mkdir()
        print(f"120x36, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        bare = measure_bare(home / "empty", options.candidates)
        report("bare: first frame", bare["first"])
        report(f"bare: {options.candidates:,} rows", bare["open"])
        report("bare: cursor down, median", bare["key"])
        report("bare: cursor down, slowest", bare["slowest"])
        report("bare: rows sorted", bare["sort"])
        first = first_frame("-m", "tui.main", home=home / "empty", shows="Welcome")
        report("first frame, no runs", first, bare["first"])
        play_long_run(home / "long", options.candidates)
        measure_keys(home / "long", options.candidates, bare)
        measure_load(home / "live", options.seconds, bare)
        measure_memory(home / "memory", options.events)


if __name__ == "__main__":
    main()
