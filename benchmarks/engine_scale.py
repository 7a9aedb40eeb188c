"""What 200,000 calls do to an engine: its memory, its disk, and how it flies through them again.

    python -m benchmarks.engine_scale [CALLS] [CONCURRENCY]

A whole run, by an engine process as `promptopt run` starts it, against an endpoint that answers
at once. Its resident memory is read after a tenth of the calls and at the end. Then the finished
run is carried out again, and once more after the last tenth of its replies was taken away, as
after a kill; nothing that is stored may be asked again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.engine_endpoint import endpoint
from promptopt.runs import control
from promptopt.runs.config import RunConfig, config_from_dict
from promptopt.runs.events import EngineStarted, RunEnded
from promptopt.runs.store import Store

DEV = 1_000


def config(url: str, data: Path, calls: int, concurrency: int) -> RunConfig:
    """APE with so many proposals that scoring all of them on all of dev makes the calls."""
    proposals = max(1, round(calls / DEV) - 1)
    return config_from_dict(
        {
            "task": {"source": str(data), "train": 20, "dev": DEV, "test": 10},
            "method": {"proposals": proposals, "finalists": proposals + 1, "subset": DEV},
            "task_model": {"spec": "openai:m", "base_url": url, "concurrency": concurrency},
            "optimizer_model": {"spec": "openai:writer", "base_url": url},
        },
        "the benchmark",
    )


def write_data(path: Path) -> Path:
    lines = [f"cat number {number},cats" for number in range(DEV + 30)]
    path.write_text("\n".join(["input,output", *lines, ""]), encoding="utf-8")
    return path


def pid_of(store: Store, run_id: str) -> int:
    events = [each.event for each in store.events(run_id)]
    return [each.pid for each in events if isinstance(each, EngineStarted)][-1]


def resident(pid: int) -> float:
    """Megabytes of a process that are in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def until(happened: Callable[[], bool]) -> None:
    while not happened():
        time.sleep(0.1)


def replay(store: Store, run_id: str, name: str) -> None:
    """Carry the run out again, and say how quick that was."""
    before = store.spent(run_id)
    stored = int(store._rows("SELECT count(*) FROM responses WHERE run_id = ?", run_id)[0][0])
    start = time.perf_counter()
    control.launch(store, run_id)
    until(lambda: not control.is_alive(store, run_id))
    seconds = time.perf_counter() - start
    sent = store.spent(run_id).calls - before.calls
    state = store.state(run_id)
    if state.status != "done":
        raise RuntimeError(f"the run is {state.status}: {state.reason}")
    print(
        f"{name}: {stored} stored replies in {seconds:.1f} s, start and end of the process "
        f"included, {stored / seconds:.0f} a second; {sent} calls sent",
        flush=True,
    )


def main() -> None:
    given = sys.argv[1:]
    calls, concurrency = map(int, (*given, *("200000", "64")[len(given) :]))
    with endpoint() as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PROMPTOPT_HOME"] = str(folder / "home")
        wanted = config(url, write_data(folder / "data.csv"), calls, concurrency)
        with Store(folder / "home" / "promptopt.db") as store:
            empty = store.path.stat().st_size
            run_id = control.create(store, wanted)
            start = time.perf_counter()
            control.launch(store, run_id)
            pid = pid_of(store, run_id)
            for share in (0.1, 0.25, 0.5, 0.75, 0.98):
                until(
                    lambda share=share: (
                        store.calls_sent(run_id) >= share * calls  # type: ignore[misc]
                        or not control.is_alive(store, run_id)
                    )
                )
                print(f"{share * calls:8.0f} calls: {resident(pid):6.1f} MB resident", flush=True)
            until(lambda: not control.is_alive(store, run_id))
            seconds = time.perf_counter() - start
            sent = store.calls_sent(run_id)
            print(f"{sent} calls in {seconds:.0f} s, {sent / seconds:.0f} a second")
            (ended,) = [
                each.event for each in store.events(run_id) if isinstance(each.event, RunEnded)
            ]
            print(f"the run is {ended.status} {ended.reason}")
            count = int(store._rows("SELECT count(*) FROM predictions")[0][0])
            size = sum(path.stat().st_size for path in store.path.parent.glob("promptopt.db*"))
            each = (size - empty) / count
            print(f"{count} predictions and all else: {size / 1e6:.1f} MB on disk,", end=" ")
            print(f"{each * 1e5 / 1e6:.1f} MB for 100,000")
            replay(store, run_id, "again")
            with store.transaction():
                store._db.execute(
                    "DELETE FROM predictions WHERE response IN "
                    "(SELECT id FROM responses ORDER BY id DESC LIMIT ?)",
                    (calls // 10,),
                )
                store._db.execute(
                    "DELETE FROM responses WHERE id IN "
                    "(SELECT id FROM responses ORDER BY id DESC LIMIT ?)",
                    (calls // 10,),
                )
            replay(store, run_id, "after the loss of a tenth")


if __name__ == "__main__":
    main()
