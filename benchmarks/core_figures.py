"""The figures of the core, each beside what people use today, in one run on the same data.

    python benchmarks/core_figures.py DATA [PART ...]

DATA is a folder of JSON files of the form of BIG-Bench Hard, whose words the texts are drawn from.
The parts are scoring, extraction, distance and selection. Times are of the processor and one
thread, medians of five runs, from Python objects in to NumPy arrays out; the two threads are
compared by the clock. The published Python of the scores is restated in `published_ape.py`, that of
answer extraction in the tests' twins; where it is slow it gets the first part of the data.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import core_scoring
import numpy as np
from measure import passage, report, seconds, words_of
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from promptopt import _core
from tests.core import reference_answers, reference_selection

PEER_PAIRS = 2_000


def scoring(words: list[str]) -> None:
    core_scoring.metrics(words)
    core_scoring.polars(words)
    core_scoring.threads(words)


def chains_of_thought(words: list[str], count: int) -> dict[str, list[str]]:
    """Texts without their answers: worked solutions that people wrote where GSM8K lies beside the
    data, and pieces of the questions, in which lists of options are cut anywhere."""
    generator = random.Random("extraction")
    texts = {"questions": [passage(generator, words, 20, 60) for _ in range(count)]}
    solved = Path(sys.argv[1]).parent / "gsm8k" / "train.jsonl"
    if solved.exists():
        lines = solved.read_text(encoding="utf-8").splitlines()[:count]
        solutions = [json.loads(line)["solution"] for line in lines]
        # Neither the marks for a calculator nor the answer are what a model would write.
        texts["solutions"] = [re.sub(r"<<.*?>>|\n####.*", "", text) for text in solutions]
    return texts


def extraction(words: list[str]) -> None:
    generator = random.Random("answers")
    ends = ["The answer is {}.", "so it is {}", "Answer: {}", "it must be {} then."]
    values = {"number": ["42", "1,250.5"], "boolean": ["Yes", "false"], "multiple_choice": ["(B)"]}
    for source, chains in chains_of_thought(words, 5_000).items():
        for kind, answers in values.items():
            texts = [
                f"{chain} {generator.choice(ends)}".replace("{}", generator.choice(answers))
                for chain in chains
            ]

            def peer(kind: str = kind, texts: list[str] = texts) -> list[str]:
                return [reference_answers.published(text, kind) for text in texts]

            for variant in ("reference", "default"):

                def ours(kind: Any = kind, texts: Any = texts, variant: Any = variant) -> Any:
                    return _core.extract_answers(texts, kind, variant=variant, threads=1)

                if variant == "reference":
                    assert ours() == peer()
                name = f"{kind}, {variant}, {source}"
                report(name, seconds(ours) / len(texts), seconds(peer) / len(texts), 16)


def distance(words: list[str]) -> None:
    generator = random.Random("distance")
    parents = [passage(generator, words, 100, 100) for _ in range(500)]
    others = [passage(generator, words, 20, 200) for _ in range(1000)]
    pairs = []
    for parent in parents:
        split = parent.split()
        for _ in range(20):
            split[generator.randrange(len(split))] = generator.choice(words)
        pairs.append((parent, " ".join(split)))

    def each(one: Callable[[str, str], object]) -> Callable[[], object]:
        return lambda: [one(a, b) for a, b in pairs]

    ours = seconds(each(_core.levenshtein))
    peer = seconds(each(lambda a, b: Levenshtein.distance(a.split(), b.split())))
    report("one pair of 100 words", ours / 500, peer / 500, 5)
    ours = seconds(each(_core.editops))
    peer = seconds(each(lambda a, b: Levenshtein.editops(a.split(), b.split())))
    report("edit operations", ours / 500, peer / 500, 5)

    def matrix(queries: list[str]) -> Any:
        split = [[text.split() for text in side] for side in (queries, others)]
        return cdist(*split, scorer=Levenshtein.distance, dtype=np.uint32)

    ours = seconds(lambda: [_core.levenshtein_many(parent, others) for parent in parents[:20]])
    peer = seconds(lambda: [matrix([parent]) for parent in parents[:20]])
    report("one parent to 1,000", ours / 20_000, peer / 20_000, 8)
    queries = [passage(generator, words, 20, 200) for _ in range(1000)]
    assert np.array_equal(_core.levenshtein_cdist(queries[:50], others), matrix(queries[:50]))
    ours = seconds(lambda: _core.levenshtein_cdist(queries, others, threads=1))
    peer = seconds(lambda: matrix(queries[:200]))
    report("1,000 x 1,000", ours / 1_000_000, peer / 200_000, 4)


def ucb_of_numpy(table: Any, rounds: int, order: Any) -> Any:
    """UCB1 as one would write it for speed: arrays of sums and roots, a partition for the best."""
    arms = len(table)
    sums, counts = np.zeros(arms), np.zeros(arms, np.int64)
    means, widths = np.full(arms, np.inf), np.zeros(arms)
    for _ in range(rounds):
        factor = np.sqrt(2 * np.log(max(1, 5 * int(counts.sum()) // 5)))
        bounds = means + factor * widths
        best = np.argpartition(-bounds, 10)[:10]
        examples = order[counts[best][:, None] + np.arange(5)]
        sums[best] += table[best[:, None], examples].sum(axis=1)
        counts[best] += 5
        means[best] = sums[best] / counts[best]
        widths[best] = 1 / np.sqrt(counts[best])
    return means


def selection(_: list[str]) -> None:
    generator = np.random.default_rng(1)
    for arms in (1_000, 10_000):
        skills = generator.uniform(0.2, 0.8, (arms, 1))
        table = (generator.random((arms, 1_000)) < skills).astype(np.float64)
        order = generator.permutation(1_000)

        def ours(table: Any = table) -> None:
            chosen = _core.Selection.ucb(
                *table.shape, 50_000, candidates_per_round=10, examples_per_round=5
            )
            chosen.replay(table)

        peer = seconds(lambda table=table, order=order: ucb_of_numpy(table, 1_000, order))
        report(f"1,000 rounds of 10, {arms} arms", seconds(ours) / 1000, peer / 1000, 10)
    bootstraps(generator)
    searches(generator)


def bootstraps(generator: np.random.Generator) -> None:
    """Beside both ways of doing it with NumPy: by drawn indices, and by drawn counts."""
    n, resamples = 1_000, 10_000
    picks = np.random.default_rng(2)

    def gathered(differences: Any) -> Any:
        indices = picks.integers(0, n, (resamples, n), np.int32)
        return np.quantile(differences[indices].mean(axis=1), [0.025, 0.975])

    def counted(differences: Any) -> Any:
        values, counts = np.unique(differences, return_counts=True)
        means = picks.multinomial(n, counts / n, resamples) @ values / n
        return np.quantile(means, [0.025, 0.975])

    graded = generator.random((2, n))
    binary = np.round(generator.random((2, n)))
    for name, (a, b), peer, goal in (
        ("bootstrap, drawn indices", graded, gathered, 8),
        ("bootstrap, binary, drawn indices", binary, gathered, 1),
        ("bootstrap, binary, drawn counts", binary, counted, 1),
    ):
        ours = seconds(lambda a=a, b=b: _core.paired_bootstrap(a, b, threads=1))
        report(name, ours, seconds(lambda a=a, b=b, peer=peer: peer(a - b)), goal)


def searches(generator: np.random.Generator) -> None:
    """A thousand whole searches with each policy over one table, by the clock, and plain Python."""
    k, n = 50, 200
    table = (generator.random((k, n)) < generator.uniform(0.2, 0.8, (k, 1))).astype(np.float64)
    budget, make = k * n // 4, _core.Selection
    filtering = {"stage": 20, "keep": 0.5, "few": 5, "complete": True}
    ucb = {"budget": budget, "exploration": 1.0, "candidates": 1, "examples": 1}
    racing = {"error": 0.05, "batch": 10, "budget": k * n}
    for kind, chosen, options in (
        ("ucb", make.ucb(k, n, budget), ucb | {"variant": "ucb1"}),
        ("ucb", make.ucb(k, n, budget, variant="ucb-e"), ucb | {"variant": "ucb-e"}),
        ("successive_halving", make.successive_halving(k, n, budget), {"divisor": 2}),
        ("successive_rejects", make.successive_rejects(k, n, budget), {}),
        ("adaptive_filter", make.adaptive_filter(k, n, 20), filtering),
        ("race", make.race(k, n, bound="hoeffding"), racing | {"bound": "hoeffding"}),
    ):
        if kind.startswith("successive"):
            options["budget"] = budget
        start = time.perf_counter()
        best, _ = chosen.simulate(table, range(1_000))
        ours = time.perf_counter() - start
        start = time.perf_counter()
        ranking, _ = reference_selection.ranking(kind, table.tolist(), 0, **options)
        peer = time.perf_counter() - start
        assert best[0] == ranking[0]
        name = f"1,000 searches, {options.get('variant', kind)}"
        print(f"{name:34} {ours:11.3f} s  {1_000 * peer:11.1f} s", flush=True)


PARTS = {part.__name__: part for part in (scoring, extraction, distance, selection)}


def main() -> None:
    folder, *names = sys.argv[1:]
    words = words_of(Path(folder))
    print(f"{'':34} {'promptopt':>14} {'peer':>14}")
    for name in names or PARTS:
        PARTS[name](words)


if __name__ == "__main__":
    main()
