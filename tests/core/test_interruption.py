"""Ctrl-C in the middle of a call, also of one huge row, as a terminal sends it.

Each call is made in a process of its own: where the collector of this one calls Hypothesis back, an
exception of a signal's handler is lost, and the call would go on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

LATEST = 0.5
"""Seconds from the signal to the end of the call, on a machine that does other things too; alone it
takes some 0.02."""

ONE_ROW = {
    "normalize": ("texts = ['é, ' * 30_000_000] * 3", "core.normalize(texts, 'gpo')"),
    "normalize marks": ("texts = ['.' * 100_000_000] * 3", "core.normalize(texts, 'gpo')"),
    "normalize, squad": (
        "texts = ['the cat ' * 20_000_000] * 9",
        "core.normalize(texts, 'squad')",
    ),
    "normalize one sentence": (
        "texts = ['a.b ' * 30_000_000] * 9",
        "core.normalize(texts, 'ape')",
    ),
    "normalize as published": (
        "texts = ['é, b ' * 20_000_000] * 9",
        "core.normalize(texts, 'ape_reference')",
    ),
    "References": (
        "rows = [['a-b, c, d.e, f, g, h-i'] * 8_000_000]",
        "core.References(rows, 'ape')",
    ),
    "many answers": (
        "refs = core.References([['a b'] * 2_000_000], 'none')",
        "core.score(['b a'] * 99, refs, 'rouge_l', rows=[0] * 99)",
    ),
    "a long answer": (
        "refs = core.References([[' '.join(map(str, range(15_000_000)))]], 'none')",
        "core.score(['w'], refs, 'token_f1', rows=[0])",
    ),
    "token_f1": (
        "refs = core.References([['a b c']], 'none'); texts = ['a b ' * 40_000_000] * 9",
        "core.score(texts, refs, 'token_f1', rows=[0] * 9)",
    ),
    "contains": (
        "refs = core.References([['a']], 'none'); texts = ['a' * 100_000_000] * 9",
        "core.score(texts, refs, 'contains', rows=[0] * 9)",
    ),
    "rouge_l": (
        "words = [str(n) for n in range(300_000)];"
        "refs = core.References([[' '.join(words)]], 'none'); texts = [' '.join(words[::-1])]",
        "core.score(texts, refs, 'rouge_l')",
    ),
    "rouge_l_reference": (
        "words = [str(n) for n in range(60_000)];"
        "refs = core.References([[' '.join(words)]], 'none'); texts = [' '.join(words[::-1])]",
        "core.score(texts, refs, 'rouge_l_reference')",
    ),
    "rouge_l_reference, many sentences": (
        "refs = core.References([['. '.join(map(str, range(100_000)))]], 'none');"
        "texts = ['. '.join(map(str, range(100_000)))]",
        "core.score(texts, refs, 'rouge_l_reference')",
    ),
    "dyck": (
        "refs = core.References([[')']], 'none'); texts = ['( ' * 80_000_000] * 9",
        "core.score(texts, refs, 'dyck', rows=[0] * 9)",
    ),
    "word_sorting": (
        "refs = core.References([['a']], 'none'); texts = ['1.\\n' * 30_000_000] * 9",
        "core.score(texts, refs, 'word_sorting', rows=[0] * 9)",
    ),
    "extract_choice": (
        "text = 'London or Paris, I would say; ' * 50_000_000",
        "core.extract_choice(text, ['Paris', 'London'])",
    ),
    "score_choices": (
        "choices = core.Choices([['Paris', 'London']], [[0]]);"
        "texts = ['London or Paris, I would say; ' * 5_000_000] * 9",
        "core.score_choices(texts, choices, rows=[0] * 9)",
    ),
    **{
        f"extract {kind}, {variant}": (
            f"texts = [{text!r} * (200_000_000 // {len(text)})] * 9",
            f"core.extract_answers(texts, {kind!r}, variant={variant!r})",
        )
        for kind, text in (
            ("number", "one 5 and -7 as well as two "),
            ("boolean", "maybe it is so, or not "),
            ("multiple_choice", "so (A) or B, I would say; "),
        )
        for variant in ("default", "reference")
    },
}

MANY_ROWS = {
    "normalize": ("texts = [words] * 200_000", "core.normalize(texts)"),
    "References": ("rows = [[words]] * 200_000", "core.References(rows)"),
    "token_f1": (
        "refs = core.References([[words]]); rows = [0] * 400_000; texts = [words] * len(rows)",
        "core.score(texts, refs, 'token_f1', rows=rows)",
    ),
    "levenshtein_many": (
        "texts = [others] * 200_000",
        "core.levenshtein_many(words, texts)",
    ),
    "levenshtein_cdist": (
        "ours, theirs = [words] * 2_000, [others] * 2_000",
        "core.levenshtein_cdist(ours, theirs)",
    ),
}

A_AND_B = """
a = " ".join(f"w{n * 7919 % 9973}" for n in range(400_000))
b = " ".join(f"w{n * 6151 % 9967}" for n in range(400_000))
"""
HUGE = "huge = 'w ' * 50_000_000"
EDIT_DISTANCE = {
    "levenshtein": (A_AND_B, "core.levenshtein(a, b)"),
    "levenshtein, cut-off": (A_AND_B, "core.levenshtein(a, b, score_cutoff=150_000)"),
    "levenshtein, many words": (HUGE, "core.levenshtein(huge, huge)"),
    "levenshtein_many, one": (A_AND_B, "core.levenshtein_many(a, [b])"),
    "levenshtein_many, some": (A_AND_B, "core.levenshtein_many(a, [b] * 70)"),
    "within_budget": (A_AND_B, "core.within_budget(a, [b], 10**6)"),
    "levenshtein_cdist, one": (A_AND_B, "core.levenshtein_cdist([a], [b])"),
    "levenshtein_cdist, two threads": (
        A_AND_B,
        "core.levenshtein_cdist([a, b], [a, b], threads=2)",
    ),
    "editops": (A_AND_B, "core.editops(a, b)"),
}

SEARCH = """
table = numpy.full((20_000, 500), 0.5)
selection = core.Selection.ucb(20_000, 500, 10_000_000)
"""
RANDOM = "a, b = numpy.random.default_rng(1)"
SELECTION = {
    "simulate, one seed": (SEARCH, "selection.simulate(table, [1], threads=1)"),
    "simulate, two threads": (SEARCH, "selection.simulate(table, [1, 2], threads=2)"),
    "replay": (SEARCH, "selection.replay(table)"),
    "pareto_front": (
        "table = numpy.random.default_rng(1).random((100_000, 8))",
        "core.pareto_front(table)",
    ),
    "bootstrap, few long resamples": (
        f"{RANDOM}.random((2, 5_000_000))",
        "core.paired_bootstrap(a, b, n_resamples=64_000, threads=1)",
    ),
    "bootstrap, many short resamples": (
        f"{RANDOM}.random((2, 1_000))",
        "core.paired_bootstrap(a, b, n_resamples=10_000_000, threads=2)",
    ),
    "bootstrap by counts": (
        f"{RANDOM}.integers(0, 9, (2, 1_000)) * 1.0",
        "core.paired_bootstrap(a, b, n_resamples=10_000_000, threads=1)",
    ),
}

PROGRAM = """
import sys, time
import numpy
from promptopt import _core as core
words = " ".join(f"w{n % 977}" for n in range(5_000))
others = " ".join(f"w{n % 983}" for n in range(5_000))
setup, call = sys.argv[1:]
exec(setup)
# What CPython does when the UTF-8 form of a text beyond ASCII is first asked for can't be stopped.
if "texts" in globals():
    core.score(texts[:1], core.References([["a"]], "none"), "exact_match")
call = compile(call, "call", "eval")
print("begins", flush=True)
try:
    eval(call)
    print("finished", flush=True)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""


def latency(setup: str, call: str) -> float:
    """Seconds from the signal until the exception came."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, setup, call], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "begins\n"
            time.sleep(0.2)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            answer = process.stdout.readline()
        finally:
            process.kill()
    assert answer not in ("finished\n", "")
    return float(answer) - sent


ALL = {
    f"{kind}: {name}": call
    for kind, calls in {
        "one row": ONE_ROW,
        "many rows": MANY_ROWS,
        "edit distance": EDIT_DISTANCE,
        "selection": SELECTION,
    }.items()
    for name, call in calls.items()
}
TAKES_THREADS = [name for name, call in ALL.items() if "core.score(" in call[1]]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal of POSIX and its clock")
@pytest.mark.parametrize("name", ALL)
def test_ctrl_c_ends_a_call(name: str) -> None:
    """Left alone, each would take a second at least."""
    assert latency(*ALL[name]) < LATEST


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal of POSIX and its clock")
@pytest.mark.parametrize("name", TAKES_THREADS)
def test_ctrl_c_ends_a_call_of_two_threads(name: str) -> None:
    setup, call = ALL[name]
    assert latency(setup, f"{call[:-1]}, threads=2)") < LATEST
