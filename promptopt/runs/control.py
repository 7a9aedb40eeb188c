"""Control: how viewers start an engine and steer it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from promptopt.errors import FullDiskError, InputError, RunError
from promptopt.llm.settings import settled
from promptopt.methods.registry import method_name
from promptopt.runs import commands as cmd
from promptopt.runs.config import RunConfig
from promptopt.runs.events import Answer, EngineStarted
from promptopt.runs.paths import lock_path, log_path, run_files
from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from promptopt.runs.store_errors import FULL_DISK, no_room

START_SECONDS = 30.0
"""How long an engine may take to report for work, model weights not included."""

END_SECONDS = 60.0
"""How long a run that is stopping may wait for its calls in flight."""

ENGINE = "promptopt.runs.engine_process"

_engines: list[subprocess.Popen[bytes]] = []


def start(store: Store, config: RunConfig) -> str:
    """Make a new run of the configuration and set an engine to work on it; returns its id.

    Raises:
        InputError: the data, the models or the settings are wrong; nothing was written.
        RunError: the engine did not start.
    """
    run_id = create(store, config)
    launch(store, run_id)
    return run_id


def create(
    store: Store, config: RunConfig, tell: Callable[[str], None] = lambda _note: None
) -> str:
    """Make a new run of the configuration, without an engine yet; returns its id.

    Args:
        tell: is told where the limits of its endpoints make it slow.

    Raises:
        InputError: the data, the models or the settings are wrong; nothing was written.
    """
    from promptopt.runs.prepare import prepare

    prepared = prepare(config)
    if prepared.pace:
        tell(prepared.pace)
    # Named by the preset, runs of several ablations can be told apart.
    kind = config.preset or method_name(config.method)
    return store.create_run(prepared.task, kind, _settled(config).to_json(), config.name)


def same_run(store: Store, config: RunConfig) -> str | None:
    """The newest run that was made of the same configuration, name and data; None without one.

    Raises:
        InputError: the data, the models or the settings are wrong.
    """
    from promptopt.runs.prepare import prepare

    return store.same_run(prepare(config).task, _settled(config).to_json())


def _settled(config: RunConfig) -> RunConfig:
    return msgspec.structs.replace(
        config,
        task_model=settled(config.task_model),
        optimizer_model=settled(config.optimizer_model) if config.optimizer_model else None,
        judge_model=settled(config.judge_model) if config.judge_model else None,
        embedder=settled(config.embedder) if config.embedder else None,
    )


def resume(
    store: Store,
    run_id: str,
    *,
    ask_again: bool = False,
    waits: Callable[[], None] | None = None,
) -> None:
    """Let a run go on: a paused one by a command, one without an engine by a new engine.

    An engine that is on its way out is waited for: it would not take the run up again.

    Args:
        ask_again: whether calls that were given up are asked again, in a run that is done as well.
            In one that has failed they are in any case; others come to the end that they would
            have come to without the interruption.
        waits: is called time and again while such an engine is waited for, and before another one
            is started after it. What it raises ends that, and nothing is started. Without it, the
            engine is waited for no longer than `END_SECONDS`.

    Raises:
        InputError: the run is done, or its models cannot be had.
        RunError: the engine did not start, or the one before it does not end.
    """
    deadline, waited = time.monotonic() + END_SECONDS, False
    while is_alive(store, run_id):
        status = store.state(run_id).status
        asked = [each.command for each in store.open_commands(run_id)]
        if status == "paused" or any(isinstance(each, cmd.Pause) for each in asked):
            unpause(store, run_id)
        if status in ("new", "running", "paused"):
            return
        if waits is None and time.monotonic() > deadline:
            raise RunError(f"run {run_id} is still stopping; try again when it has stopped")
        time.sleep(0.05)
        waited = True
        if waits is not None:
            waits()
    forgotten = _forget_failures(store, run_id) if ask_again else 0
    state = store.state(run_id)
    if state.status == "done" and not state.reopened and not forgotten:
        raised = (
            f"; to let it go on, raise its limit: promptopt set {run_id} --{_option(state.limit)} N"
            if state.limit
            else ""
        )
        raise InputError(f"run {run_id} is done; see: promptopt show {run_id}{raised}")
    from promptopt.runs.prepare import check_models

    check_models(config_of(store, run_id))
    if waited and waits is not None:
        waits()
    launch(store, run_id)


def _forget_failures(store: Store, run_id: str) -> int:
    from filelock import FileLock, Timeout

    lock = lock_path(store.path, run_id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):  # whoever holds it is the one that writes
            return store.forget_failures(run_id)
    except Timeout:
        return 0


def _option(limit: str) -> str:
    return limit.replace("_", "-")


def pause(store: Store, run_id: str) -> int:
    """Ask the engine to send nothing new; returns the command's id."""
    return steer(store, run_id, cmd.Pause())


def unpause(store: Store, run_id: str) -> int:
    """Ask a paused engine to go on; returns the command's id."""
    return steer(store, run_id, cmd.Unpause())


def stop(store: Store, run_id: str) -> int:
    """Ask the engine to end the run, which can be resumed later; returns the command's id."""
    return steer(store, run_id, cmd.Stop())


def steer(store: Store, run_id: str, command: cmd.AnyCommand) -> int:
    """Ask something of a run; returns the command's id, by which `asking` finds the answer.

    An engine at work answers within a second. Without one, all but pause, unpause and stop is
    answered at once, here, and the next engine goes by it.

    Raises:
        InputError: there is no engine, and it takes one.
    """
    return steer_all(store, run_id, [command])[0]


def steer_all(store: Store, run_id: str, commands: Sequence[cmd.AnyCommand]) -> list[int]:
    """Ask several things of a run, as `steer` does; returns their ids.

    Raises:
        InputError: there is no engine, and one of them takes one; nothing was asked.
    """
    alive = is_alive(store, run_id)
    for command in commands:
        if not alive and isinstance(command, cmd.OF_THE_ENGINE):
            raise InputError(f"run {run_id} is not at work, so there is nothing to {command.name}")
    if not alive and store.created_at(run_id) is None:
        raise InputError(f"run {run_id} was deleted")
    numbers = [store.send_command(run_id, command) for command in commands]
    if not alive:
        answer_open(store, run_id)
    return numbers


def answer_open(store: Store, run_id: str) -> None:
    """Answer what was asked of a run that has no engine; does nothing where there is one."""
    from filelock import FileLock, Timeout

    from promptopt.runs.answers import answer
    from promptopt.runs.record_answers import answer_of_record
    from promptopt.runs.without_engine import situation

    lock = lock_path(store.path, run_id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Whoever holds the lock is the one that writes events.
        with FileLock(lock, timeout=0):
            state = RunState(run_id)
            for asked in store.open_commands(run_id):
                # It may take its time, in which the engines of other runs have to write: nobody
                # else writes the events of this one.
                told: Answer | None = None
                if isinstance(asked.command, cmd.OF_THE_RECORD):
                    # Of a long run, the state is what takes its time.
                    store.catch_up(state)
                    told = answer_of_record(asked.command, asked.id, state)
                elif not isinstance(asked.command, cmd.OF_THE_ENGINE):
                    told = answer(asked.command, asked.id, situation(store, run_id))
                with store.transaction():
                    if told is not None:
                        store.append_event(run_id, told)
                    store.take_commands(run_id, asked.id)
    except Timeout:
        return


def config_of(store: Store, run_id: str) -> RunConfig:
    """The configuration that a run was made with."""
    from promptopt.runs.config import config_from_json

    return config_from_json(store.find_run(run_id).config)


def is_alive(store: Store, run_id: str) -> bool:
    """Whether an engine process is at work on the run.

    An engine holds a lock on a file for as long as it lives, whatever ends it; so the answer
    needs no clock and no process number.
    """
    for engine in _engines:
        engine.poll()  # a child that has ended gives its lock and its place back
    try:
        file = os.open(lock_path(store.path, run_id), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Shared: viewers that look at the same instant don't take each other for the engine.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def shown_status(state: RunState, alive: bool) -> str:
    """The status for people: a run that has lost its engine is "interrupted"."""
    if not alive and state.status in ("new", "running", "paused", "stopping"):
        return "interrupted"
    return state.status


def launch(store: Store, run_id: str) -> None:
    """Start an engine process for a run, on its own, and wait until it reports for work.

    Raises:
        RunError: it ended or did not report; says where its log is.
    """
    log = log_path(store.path, run_id)
    state = store.state(run_id)
    attempt = str(state.attempt + 1)
    with _opened(log) as output:
        engine = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", ENGINE, str(store.path), run_id, attempt],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A session of its own: neither the end of the terminal nor ctrl+c reaches it.
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    _engines.append(engine)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _is_taken_up(store, state):
            return
        try:
            engine.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        if _is_taken_up(store, state):
            return
        if is_alive(store, run_id):  # another one, that is about to report
            time.sleep(0.05)
            continue
        _forget_if_deleted(store, run_id)
        if lost_for_room(store, run_id):
            raise FullDiskError(
                f"the engine of {run_id} could not start: the disk is full; make room on it, "
                f"then: promptopt resume {run_id}"
            )
        raise RunError(f"the engine of {run_id} ended at once; see its log: {log}")
    raise RunError(f"the engine of {run_id} does not report; see its log: {log}")


def _is_taken_up(store: Store, before: RunState) -> bool:
    """Whether an engine, this one or one that was quicker, reports for work on a run."""
    later = store.events(before.run_id, before.last_seq)
    return any(isinstance(each.event, EngineStarted) for each in later)


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError as error:
        told = error.strerror or str(error)
        raise RunError(
            f"the engine cannot start: its log {log} cannot be written: {told}"
        ) from error


def lost_for_room(store: Store, run_id: str) -> bool:
    """Whether the last engine of a run, started here, is gone because the disk was full."""
    started = [engine for engine in _engines if run_id in engine.args]  # type: ignore[operator]
    return bool(started) and (started[-1].poll() == FULL_DISK or no_room(store.path.parent))


def _forget_if_deleted(store: Store, run_id: str) -> None:
    """Explain an engine that came too late for its run, and remove what it has left."""
    if store.created_at(run_id) is None:
        for path in run_files(store.path, run_id):
            path.unlink(missing_ok=True)
        raise InputError(f"run {run_id} was deleted")
