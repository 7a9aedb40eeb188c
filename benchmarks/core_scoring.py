"""How long scoring takes, beside what people use today, in one run on the same data.

    python benchmarks/core_scoring.py DATA [PART ...]

DATA is a folder of JSON files of the form of BIG-Bench Hard, whose words the texts are drawn from.
The parts:

- metrics: against the published evaluation's own Python, restated step for step in
  `published_ape.py`; both compute the same scores, which is checked first.
- polars: exact match against expressions of polars, on one thread.
- arrow: texts in an Arrow array or NumPy array instead of a list.
- normalizers, choices: against the plain Python of the tests.
- threads: two threads against one, by the clock, taking turns.
- memory: what a call takes beyond its arguments, beside the size of the texts.

Times are of the processor and one thread where nothing else is said, per pair, medians of five runs
over 200,000 pairs, from Python's objects in to a NumPy array out. References are prepared before,
as in a run, where every candidate is scored against them again, except where a row says that they
are prepared in the call. The peers have no such thing to prepare; where they are slow they get the
first pairs.

A short pair has some 47 bytes: a prediction and on average 1.75 answers, of some three words each.
A long pair has some 660 bytes: a prediction and an answer of 60 words. A long text is one sentence:
the published normalisation cuts at the first period, and would leave little to compare.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # read when polars is imported

import numpy as np
import published_ape
from measure import passage, report, seconds, words_of

from promptopt._core import Choices, References, extract_choice, normalize, score, score_choices
from tests.core import reference, reference_choices

PAIRS = 200_000
PEER_PAIRS = {"exact_match": 20_000, "token_f1": 20_000, "exact_set": 20_000, "contains": 2_000}
GOALS = {"exact_match": (30, 25), "token_f1": (55, 25), "exact_set": None, "contains": (150, 400)}
SIZES = ("short", "long")


def pairs(words: list[str], size: str) -> tuple[list[str], list[list[str]]]:
    """Predictions and their answers, of which one in three is what was predicted."""
    generator = random.Random(size)
    sentence = [word for word in (word.replace(".", "") for word in words) if word]

    def text() -> str:
        if size == "short":
            return passage(generator, sentence, 2, 4)
        return passage(generator, sentence, 60, 60)

    counts = [1, 2, 2, 2] if size == "short" else [1]
    predictions = [text() for _ in range(PAIRS)]
    answers = [
        [
            prediction.lower() if generator.random() < 0.3 else text()
            for _ in range(generator.choice(counts))
        ]
        for prediction in predictions
    ]
    return predictions, answers


def metrics(words: list[str]) -> None:
    for place, size in enumerate(SIZES):
        predictions, answers = pairs(words, size)
        total = sum(len(text) for row in answers for text in row) + sum(map(len, predictions))
        print(f"{size}: {total / PAIRS:.0f} bytes, {sum(map(len, answers)) / PAIRS:.2f} answers")
        references = References(answers, "ape_reference")
        for metric, goals in GOALS.items():
            few = PEER_PAIRS[metric]

            def ours(metric: Any = metric) -> Any:
                return score(predictions, references, metric, threads=1)

            def peer(metric: str = metric, few: int = few) -> list[float]:
                one = published_ape.METRICS[metric]
                return [one(p, a) for p, a in zip(predictions[:few], answers[:few], strict=True)]

            assert ours()[:few].tolist() == peer()
            goal = goals[place] if goals else None
            report(f"{metric}, {size}", seconds(ours) / PAIRS, seconds(peer) / few, goal)
            if metric == "exact_match":
                whole = seconds(
                    lambda: score(
                        predictions, References(answers, "ape_reference"), "exact_match", threads=1
                    )
                )
                name = f"{metric}, {size}, references in the call"
                report(name, whole / PAIRS, seconds(peer) / few)


def polars(words: list[str]) -> None:
    import polars as pl

    def normalized(text: pl.Expr) -> pl.Expr:
        for copied in (" and ", "Sentence 1:", "Sentence 2:"):
            text = text.str.replace_all(copied, " ", literal=True)
        # One cut is quicker than two splits, and the first of the two marks decides.
        sentence = text.str.strip_chars().str.replace(r"(?s)[\n.].*", "")
        spaced = sentence.str.to_lowercase().str.replace_all("-", " ", literal=True)
        return spaced.str.replace_all(r"[!-/:-@\[-`{-~]", "")

    def best(frame: pl.DataFrame, answer: pl.Expr) -> Any:
        scored = frame.with_columns(normalized(pl.col("prediction")))
        scored = scored.explode("answers", empty_as_null=True)
        scored = scored.select("row", right=pl.col("prediction") == answer)
        # Rows are together and in order, so that a sorted group is all it takes.
        scored = scored.with_columns(pl.col("row").set_sorted())
        grouped = scored.group_by("row", maintain_order=True).agg(pl.col("right").max())
        return grouped["right"].cast(pl.Float64).to_numpy()

    for size, goal in zip(SIZES, (6, 15), strict=True):
        predictions, answers = pairs(words, size)
        references = References(answers, "ape_reference")

        def ingested(predictions: Any = predictions, answers: Any = answers) -> pl.DataFrame:
            columns = {"row": range(PAIRS), "prediction": predictions, "answers": answers}
            return pl.DataFrame(columns)

        frame = ingested()
        prepared = frame.with_columns(
            frame.select("row", "answers")
            .explode("answers", empty_as_null=True)
            .with_columns(normalized(pl.col("answers")))
            .group_by("row", maintain_order=True)
            .agg("answers")["answers"]
        )

        def ours(references: Any = references, predictions: Any = predictions) -> Any:
            return score(predictions, references, "exact_match", threads=1)

        def all_of_ours(answers: Any = answers, predictions: Any = predictions) -> Any:
            return score(
                predictions, References(answers, "ape_reference"), "exact_match", threads=1
            )

        raw, ready = normalized(pl.col("answers")), pl.col("answers")
        assert np.array_equal(ours(), best(frame, raw))
        assert np.array_equal(ours(), best(prepared, ready))
        name, each = f"polars, exact match, {size}", seconds(ours) / PAIRS
        report(f"{name}, ingest excluded", each, seconds(lambda: best(frame, raw)) / PAIRS, goal)
        report(f"{name}, answers prepared", each, seconds(lambda: best(prepared, ready)) / PAIRS)
        whole = seconds(lambda: best(ingested(), raw)) / PAIRS
        report(f"{name}, ingest included", each, whole)
        report(f"{name}, all in the call", seconds(all_of_ours) / PAIRS, whole)


def arrow(words: list[str]) -> None:
    """Ours from a list beside ours from the other kinds: the ratio says what these save."""
    import pyarrow as pa

    for size in SIZES:
        predictions, answers = pairs(words, size)
        references = References(answers, "ape_reference")
        kinds = {
            "Arrow string": pa.array(predictions),
            "Arrow string view": pa.array(predictions, pa.string_view()),
            "NumPy str": np.array(predictions),
            "NumPy StringDType": np.array(predictions, np.dtypes.StringDType()),
        }

        def ours(texts: Any, references: References = references) -> Any:
            return score(texts, references, "exact_match", threads=1)

        from_list = seconds(partial(ours, predictions)) / PAIRS
        for kind, texts in kinds.items():
            assert np.array_equal(ours(texts), ours(predictions))
            ours_now = seconds(partial(ours, texts)) / PAIRS
            report(f"exact match, {size}, {kind} (list)", ours_now, from_list)
        nested = pa.array(answers)
        from_list = seconds(lambda: References(answers, "ape_reference")) / PAIRS
        from_arrow = seconds(lambda: References(nested, "ape_reference")) / PAIRS
        report(f"References, {size}, Arrow lists (lists)", from_arrow, from_list)


def threads(words: list[str]) -> None:
    """Says something only on a machine that has two idle processors."""
    for size in SIZES:
        predictions, answers = pairs(words, size)
        references = References(answers, "ape_reference")
        for metric in ("exact_match", "token_f1", "contains"):
            times: dict[int, list[float]] = {1: [], 2: []}
            for turn in range(20):
                count = 1 + turn % 2
                start = time.perf_counter()
                score(predictions, references, metric, threads=count)  # type: ignore[arg-type]
                times[count].append(time.perf_counter() - start)
            one, two = min(times[1]) / PAIRS, min(times[2]) / PAIRS
            report(f"{metric}, {size}, 2 threads (1), load {os.getloadavg()[0]:.1f}", two, one, 1.7)


MEMORY_PROGRAM = """
import json, sys
import numpy
from pathlib import Path
from promptopt._core import References, normalize, score
call, texts = sys.argv[1], json.load(sys.stdin)
others = [[text] for text in texts[1:] + texts[:1]]
references = References(others, "ape") if "score" in call else None
rows = [[text] for text in texts]
one, one_row = [" ".join(texts)], [[" ".join(texts)]]
def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
Path("/proc/self/clear_refs").write_text("5")  # the peak is what there is now
before = resident("VmRSS")
result = eval(call)
given = (one if "one" in call else texts) * (2 if "score" in call else 1)
print(resident("VmHWM") - before, sum(map(sys.getsizeof, given)))
"""


def memory(words: list[str]) -> None:
    """What a call has at its peak beyond what was there before, against the size of its texts.

    Those of the answers count too where the call scores against them.
    """
    calls = {
        "normalize": "normalize(texts)",
        "normalize, one text": "normalize(one)",
        "References": "References(rows)",
        "References, one text": "References(one_row)",
        "exact_match": "score(texts, references, 'exact_match')",
        "token_f1, first": "score(texts, references, 'token_f1')",
        "contains, first": "score(texts, references, 'contains')",
    }
    for size in SIZES:
        texts, _ = pairs(words, size)
        for name, call in calls.items():
            finished = subprocess.run(
                [sys.executable, "-c", MEMORY_PROGRAM, call],
                input=json.dumps(texts),
                capture_output=True,
                text=True,
                check=True,
            )
            taken, given = map(int, finished.stdout.split())
            ratio = taken / given
            print(f"{name}, {size}: {taken >> 20} MB, {ratio:.2f}x of {given >> 20} MB of texts")


def each(plain: Callable[[str], str], texts: list[str]) -> list[str]:
    return [plain(text) for text in texts]


def normalizers(words: list[str]) -> None:
    predictions, _ = pairs(words, "long")
    few = predictions[:2_000]
    for normalizer, plain in reference.NORMALIZERS.items():
        name: Any = normalizer
        ours = seconds(partial(normalize, predictions, name))
        report(
            f"normalize, long, {normalizer}",
            ours / PAIRS,
            seconds(partial(each, plain, few)) / 2_000,
        )


def choices(words: list[str]) -> None:
    generator = random.Random("choices")
    count, few = 20_000, 1_000
    options = [[passage(generator, words, 3, 3) for _ in range(4)] for _ in range(count)]
    predictions = [
        f"{passage(generator, words, 20, 20)} So the answer is ({generator.choice('ABCD')})."
        for _ in range(count)
    ]

    def peer() -> list[int | None]:
        asked = zip(predictions[:few], options[:few], strict=True)
        return [reference_choices.extract_choice(text, row) for text, row in asked]

    prepared = Choices(options, [[0]] * count)
    asked = zip(predictions[:few], options[:few], strict=True)
    assert peer() == [extract_choice(text, row) for text, row in asked]
    ours = seconds(lambda: score_choices(predictions, prepared))
    report("multiple choice", ours / count, seconds(peer) / few)


ALL = (metrics, polars, arrow, normalizers, choices, threads, memory)
PARTS = {part.__name__: part for part in ALL}


def main() -> None:
    folder, *names = sys.argv[1:]
    words = words_of(Path(folder))
    print(f"{'':44} {'promptopt':>14} {'peer':>14}   load {os.getloadavg()[0]:.1f}")
    for name in names or PARTS:
        PARTS[name](words)


if __name__ == "__main__":
    main()
