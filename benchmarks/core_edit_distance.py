"""How long a word edit distance takes, compared with rapidfuzz on words that `str.split` makes.

    python benchmarks/core_edit_distance.py

Prints nanoseconds of processor time per pair, the median of five runs. One text of each pair is an
edited copy of the other, as a candidate prompt is of its parent, or unrelated to it. Both sides
compute the same distances, which is checked first. Edits come as a NumPy array here, and as
rapidfuzz's own object there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median

from rapidfuzz.distance import Levenshtein

from promptopt._core import editops, levenshtein, levenshtein_many

SYLLABLES = ["ba", "con", "de", "er", "fi", "gra", "ho", "in", "ka", "lo", "ment", "no", "ri", "su"]


def seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return median(times)


def words(generator: random.Random, count: int) -> list[str]:
    return ["".join(generator.choices(SYLLABLES, k=generator.randint(1, 3))) for _ in range(count)]


def edited(generator: random.Random, text: str) -> str:
    """A copy with about a fifth of its words deleted, inserted or replaced, all over the text."""
    copy: list[str] = []
    for word in text.split():
        choice = generator.random()
        if choice < 0.07:
            continue
        copy += words(generator, 1) if choice < 0.14 else [word]
        copy += words(generator, 1) if choice > 0.93 else []
    return " ".join(copy)


def report(name: str, count: int, ours: float, peer: float) -> None:
    print(
        f"{name:34} {ours / count * 1e9:9.0f} ns {peer / count * 1e9:11.0f} ns {peer / ours:8.1f}x"
    )


def compare(length: int, count: int, kind: str) -> None:
    generator = random.Random(f"{length} {kind}")
    parents = [" ".join(words(generator, length)) for _ in range(count)]
    others = [
        edited(generator, parent) if kind == "edited" else " ".join(words(generator, length))
        for parent in parents
    ]
    pairs = list(zip(parents, others, strict=True))

    def peer(cutoff: int | None = None) -> list[int]:
        return [Levenshtein.distance(a.split(), b.split(), score_cutoff=cutoff) for a, b in pairs]

    def ours(cutoff: int | None = None) -> list[int]:
        return [levenshtein(a, b, score_cutoff=cutoff) for a, b in pairs]

    assert ours() == peer()
    assert ours(10) == peer(10)
    name = f"{length} words, {kind}"
    report(name, count, seconds(ours), seconds(peer))
    report(f"{name}, cut-off 10", count, seconds(lambda: ours(10)), seconds(lambda: peer(10)))
    report(
        f"{name}, alignment",
        count,
        seconds(lambda: [editops(a, b) for a, b in pairs]),
        seconds(lambda: [Levenshtein.editops(a.split(), b.split()) for a, b in pairs]),
    )

    parent = parents[0]

    def many_peer() -> list[int]:
        split = parent.split()
        return [Levenshtein.distance(split, other.split()) for other in others]

    assert levenshtein_many(parent, others).tolist() == many_peer()
    report(
        f"{name}, one to many",
        count,
        seconds(lambda: levenshtein_many(parent, others)),
        seconds(many_peer),
    )


def main() -> None:
    print(f"{'':34} {'promptopt':>12} {'rapidfuzz':>14}")
    for length in (20, 50, 100, 200, 1000):
        for kind in ("edited", "unrelated"):
            compare(length, max(20, 100_000 // length), kind)


if __name__ == "__main__":
    main()
