"""What is left behind when the workbench itself breaks."""

from __future__ import annotations

import os
import sys
import time
import traceback

from promptopt.runs.paths import home


def write_crash() -> str:
    """Write the error that is being handled to a file; returns what to tell the user."""
    error = sys.exception() if sys.version_info >= (3, 11) else sys.exc_info()[1]
    trace = "".join(traceback.format_exception(error)) if error else "no error is being handled\n"
    what = f"{type(error).__name__}: {error}".split("\n", 1)[0]
    folder = home() / "logs"
    path = folder / f"tui-crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(trace, encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        return f"promptopt-tui broke down ({what}); its trace could not be written: {problem}"
    return f"promptopt-tui broke down ({what}); the trace is in {path}"
