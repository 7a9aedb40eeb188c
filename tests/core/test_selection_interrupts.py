"""Ctrl-C in the middle of a single long piece of work, as a terminal sends it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

MOST = 0.5
"""Seconds from the signal to the end of the call, on a machine with much else to do."""

CALLS = {
    "simulate, one seed": """
table = np.full((20_000, 500), 0.5)
selection = _core.Selection.ucb(20_000, 500, 10_000_000)
call = lambda: selection.simulate(table, [1], threads=1)
""",
    "simulate, two threads": """
table = np.full((20_000, 500), 0.5)
selection = _core.Selection.ucb(20_000, 500, 10_000_000)
call = lambda: selection.simulate(table, [1, 2], threads=2)
""",
    "replay": """
table = np.full((20_000, 500), 0.5)
selection = _core.Selection.ucb(20_000, 500, 10_000_000)
call = lambda: selection.replay(table)
""",
    "bootstrap, few long resamples": """
a, b = np.random.default_rng(1).random((2, 5_000_000))
call = lambda: _core.paired_bootstrap(a, b, n_resamples=64_000, threads=1)
""",
    "bootstrap, many short resamples": """
a, b = np.random.default_rng(1).random((2, 100))
call = lambda: _core.paired_bootstrap(a, b, n_resamples=50_000_000, threads=2)
""",
    "bootstrap by counts": """
a, b = np.random.default_rng(1).integers(0, 2, (2, 1_000)) * 1.0
call = lambda: _core.paired_bootstrap(a, b, n_resamples=100_000_000, threads=1)
""",
}

PROGRAM = """
import time
import numpy as np
from promptopt import _core
{call}
print("begins", flush=True)
try:
    call()
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX signal and its clock")
@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends_it(name: str) -> None:
    """Left alone, each would take many seconds."""
    program = PROGRAM.format(call=CALLS[name])
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline() == "begins\n", process.stderr.read()
            time.sleep(0.3)
            assert process.poll() is None
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            told, error = process.communicate(timeout=60)
        finally:
            process.kill()
        assert told, error
        assert float(told) - sent < MOST
