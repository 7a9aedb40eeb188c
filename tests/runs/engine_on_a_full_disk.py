"""An engine that meets a full disk after so many more kilobytes.

    python -m tests.runs.engine_on_a_full_disk STORE RUN KILOBYTES HOW

"pages" lets SQLite find no room for another page; "files" lets the system refuse to make any
file longer, the write-ahead log included.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
from pathlib import Path

from promptopt.runs import engine_process, schema

connect = schema.connect


def main(store: str, run_id: str, kilobytes: str, how: str) -> int:
    room = int(kilobytes) * 1024

    def narrow(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + room // size}")
        return connection

    if how == "pages":
        schema.connect = narrow
    else:
        longest = max(each.stat().st_size for each in Path(store).parent.glob("promptopt.db*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest + room, longest + room))
    return engine_process.main([store, run_id])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
