"""How long a score takes, compared with the published evaluation's way of computing it in Python.

    python benchmarks/core_scoring.py

Prints nanoseconds of processor time per prediction, the median of five runs, for short
predictions (some 6 words) and long ones (some 45). Against the published form, "ape_reference",
both sides compute the same scores, which is checked first; for the others the comparison is with
the published form too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np

from promptopt._core import (
    Choices,
    References,
    extract_choice,
    normalize,
    score,
    score_choices,
)
from tests.core import reference, reference_choices

NORMALIZERS: list[reference.Normalizer] = ["ape_reference", "ape", "squad"]
METRICS: list[reference.Metric] = ["exact_match", "token_f1", "exact_set", "contains"]
SYLLABLES = ["ba", "con", "de", "er", "fi", "gra", "ho", "in", "ka", "lo", "ment", "no", "ri", "su"]


def seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return median(times)


def sentence(generator: random.Random, words: int) -> str:
    made = ["".join(generator.choices(SYLLABLES, k=generator.randint(1, 3))) for _ in range(words)]
    text = " ".join(made).capitalize()
    return text.replace(" ", ", ", generator.randint(0, 2)) + generator.choice(["", ".", "!"])


def rows(count: int, words: int) -> tuple[list[str], list[list[str]]]:
    """Predictions, and one to three answers for each, of which one may be what was predicted."""
    generator = random.Random(f"{count} {words}")
    predictions = [sentence(generator, generator.randint(words // 2, words)) for _ in range(count)]
    answers = [
        [
            generator.choice([prediction.lower(), sentence(generator, words)])
            for _ in range(generator.randint(1, 3))
        ]
        for prediction in predictions
    ]
    return predictions, answers


def report(name: str, count: int, ours: float, peer_count: int, peer: float) -> None:
    per_row, per_row_peer = ours / count * 1e9, peer / peer_count * 1e9
    ratio = per_row_peer / per_row
    print(f"{name:34} {per_row:9.0f} ns {per_row_peer:11.0f} ns {ratio:8.1f}x")


def each(plain: Callable[[str], str], texts: list[str]) -> list[str]:
    return [plain(text) for text in texts]


def compare_metrics(name: str, words: int) -> None:
    """As in a run: the predictions of many candidates on the same 500 examples."""
    predictions, answers = rows(500, words)
    all_predictions, all_rows = predictions * 40, list(range(500)) * 40
    for normalizer in NORMALIZERS[:2]:
        references = References(answers, normalizer)
        for metric in METRICS:

            def plain(metric: reference.Metric = metric) -> list[float]:
                pairs = zip(predictions, answers, strict=True)
                return [reference.score(p, a, metric, "ape_reference") for p, a in pairs]

            def ours(
                references: References = references, metric: reference.Metric = metric
            ) -> object:
                return score(all_predictions, references, metric, rows=all_rows, threads=1)

            if normalizer == "ape_reference":
                assert np.array_equal(score(predictions, references, metric), np.array(plain()))
            label = f"{metric}, {name}, {normalizer}"
            report(label, len(all_rows), seconds(ours), 500, seconds(plain))


def compare_normalizers(count: int) -> None:
    predictions, _ = rows(count, 60)
    few = predictions[: count // 20]
    for normalizer in NORMALIZERS:
        plain = reference.NORMALIZERS["ape_reference" if normalizer == "ape" else normalizer]
        ours = seconds(partial(normalize, predictions, normalizer))
        peer = seconds(partial(each, plain, few))
        report(f"normalize, long, {normalizer}", count, ours, len(few), peer)


def compare_choices(count: int) -> None:
    generator = random.Random("choices")
    options = [[sentence(generator, 3) for _ in range(4)] for _ in range(count)]
    predictions = [
        f"{sentence(generator, 20)} So the answer is ({generator.choice('ABCD')})."
        for _ in range(count)
    ]
    few = max(200, count // 20)
    choices = Choices(options, [[0]] * count)
    plain = [
        reference_choices.extract_choice(p, c)
        for p, c in zip(predictions[:few], options[:few], strict=True)
    ]
    assert plain == [extract_choice(p, c) for p, c in zip(predictions, options[:few], strict=False)]
    ours = seconds(lambda: score_choices(predictions, choices))
    peer = seconds(
        lambda: [
            reference_choices.extract_choice(p, c)
            for p, c in zip(predictions[:few], options[:few], strict=True)
        ]
    )
    report("multiple choice, long", count, ours, few, peer)


def main() -> None:
    print(f"{'':34} {'promptopt':>12} {'plain Python':>14}")
    compare_metrics("short", 8)
    compare_metrics("long", 60)
    compare_normalizers(20_000)
    compare_choices(20_000)


if __name__ == "__main__":
    main()
