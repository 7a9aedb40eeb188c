"""The engine: one process that carries one run out.

    python -m promptopt.runs.engine STORE RUN

It writes events, replies and predictions into the store, takes commands from it, and has no
other way to the outside. Resuming is the same as starting: everything that was answered is
in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from importlib import metadata
from pathlib import Path

from filelock import FileLock, Timeout

from promptopt.errors import PromptoptError
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.judge import Judge
from promptopt.llm.budget import Budget
from promptopt.llm.client import ModelClient
from promptopt.llm.embedder import ModelEmbedder
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.form_finder import probe
from promptopt.llm.model import Model, Role
from promptopt.llm.sampling import concurrency_of, sampling_for
from promptopt.methods.registry import method_of
from promptopt.methods.search import Search
from promptopt.runs import events as ev
from promptopt.runs.config import config_from_json
from promptopt.runs.journal import EngineJournal
from promptopt.runs.models import opened
from promptopt.runs.paths import lock_path, log_path
from promptopt.runs.prepare import plan, stages_of_test
from promptopt.runs.roles import PROBE, dev_score, models_of, score_function
from promptopt.runs.store import Store

COMMAND_SECONDS = 0.1
"""How often commands are looked for."""

USAGE_SECONDS = 0.25
"""How often the totals are told."""

LOCK_SECONDS = 3.0
"""How long to wait for the run's lock. A viewer may hold it for an instant while it looks."""


class Engine:
    """Carries out one run.

    Args:
        store: open for writing, of this process alone.
        run_id: of a run that exists.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._config = config_from_json(store.find_run(run_id).config)
        self._task = store.task(run_id)
        if store.state(run_id).status == "failed":
            store.forget_failures(run_id)
        # What was asked of an engine that died before it could take it is not for this one.
        for command in store.open_commands(run_id):
            store.take_commands(run_id, command.id)
        self._journal = EngineJournal(store, run_id)
        self._gate = asyncio.Event()
        self._gate.set()
        self._stopping = False
        self._budget = Budget(
            self._config.budget.max_calls, store.calls_sent(run_id), self._journal.count_sent
        )

    async def run(self) -> str:
        """Carry the run out; returns the status that it ended with."""
        journal = self._journal
        journal.record(
            ev.EngineStarted(os.getpid(), journal.state.attempt + 1, metadata.version("promptopt"))
        )
        search = asyncio.create_task(self._search())
        helpers = [
            asyncio.create_task(self._take_commands(search)),
            asyncio.create_task(self._tell_usage()),
        ]
        for helper in helpers:
            # Without its helpers a run could not be steered any more: it ends with them.
            helper.add_done_callback(lambda ended: ended.cancelled() or search.cancel())
        status, reason = "failed", ""
        try:
            try:
                await search
                status = "done"
            except asyncio.CancelledError:
                for helper in helpers:
                    if helper.done() and not helper.cancelled():
                        helper.result()  # raises what ended it
                if not self._stopping:
                    raise
                status = "stopped"
        except PromptoptError as error:
            reason = str(error)
        except Exception as error:
            traceback.print_exc()
            log = log_path(self._store.path, self._run_id)
            reason = f"an error within promptopt ({type(error).__name__}: {error}); trace: {log}"
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        journal.tell_usage()
        journal.record(ev.RunEnded(status, reason))
        journal.flush()
        return status

    def request_stop(self) -> None:
        """End the run in order: nothing new is sent, what is in flight is waited for."""
        if not self._stopping:
            self._stopping = True
            self._gate.clear()
            self._journal.record(ev.StopRequested())

    async def _search(self) -> None:
        config, task, journal = self._config, self._task, self._journal
        roles = models_of(config, task)
        stages, other = plan(config, task), task.other_demonstrations
        journal.record(
            ev.SearchStarted(
                task=task.name,
                metric=task.metric,
                method=method_of(config.method).name,
                seed=config.seed,
                seed_prompt=task.seed_prompt,
                train=len(task.train),
                dev=len(task.dev),
                test=len(task.test),
                task_model=config.task_model.spec,
                optimizer_model=roles["optimizer"].spec,
                planned_calls=sum(stage.calls for stage in stages),
                max_calls=config.budget.max_calls,
                dev_score=dev_score(config),
                demonstrations=None if other is None else len(task.demonstrations),
                other_demonstrations=None if other is None else len(other),
                judge_model=roles["judge"].spec if "judge" in roles else "",
                embedder=roles["embedder"].spec if "embedder" in roles else "",
            )
        )
        async with opened(roles, self._client) as clients:
            # A window wider than the places keeps them filled while replies wait their turn.
            windows = {role: 4 * concurrency_of(named) for role, named in roles.items()}
            evaluator = Evaluator(
                task,
                clients["task"],
                sampling_for(config.task_model, "task"),
                task.demonstrations,
                journal,
                windows["task"],
                score=score_function(config),
                objectives=config.task.objectives,
                judge=Judge(clients["judge"], sampling_for(roles["judge"], "judge"))
                if "judge" in roles
                else None,
            )
            search = Search(
                task,
                evaluator,
                clients["optimizer"],
                sampling_for(roles["optimizer"], "optimizer"),
                journal,
                config.seed,
                windows["optimizer"],
                ModelEmbedder(clients["embedder"]) if "embedder" in roles else None,
            )
            self._set_reserve(evaluator)
            if score_function(config) == "log_probability":
                await self._probe(clients["task"])
            winner = await self._find(search)
            await self._test(search, winner)

    def _client(self, model: Model, role: Role, places: asyncio.Semaphore) -> ModelClient:
        return ModelClient(
            model,
            role,
            budget=self._budget,
            replies=self._journal,
            observer=self._journal,
            gate=self._gate,
            places=places,
        )

    def _set_reserve(self, evaluator: Evaluator) -> None:
        """Keep calls back for the test of the winner and the seed prompt."""
        cap = self._budget.max_calls
        if cap is not None:
            splits = len(self._task.test_splits)
            test = 2 * splits * len(self._task.test) * evaluator.calls_per_example("test")
            self._budget.reserve(min(test, cap // 2))

    async def _probe(self, client: ModelClient) -> None:
        """Learn at the cost of one call what would make all others worthless."""
        self._journal.stage_started(PROBE, 0, 1)
        await probe(client)
        self._journal.stage_finished(PROBE, 0)

    async def _find(self, search: Search) -> Candidate:
        try:
            return await method_of(self._config.method).search(search, self._config.method)
        except BudgetExhausted as end:
            best = self._journal.state.best
            if best is None:
                raise BudgetExhausted(
                    f"max_calls = {self._budget.max_calls} ended the search before a candidate was "
                    "scored; raise it"
                ) from end
            self._journal.record(ev.LimitReached("max_calls", str(end)))
            return search.candidates[best.id]

    async def _test(self, search: Search, winner: Candidate) -> None:
        """Score the winner and the seed prompt on the sealed split, on the same examples.

        Zero-shot and few-shot, where both are asked for.
        """
        journal, evaluator = self._journal, search.evaluator
        journal.record(ev.WinnerChosen(winner.id))
        self._budget.release()
        tested = sorted({search.seed_prompt, winner}, key=lambda each: each.id)
        rows = range(len(self._task.test))
        for stage, split in zip(stages_of_test(self._task), self._task.test_splits, strict=True):
            journal.stage_started(stage, winner.step, evaluator.missing(tested, rows, split))
            try:
                await evaluator.score(tested, rows, split=split, step=winner.step)
            except BudgetExhausted as end:
                journal.record(ev.LimitReached("max_calls", f"in the {stage}, {end}"))
            journal.stage_finished(stage, winner.step)

    async def _take_commands(self, search: asyncio.Task[None]) -> None:
        while True:
            for command in self._store.open_commands(self._run_id):
                if command.command == "pause" and self._gate.is_set():
                    self._gate.clear()
                    self._journal.record(ev.Paused())
                elif command.command == "unpause" and not self._stopping:
                    self._gate.set()
                    self._journal.record(ev.Unpaused())
                elif command.command == "stop":
                    self.request_stop()
                self._store.take_commands(self._run_id, command.id)
            if self._stopping and self._journal.in_flight == 0:
                search.cancel()
                await asyncio.get_running_loop().create_future()  # nothing more to take
            await asyncio.sleep(COMMAND_SECONDS)

    async def _tell_usage(self) -> None:
        while True:
            await asyncio.sleep(USAGE_SECONDS)
            self._journal.tell_usage()


async def _carry_out(store: Store, run_id: str) -> str:
    engine = Engine(store, run_id)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, engine.request_stop)
    return await engine.run()


def main(arguments: list[str]) -> int:
    """Entry of the engine process."""
    path, run_id = Path(arguments[0]), arguments[1]
    lock_file = lock_path(path, run_id)
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        print(f"another engine is at work on {run_id}", file=sys.stderr)  # noqa: T201
        return 1
    with lock, Store(path) as store:
        return 0 if asyncio.run(_carry_out(store, run_id)) in ("done", "stopped") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
