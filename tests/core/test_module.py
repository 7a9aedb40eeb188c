"""The module as a whole: what it imports, how it is described, how it stops."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from promptopt._core import References, levenshtein_cdist, levenshtein_many, normalize, score

SLACK = 5
"""How much longer than on an idle machine anything may take."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=100
    )


def test_what_a_first_frame_needs_does_not_load_numpy() -> None:
    code = """
import sys
from promptopt import _core
_core.levenshtein("a b", "a c", score_cutoff=3)
_core.words("a b"), _core.extract_choice("A", ["a"])
_core.normalize(["a"]), _core.References([["a"]]), _core.Choices([["a"]], [[0]])
assert "numpy" not in sys.modules
_core.within_budget("a", ["b"], 1)
assert "numpy" in sys.modules
"""
    finished = run("-c", code)
    assert finished.returncode == 0, finished.stderr


def test_the_stub_describes_the_module() -> None:
    finished = run("-m", "mypy.stubtest", "promptopt._core")
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_other_threads_go_on_during_a_call() -> None:
    references = References([["word " * 2000]])
    predictions = ["word " * 2000] * 2000
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    start = time.perf_counter()
    scores = score(predictions, references, "token_f1", rows=[0] * 2000, threads=1)
    end = time.perf_counter()
    done.set()
    ticker.join()
    assert (scores == 1.0).all()
    assert sum(start < moment < end for moment in ticks) >= 3


WORDS = " ".join(f"w{n % 977}" for n in range(5_000))
OTHER_WORDS = " ".join(f"w{n % 983}" for n in range(5_000))
LONG_CALLS: dict[str, Callable[[], object]] = {
    "levenshtein_many": lambda: levenshtein_many(WORDS, [OTHER_WORDS] * 200_000),
    "levenshtein_cdist": lambda: levenshtein_cdist([WORDS] * 2_000, [OTHER_WORDS] * 2_000),
    "score": lambda: score(
        [WORDS] * 400_000, References([[WORDS]]), "token_f1", rows=[0] * 400_000
    ),
    "normalize": lambda: normalize([WORDS] * 200_000),
    "References": lambda: References([[WORDS]] * 200_000),
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal of a POSIX timer")
@pytest.mark.parametrize("call", LONG_CALLS)
def test_ctrl_c_ends_a_long_call(call: str) -> None:
    """Left alone, each call would take seconds at least."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    # What the handler raises during a callback of the collector, of which Hypothesis has one, is
    # lost; a call that makes many objects of its arguments may spend its time there.
    gc.disable()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.15)
        start = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            LONG_CALLS[call]()
        # From when the signal was due until the call was over.
        assert time.perf_counter() - start - 0.15 < 0.1 * SLACK
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
