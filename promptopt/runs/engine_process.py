"""The process that an engine lives in.

    python -m promptopt.runs.engine_process STORE RUN [ATTEMPT]

One process a run: it holds the run's lock for as long as it lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from pathlib import Path

from promptopt.errors import FullDiskError, InputError, StoreError
from promptopt.runs.engine import AGAIN, Engine
from promptopt.runs.hold import RunHold
from promptopt.runs.store import Store
from promptopt.runs.store_errors import FULL_DISK


def main(arguments: list[str]) -> int:
    """Be the engine of a run.

    Args:
        arguments: the store's file and the run; and, for one of several engines that may have been
            started at once, which attempt at the run this is to be. It is none where another one
            was quicker: that has carried the run out, or has been stopped.

    Returns:
        The exit status of the process.
    """
    collect_rarely()
    path, run_id = Path(arguments[0]), arguments[1]
    try:
        with RunHold(path, run_id) as hold, Store(path) as store:
            engine = Engine(store, run_id, check=hold.check)
            if arguments[2:] not in ([], [str(engine.attempt)]):
                print(f"another engine has taken {run_id} up", file=sys.stderr)  # noqa: T201
                return 1
            status = asyncio.run(_carry_out(engine, store, run_id, hold))
            return 0 if status in ("done", "stopped") else 1
    except (StoreError, InputError) as error:
        # Not even the end could be written: the run shows as interrupted, and can be resumed.
        # Or it is another engine's, or was deleted while this one started.
        with contextlib.suppress(OSError):  # a full disk
            print(error, file=sys.stderr)  # noqa: T201
        return FULL_DISK if isinstance(error, FullDiskError) else 1


async def _carry_out(engine: Engine, store: Store, run_id: str, hold: RunHold) -> str:
    loop = asyncio.get_running_loop()
    while True:
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, engine.request_stop)
        status = await engine.run()
        if status != AGAIN:
            return status
        engine = Engine(store, run_id, again=True, check=hold.check)


def collect_rarely() -> None:
    """Let the garbage collector look less often, and at nothing that was there at the start.

    A call makes hundreds of objects that are gone with it, and a tenth of its time went into
    looking for cycles among them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
