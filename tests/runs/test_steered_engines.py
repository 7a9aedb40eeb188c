"""Steering from another process: engines that answer, that are killed, and that are not there."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest

from promptopt.errors import InputError
from promptopt.runs import control
from promptopt.runs.asking import wait_for_answer
from promptopt.runs.commands import (
    Add,
    AnyCommand,
    Pause,
    Remark,
    SetConcurrency,
    SetLimit,
    Stop,
    Unpause,
    Veto,
)
from promptopt.runs.events import (
    Answer,
    CandidateOffered,
    CandidateVetoed,
    CommandRefused,
    ConcurrencyChanged,
    EngineStarted,
    LimitChanged,
    Noted,
    Paused,
    StopRequested,
)
from promptopt.runs.paths import lock_path
from promptopt.runs.store import Store

from ..llm.endpoint import Answer as Reply
from ..llm.endpoint import Endpoint, Received, plural
from ..workspace import Workspace, wait_until
from .outcomes import stored_responses
from .steered import came_to, has_scores, steered

SLOW = {"spec": "scripted:plural?delay=0.01", "concurrency": 3}
METHOD = {"proposals": 8, "resample_rounds": 1, "variations": 2}
MINE = "Give the plural form of the noun, as in a dictionary."

KINDS: list[tuple[AnyCommand, type[Answer]]] = [
    (Add(MINE), CandidateOffered),
    (Add(MINE, parent=1), CandidateOffered),
    (Veto(1), CandidateVetoed),
    (SetLimit("max_calls", 70), LimitChanged),
    (SetLimit("max_calls", 5), LimitChanged),
    (SetConcurrency(7), ConcurrencyChanged),
    (Remark("look here", 2), Noted),
]


def answered(store: Store, run_id: str, command: AnyCommand) -> Answer:
    """Steer a run, and see that the answer comes within a second."""
    asked = time.monotonic()
    number = control.steer(store, run_id, command)
    answer = wait_for_answer(store, run_id, number)
    assert time.monotonic() - asked < 1
    assert answer.command == number
    return answer


@pytest.mark.parametrize("state", ["at work", "paused", "waiting for the endpoint"])
def test_everything_is_answered_within_a_second(workspace: Workspace, state: str) -> None:
    held = threading.Event()

    def holds(received: Received) -> Reply:
        if len(endpoint.requests) > 30:
            held.wait(0.02 if state == "at work" else 30)
        return plural(received)

    with Endpoint(holds) as endpoint:
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 2}
        config = workspace.config(model, task={"dev": 30}, method={"proposals": 30})
        run_id = control.start(store, config)
        wait_until(lambda: stored_responses(store, run_id) >= 29)
        if state == "paused":
            assert isinstance(answered(store, run_id, Pause()), Paused)
            held.set()
            wait_until(lambda: store.state(run_id).usage.in_flight == 0)
        for command, kind in KINDS:
            if command == Add(MINE, parent=1) or isinstance(command, SetLimit):
                continue
            assert isinstance(answered(store, run_id, command), kind), command
        assert isinstance(answered(store, run_id, SetLimit("max_calls", 900)), LimitChanged)
        assert isinstance(answered(store, run_id, Veto(99)), CommandRefused)
        assert isinstance(answered(store, run_id, Stop()), StopRequested)
        if state == "waiting for the endpoint":
            refused = answered(store, run_id, Pause())
            assert isinstance(refused, CommandRefused)
            assert refused.reason == "the run is stopping"
        held.set()
        assert workspace.wait_until_over(store, run_id) == "stopped"


@pytest.mark.parametrize("method", ["ape", "gpo"])
@pytest.mark.parametrize(("command", "kind"), KINDS)
async def test_killed_right_after_it_was_steered(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    command: AnyCommand,
    kind: type[Answer],
) -> None:
    """It comes to the same as a run that was steered in that stage and never killed."""
    tables: dict[str, Any] = {"method": METHOD}
    if method == "gpo":
        from .test_steering import gpo_config

        config = gpo_config(workspace)
        import msgspec

        slow = msgspec.structs.replace(config.task_model, **SLOW)
        fast, config = config, msgspec.structs.replace(config, task_model=slow)
    else:
        fast, config = workspace.config(**tables), workspace.config(SLOW, **tables)
    store = workspace.store()
    run_id = control.start(store, config)
    wait_until(lambda: has_scores(store.state(run_id)))
    answer = answered(store, run_id, command)
    workspace.kill_engine(store, run_id)
    assert isinstance(answer, kind)
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    if isinstance(command, SetLimit):
        # What was under way is lost and counts, so that less is left than it would have been.
        assert store.calls_sent(run_id) <= int(store.state(run_id).limits["max_calls"] or 0)
        return
    stage = getattr(answer, "stage", 1)
    whole = await steered(store, fast, monkeypatch, {}, {stage: [command]})
    mine, other = came_to(store, run_id), came_to(store, whole)
    for name in ("candidates", "scores", "winner", "predictions"):
        assert mine[name] == other[name]


def test_an_engine_that_died_is_steered_all_the_same(workspace: Workspace) -> None:
    """What needs no engine is answered at once, and the next engine goes by it."""
    store = workspace.store()
    run_id = control.start(store, workspace.config(SLOW, method=METHOD))
    wait_until(lambda: len(store.state(run_id).candidates) > 4)
    workspace.kill_engine(store, run_id)
    left_behind = store.send_command(run_id, Stop())
    late = store.send_command(run_id, Veto(2))
    for command, kind in KINDS:
        if command != SetLimit("max_calls", 5):
            answer = store.answer(run_id, control.steer(store, run_id, command))
            expected = CommandRefused if command == Add(MINE, parent=1) else kind
            assert isinstance(answer, expected), command
    assert isinstance(store.answer(run_id, late), CandidateVetoed)
    assert store.answer(run_id, left_behind) is None
    assert store.is_taken(left_behind)
    for command in (Pause(), Unpause(), Stop()):
        with pytest.raises(InputError, match="is not at work, so there is nothing to"):
            control.steer(store, run_id, command)
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    state = store.state(run_id)
    assert [each.text for each in state.candidates.values() if each.operation == "person"] == [MINE]
    assert {each.id for each in state.candidates.values() if each.status == "vetoed"} == {1, 2}
    assert state.winner not in (1, 2)
    assert store.calls_sent(run_id) <= 70
    assert state.concurrency == 7


def test_what_an_engine_left_untaken_the_next_one_takes(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.start(store, workspace.config(SLOW, method=METHOD))
    wait_until(lambda: len(store.state(run_id).candidates) > 4)
    workspace.kill_engine(store, run_id)
    asked = [store.send_command(run_id, each) for each in (Pause(), Veto(1), Stop(), Veto(2))]
    control.resume(store, run_id)
    assert workspace.wait_until_over(store, run_id) == "done"
    answers = [store.answer(run_id, number) for number in asked]
    assert [type(each) for each in answers] == [
        *(type(None), CandidateVetoed, type(None), CandidateVetoed)
    ]


def test_more_at_once_from_now_on(workspace: Workspace) -> None:
    """Concurrency is raised, and lowered, while calls are under way."""
    gate = threading.Event()

    def waits(received: Received) -> Reply:
        gate.wait(0.02)
        return plural(received)

    with Endpoint(waits) as endpoint:
        store = workspace.store()
        model = {"spec": "openai:m", "base_url": endpoint.url, "concurrency": 1}
        config = workspace.config(model, task={"dev": 30}, method={"proposals": 40})
        run_id = control.start(store, config)
        wait_until(lambda: len(endpoint.requests) > 5)
        assert endpoint.most_at_once == 1
        assert isinstance(answered(store, run_id, SetConcurrency(6)), ConcurrencyChanged)
        wait_until(lambda: endpoint.most_at_once == 6)
        assert isinstance(answered(store, run_id, SetConcurrency(2)), ConcurrencyChanged)
        wait_until(lambda: store.state(run_id).usage.in_flight <= 2)
        endpoint.most_at_once = 0
        seen = len(endpoint.requests)
        wait_until(lambda: len(endpoint.requests) > seen + 10)
        assert endpoint.most_at_once <= 3  # one may have been open since before
        # The next engine goes on as it was told.
        workspace.kill_engine(store, run_id)
        wait_until(lambda: endpoint._open == 0)
        endpoint.most_at_once = 0
        control.resume(store, run_id)
        seen = len(endpoint.requests)
        wait_until(lambda: len(endpoint.requests) > seen + 10)
        assert endpoint.most_at_once == 2
        gate.set()
        assert workspace.wait_until_over(store, run_id) == "done"


def test_the_lock_of_a_dead_engine_is_taken_over(workspace: Workspace) -> None:
    """Even where its process number belongs to somebody who lives."""
    store = workspace.store()
    run_id = control.start(store, workspace.config(SLOW, method=METHOD))
    wait_until(lambda: stored_responses(store, run_id) >= 3)
    workspace.kill_engine(store, run_id)
    lock = lock_path(store.path, run_id)
    assert lock.exists()
    lock.write_text(f"{os.getpid()}\n")
    store.append_event(run_id, EngineStarted(os.getpid(), 2, "1"))
    assert not control.is_alive(store, run_id)
    assert control.shown_status(store.state(run_id), alive=False) == "interrupted"
    control.resume(store, run_id)
    assert store.state(run_id).pid == workspace.engine_pid(store, run_id) != os.getpid()
    assert workspace.wait_until_over(store, run_id) == "done"


def test_two_that_resume_at_once_start_one_engine(workspace: Workspace) -> None:
    store = workspace.store()
    run_id = control.start(store, workspace.config(SLOW, method=METHOD))
    wait_until(lambda: stored_responses(store, run_id) >= 3)
    workspace.kill_engine(store, run_id)
    asked = [workspace.begin("resume", run_id, "--detach") for _ in range(3)]
    for each in asked:
        each.wait(30)
    assert workspace.wait_until_over(store, run_id) == "done"
    started = [e for e in store.events(run_id) if isinstance(e.event, EngineStarted)]
    assert len(started) == 2
