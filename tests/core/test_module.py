"""The module as a whole: what it imports, how it is described, what it takes."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from promptopt import _core
from promptopt._core import (
    References,
    Selection,
    score,
)
from tests.core.test_score import FORMS, METRICS
from tests.core.texts import any_text

core: Any = _core


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


def test_two_threads_give_the_same_bits_as_one() -> None:
    generator = random.Random("threads")
    texts = [any_text(generator) for _ in range(5_000)]
    references = References([[any_text(generator), text] for text in texts[::-1]], "none")
    table = np.random.default_rng(1).random((9, 40))
    calls: list[Callable[[int], Any]] = [
        lambda count: core.extract_answers(texts, "number", threads=count),
        lambda count: core.extract_answers(texts, "boolean", variant="reference", threads=count),
        lambda count: core.levenshtein_cdist(texts[:300], texts[300:700], threads=count),
        lambda count: core.paired_bootstrap(table[0], table[1], threads=count),
        lambda count: Selection.race(9, 40).simulate(table, list(range(300)), threads=count),
        lambda count: core.score_matrix(texts * 2, references, "token_f1", threads=count),
    ]
    calls.extend(
        lambda count, metric=metric: score(texts, references, metric, threads=count)
        for metric in (*METRICS, *FORMS)
    )
    for call in calls:
        alone = call(1)
        for count in (2, 5):
            assert np.array_equal(call(count), alone)


MEMORY_PROGRAM = """
import sys
import numpy
from pathlib import Path
from promptopt._core import References, normalize, score
texts = [f"{n} a text, of Some words " * 20 for n in range(60_000)]
if sys.argv[1] == "one":
    texts = [" ".join(texts)]
rows = [[text] for text in texts]
references = References(rows[1:] + rows[:1]) if "score" in sys.argv[2] else None
def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
result = eval(sys.argv[2])
print((resident("VmHWM") - before) / sum(map(sys.getsizeof, texts)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from the kernel")
@pytest.mark.parametrize("texts", ["many", "one"])
@pytest.mark.parametrize(
    "call",
    [
        "normalize(texts)",
        "normalize(texts, 'squad')",
        "References(rows)",
        *(f"score(texts, references, {metric!r})" for metric in METRICS),
    ],
)
def test_a_call_takes_at_most_twice_its_texts(call: str, texts: str) -> None:
    finished = run("-c", MEMORY_PROGRAM, texts, call)
    assert finished.returncode == 0, finished.stderr
    assert float(finished.stdout) < 2.0
