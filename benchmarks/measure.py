"""What all benchmarks measure with, and the texts they measure on."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        start = clock()
        work()
        times.append(clock() - start)
    return median(times)


def report(name: str, ours: float, peer: float, goal: float | None = None) -> None:
    print(
        f"{name:44} {ours * 1e9:11.0f} ns {peer * 1e9:11.0f} ns {peer / ours:7.1f}x"
        + (f"   goal {goal:g}x" if goal else ""),
        flush=True,
    )


def words_of(folder: Path) -> list[str]:
    """The words of the inputs in files of the form of BIG-Bench Hard."""
    inputs = [
        example["input"]
        for path in sorted(folder.glob("*.json"))
        for example in json.loads(path.read_text(encoding="utf-8"))["examples"]
    ]
    return " ".join(inputs).split()


def passage(generator: random.Random, words: list[str], least: int, most: int) -> str:
    length = generator.randint(least, most)
    start = generator.randrange(len(words) - length)
    return " ".join(words[start : start + length])
