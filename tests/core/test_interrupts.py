"""Ctrl-C in the middle of one huge piece of work, which cannot wait for the end of its row."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

MOST_SECONDS = 0.5
"""Within 0.1 seconds on an idle machine, with some room for a busy one."""

CHILD = """
import time
from promptopt import _core as core
import numpy

a = " ".join(f"w{n * 7919 % 9973}" for n in range(400_000))
b = " ".join(f"w{n * 6151 % 9967}" for n in range(400_000))
huge = "w " * 50_000_000
print("ready", flush=True)
try:
    CALL
    print("finished", flush=True)
except KeyboardInterrupt:
    print(time.time(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize(
    "call",
    [
        "core.levenshtein(a, b)",
        "core.levenshtein(a, b, score_cutoff=150_000)",
        "core.levenshtein(huge, huge)",
        "core.levenshtein_many(a, [b])",
        "core.levenshtein_many(a, [b] * 70)",
        "core.within_budget(a, [b], 10**6)",
        "core.levenshtein_cdist([a], [b])",
        "core.levenshtein_cdist([a, b], [a, b], threads=2)",
        "core.editops(a, b)",
    ],
)
def test_ctrl_c_ends_one_huge_piece_of_work(call: str) -> None:
    """Left alone, each call would take a second at least."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.replace("CALL", call)], stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.1)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        answer = child.stdout.readline()
        assert answer != "finished\n"
        assert float(answer) - sent < MOST_SECONDS
