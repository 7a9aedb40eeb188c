"""An engine that kills itself before one of the statements that it sends to SQLite.

    python -m tests.runs.killed_engine STORE RUN NUMBER

With number 0 it lives, and prints how many statements there were and which of them write.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from pathlib import Path

from promptopt.runs import engine, schema

WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT", "ROLLBACK")

connect = schema.connect


def main(store: str, run_id: str, number: str) -> int:
    last = int(number)
    count = 0
    writes: list[int] = []

    def told(statement: str) -> None:
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
        if statement.startswith(WRITES):
            writes.append(count)

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(told)
        return connection

    schema.connect = traced
    status = engine.main([store, run_id])
    print(json.dumps({"statements": count, "writes": writes}))
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
