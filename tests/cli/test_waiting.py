"""Whoever looks at a run whose endpoint is out sees that it stands still."""

from __future__ import annotations

import json

from filelock import FileLock

from promptopt.runs import events as ev
from promptopt.runs.paths import lock_path
from promptopt.runs.store import Store

from ..results.played_run import Script, play_run
from .conftest import Command

HERE = "http://127.0.0.1:8000/v1"


def test_list_and_show_say_that_it_waits(store: Store, promptopt: Command) -> None:
    run_id = play_run(store, Script(until="filter"))
    store.append_event(run_id, ev.Warned("gone", (ev.Waiting(HERE, 26.0, 28.0),)))
    lock = lock_path(store.path, run_id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):  # as its engine would
        assert " waiting " in promptopt("list").out
        shown = promptopt("show", run_id).out
        assert f"run {run_id} waiting\n{HERE} has not answered for 2" in shown
        told = json.loads(promptopt("show", run_id, "--json").out)
        assert (told["status"], told["waiting"][0]["endpoint"]) == ("running", HERE)
        assert json.loads(promptopt("list", "--json").out)["runs"][0]["status"] == "running"
    assert " interrupted " in promptopt("list").out
    assert HERE not in promptopt("show", run_id).out
