"""Ctrl-C inside one giant row."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

LATEST = 0.5
"""Seconds from the signal to the exception, on a machine that does other things too; alone it takes
some 0.02."""

CALLS = {
    "normalize": (
        "texts = ['é, ' * 30_000_000] * 3; normalize(texts[:1], 'none')",
        "normalize(texts, 'gpo')",
    ),
    "normalize marks": ("texts = ['.' * 100_000_000] * 3", "normalize(texts, 'gpo')"),
    "squad": ("texts = ['the cat ' * 20_000_000] * 9", "normalize(texts, 'squad')"),
    "one sentence": ("texts = ['a.b ' * 30_000_000] * 9", "normalize(texts, 'ape')"),
    "published": (
        "texts = ['é, b ' * 20_000_000] * 9; normalize(texts[:1], 'none')",
        "normalize(texts, 'ape_reference')",
    ),
    "References": ("rows = [['a-b, c, d.e, f, g, h-i'] * 8_000_000]", "References(rows, 'ape')"),
    "many answers": (
        "refs = References([['a b'] * 2_000_000], 'none')",
        "score(['b a'] * 99, refs, 'rouge_l', rows=[0] * 99)",
    ),
    "a long answer": (
        "refs = References([[' '.join(map(str, range(15_000_000)))]], 'none')",
        "score(['w'], refs, 'token_f1', rows=[0])",
    ),
    "token_f1": (
        "refs = References([['a b c']], 'none'); texts = ['a b ' * 40_000_000] * 9",
        "score(texts, refs, 'token_f1', rows=[0] * 9)",
    ),
    "contains": (
        "refs = References([['a']], 'none'); texts = ['a' * 100_000_000] * 9",
        "score(texts, refs, 'contains', rows=[0] * 9)",
    ),
    "rouge_l": (
        "words = [str(n) for n in range(300_000)];"
        "refs = References([[' '.join(words)]], 'none'); texts = [' '.join(words[::-1])]",
        "score(texts, refs, 'rouge_l')",
    ),
    "dyck": (
        "refs = References([[')']], 'none'); texts = ['( ' * 80_000_000] * 9",
        "score(texts, refs, 'dyck', rows=[0] * 9)",
    ),
    "word_sorting": (
        "refs = References([['a']], 'none'); texts = ['1.\\n' * 30_000_000] * 9",
        "score(texts, refs, 'word_sorting', rows=[0] * 9)",
    ),
}

PROGRAM = """
import sys
from promptopt._core import References, normalize, score
exec(sys.argv[1])
print("go", flush=True)
try:
    {call}
    print("finished", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal of POSIX")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("threads", ["alone", "two"])
def test_ctrl_c_ends_a_call_within_a_row(name: str, threads: str) -> None:
    """Left alone, each call would take seconds. What CPython does when the UTF-8 form of a text
    beyond ASCII is first asked for can't be interrupted, and is done before."""
    setup, call = CALLS[name]
    if threads == "two":
        if not call.startswith("score"):
            pytest.skip("takes no number of threads")
        call = f"{call[:-1]}, threads=2)"
    program = PROGRAM.replace("{call}", call)
    process = subprocess.Popen(
        [sys.executable, "-c", program, setup], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(0.4)
        start = time.perf_counter()
        process.send_signal(signal.SIGINT)
        answer = process.stdout.readline()
        latency = time.perf_counter() - start
        process.kill()
    assert answer == "interrupted\n"
    assert latency < LATEST
