"""What is left behind when the workbench itself breaks."""

from __future__ import annotations

import os
import time
import traceback

from promptopt.results.visible import visible
from promptopt.runs.paths import home


def write_crash(error: BaseException | None) -> str:
    """Write the trace of an error to a file, without the values of variables.

    Returns what to tell the user: what broke, and where the trace is.
    """
    trace = "".join(traceback.format_exception(error)) if error else "no error is known\n"
    what = visible(f"{type(error).__name__}: {error}"[:300])
    folder = home() / "logs"
    path = folder / f"tui-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(trace, encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        return f"something broke in promptopt-tui ({what}); no trace could be written: {problem}"
    return f"something broke in promptopt-tui ({what}); its trace is in {visible(str(path))}"
