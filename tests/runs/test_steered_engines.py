"""Steering from another process: engines that answer, that are killed, and that are not there."""

from __future__ import annotations

import os
import statistics
import threading
import time

import msgspec
import pytest

from promptopt.errors import InputError
from promptopt.llm.settings import ModelSettings
from promptopt.runs import control, without_engine
from promptopt.runs.answers import Situation
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
from ..workspace import PATIENCE, Workspace, finished, wait_until
from .held import Held, at_work, model_at
from .outcomes import stored_responses
from .steered import came_to, has_scores
from .test_steering import gpo_config

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
    """Steer a run, and wait for the answer."""
    number = control.steer(store, run_id, command)
    answer = wait_for_answer(store, run_id, number)
    assert answer.command == number
    return answer


@pytest.mark.parametrize("state", ["at work", "paused", "waiting for the endpoint"])
def test_everything_is_answered_within_a_second(workspace: Workspace, state: str) -> None:
    held = threading.Event()
    seconds: list[float] = []

    def holds(received: Received) -> Reply:
        if len(endpoint.requests) > 30:
            held.wait(0.2 if state == "at work" else PATIENCE)
        return plural(received)

    def asked(command: AnyCommand) -> Answer:
        begun = time.monotonic()
        answer = answered(store, run_id, command)
        seconds.append(time.monotonic() - begun)
        return answer

    with Endpoint(holds) as endpoint:
        store = workspace.store()
        config = workspace.config(model_at(endpoint, 2), task={"dev": 30}, method={"proposals": 30})
        run_id = control.start(store, config)
        wait_until(lambda: stored_responses(store, run_id) >= 29)
        if state == "paused":
            assert isinstance(asked(Pause()), Paused)
            held.set()
            wait_until(lambda: store.state(run_id).usage.in_flight == 0)
        for command, kind in KINDS:
            if command == Add(MINE, parent=1) or isinstance(command, SetLimit):
                continue
            assert isinstance(asked(command), kind), command
        assert isinstance(asked(SetLimit("max_calls", 900)), LimitChanged)
        assert isinstance(asked(Veto(99)), CommandRefused)
        assert isinstance(asked(Stop()), StopRequested)
        if state == "waiting for the endpoint":
            refused = asked(Pause())
            assert isinstance(refused, CommandRefused)
            assert refused.reason == "the run is stopping"
        held.set()
        assert workspace.wait_until_over(store, run_id) == "stopped"
    # Each of them, but for what else this machine is doing.
    assert statistics.median(seconds) < 1


@pytest.mark.parametrize("method", ["ape", "gpo"])
@pytest.mark.parametrize(("command", "kind"), KINDS)
def test_killed_right_after_it_was_steered(
    workspace: Workspace, method: str, command: AnyCommand, kind: type[Answer]
) -> None:
    """It comes to the same as a run that was steered in that stage and never killed."""
    store = workspace.store()

    def steered(*, killed: bool) -> str:
        endpoint.behaviour = held = Held(58)
        run_id = control.start(store, config)
        wait_until(lambda: stored_responses(store, run_id) == 58)
        assert has_scores(store.state(run_id))
        assert isinstance(answered(store, run_id, command), kind)
        if killed:
            workspace.kill_engine(store, run_id)
        held.let()
        if killed:
            control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
        return run_id

    with Endpoint() as endpoint:
        here = gpo_config(workspace) if method == "gpo" else workspace.config(method=METHOD)
        config = msgspec.structs.replace(here, task_model=ModelSettings(**model_at(endpoint, 3)))
        run_id = steered(killed=True)
        if isinstance(command, SetLimit):
            # What was under way is lost and counts, so that less is left than it would have been.
            assert store.calls_sent(run_id) <= int(store.state(run_id).limits["max_calls"] or 0)
            return
        mine, other = came_to(store, run_id), came_to(store, steered(killed=False))
    for name in ("candidates", "scores", "winner", "predictions"):
        assert mine[name] == other[name]


def test_an_engine_that_died_is_steered_all_the_same(workspace: Workspace) -> None:
    """What needs no engine is answered at once, and the next engine goes by it."""
    store = workspace.store()
    with at_work(workspace, store, 20, method=METHOD) as (run_id, held):
        assert len(store.state(run_id).candidates) > 4
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
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    state = store.state(run_id)
    assert [each.text for each in state.candidates.values() if each.operation == "person"] == [MINE]
    assert {each.id for each in state.candidates.values() if each.status == "vetoed"} == {1, 2}
    assert state.winner not in (1, 2)
    assert store.calls_sent(run_id) <= 70
    assert state.concurrency == 7


def test_while_an_answer_is_found_other_runs_can_be_written_to(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes as long as the estimate of the run, and that perhaps a tokenizer's download."""
    store = workspace.store()
    run_id, other = (control.create(store, workspace.config()) for _ in range(2))
    situation = without_engine.situation

    def meanwhile(its_store: Store, name: str) -> Situation:
        with Store(store.path) as another:
            another._db.execute("PRAGMA busy_timeout = 0")
            another.append_event(other, Paused())
        return situation(its_store, name)

    monkeypatch.setattr(without_engine, "situation", meanwhile)
    number = control.steer(store, run_id, SetLimit("max_calls", 500))
    assert isinstance(store.answer(run_id, number), LimitChanged)
    assert store.state(other).status == "paused"


def test_what_an_engine_left_untaken_the_next_one_takes(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store, 20, method=METHOD) as (run_id, held):
        workspace.kill_engine(store, run_id)
        asked = [store.send_command(run_id, each) for each in (Pause(), Veto(1), Stop(), Veto(2))]
        held.let()
        control.resume(store, run_id)
        assert workspace.wait_until_over(store, run_id) == "done"
    answers = [store.answer(run_id, number) for number in asked]
    assert [type(each) for each in answers] == [
        *(type(None), CandidateVetoed, type(None), CandidateVetoed)
    ]


def test_more_at_once_from_now_on(workspace: Workspace) -> None:
    """Concurrency is raised, and lowered, while calls are under way."""
    held = Held()
    with Endpoint(held) as endpoint:
        store = workspace.store()
        config = workspace.config(model_at(endpoint, 1), method={"proposals": 40})
        run_id = control.start(store, config)

        def are_under_way(calls: int) -> None:
            """So many come to be, and while the engine goes on to turn, no more."""
            wait_until(lambda: held.waiting == calls)
            assert isinstance(answered(store, run_id, Remark("Look.")), Noted)
            assert held.waiting == calls

        are_under_way(1)
        assert isinstance(answered(store, run_id, SetConcurrency(6)), ConcurrencyChanged)
        # Those that were prepared, four a place, go at once, and others once the first is back.
        wait_until(lambda: held.waiting == 4)
        held.let(4)
        are_under_way(6)
        assert isinstance(answered(store, run_id, SetConcurrency(2)), ConcurrencyChanged)
        held.let(6)
        wait_until(lambda: stored_responses(store, run_id) == 10)
        are_under_way(2)
        # The next engine goes on as it was told.
        workspace.kill_engine(store, run_id)
        held.let(2)
        wait_until(lambda: held.waiting == 0)
        control.resume(store, run_id)
        are_under_way(2)
        held.let()
        assert workspace.wait_until_over(store, run_id) == "done"


def test_the_lock_of_a_dead_engine_is_taken_over(workspace: Workspace) -> None:
    """Even where its process number belongs to somebody who lives."""
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        workspace.kill_engine(store, run_id)
        lock = lock_path(store.path, run_id)
        assert lock.exists()
        lock.write_text(f"{os.getpid()}\n")
        store.append_event(run_id, EngineStarted(os.getpid(), 2, "1"))
        assert not control.is_alive(store, run_id)
        assert control.shown_status(store.state(run_id), alive=False) == "interrupted"
        control.resume(store, run_id)
        assert store.state(run_id).pid == workspace.engine_pid(store, run_id) != os.getpid()
        held.let()
        assert workspace.wait_until_over(store, run_id) == "done"


def test_two_that_resume_at_once_start_one_engine(workspace: Workspace) -> None:
    store = workspace.store()
    with at_work(workspace, store) as (run_id, held):
        workspace.kill_engine(store, run_id)
        asked = [workspace.begin("resume", run_id, "--detach") for _ in range(3)]
        assert [finished(each).returncode for each in asked] == [0, 0, 0]
        held.let()
        assert workspace.wait_until_over(store, run_id) == "done"
    started = [e for e in store.events(run_id) if isinstance(e.event, EngineStarted)]
    assert len(started) == 2
