"""The engine: it carries one run out, in a process of its own (see `engine_process`).

It writes events, replies and predictions into the store, takes commands from it, and has no
other way to the outside. Resuming is the same as starting: everything that was answered is
in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import metadata

import msgspec

from promptopt.errors import LostRunError, PromptoptError, RunError, StoreError
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.evaluator import Evaluator
from promptopt.evaluation.judge import Judge
from promptopt.llm.budget import Budget
from promptopt.llm.client import ModelClient
from promptopt.llm.embedder import ModelEmbedder
from promptopt.llm.errors import BudgetExhausted
from promptopt.llm.form_finder import probe
from promptopt.llm.limits import EndpointLimits, limits_of
from promptopt.llm.model import Model, Role
from promptopt.llm.places import Places
from promptopt.llm.sampling import concurrency_of, sampling_for
from promptopt.llm.settings import key_of
from promptopt.llm.spend import shown_amount
from promptopt.llm.tariff import Tariff
from promptopt.methods.plan import PlannedStage
from promptopt.methods.registry import changed_settings, method_of
from promptopt.methods.search import Search
from promptopt.runs import events as ev
from promptopt.runs.config import config_from_json
from promptopt.runs.cost_estimate import estimate, tariffs_of
from promptopt.runs.journal import EngineJournal
from promptopt.runs.models import opened
from promptopt.runs.paths import log_path
from promptopt.runs.prepare import plan, stages_of_test
from promptopt.runs.prompt_file import keep_former, write_prompt
from promptopt.runs.roles import (
    PROBE,
    dev_score,
    models_of,
    objectives_shown,
    probe_calls,
    score_function,
)
from promptopt.runs.steering import Steering
from promptopt.runs.store import Store

USAGE_SECONDS = 0.25
"""How often the totals are told."""

AGAIN = "again"
"""In place of a status: the run has not ended, and another `Engine` is to take it up."""


class Engine:
    """Carries out one run.

    Args:
        store: open for writing, of this process alone.
        run_id: of a run that exists.
        again: whether it takes the run up from another one of this process, which nobody has seen
            end: what a person has asked of that one is asked of this.
        check: raises `LostRunError` where the run is no longer this engine's to carry out; it
            ends at once then, and writes nothing more.

    Attributes:
        attempt: the number of this engine among those of the run, from 1.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        *,
        again: bool = False,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._check = check
        self._config = config_from_json(store.find_run(run_id).config)
        self._task = store.task(run_id)
        self._journal = EngineJournal(store, run_id)
        self.attempt = self._journal.state.attempt + 1
        self._failed_before = self._journal.state.status == "failed"
        self._budget = Budget(
            self._config.budget.caps, store.spent(run_id), self._journal.count_sent
        )
        self._journal.budget = self._budget
        self._steering = Steering(
            store, run_id, self._journal, self._budget, self._config, self._task, again=again
        )
        self._places: list[Places] = []
        self._limits: dict[Role, EndpointLimits] = {}
        self._tariffs: dict[Role, Tariff] = {}

    async def run(self) -> str:
        """Carry the run out; returns the status that it ended with, or `AGAIN`."""
        journal = self._journal
        if self._failed_before:
            self._store.forget_failures(self._run_id)
        journal.record(ev.EngineStarted(os.getpid(), self.attempt, metadata.version("promptopt")))
        self._steering.begin()
        search = asyncio.create_task(self._search())
        helpers = [
            asyncio.create_task(self._steering.listen(search)),
            asyncio.create_task(self._tell_usage()),
        ]
        for helper in helpers:
            # Without its helpers a run could not be steered any more: it ends with them.
            helper.add_done_callback(lambda ended: ended.cancelled() or search.cancel())
        status, reason, prompt_file = "failed", "", ""
        try:
            try:
                await search
                if self._steering.reopened:
                    status = AGAIN
                else:
                    status, prompt_file = "done", self._write_prompt()
            except asyncio.CancelledError:
                for helper in helpers:
                    if helper.done() and not helper.cancelled():
                        helper.result()  # raises what ended it
                if not self._steering.stopping and not self._steering.reopened:
                    raise
                status = AGAIN if self._steering.reopened else "stopped"
        except LostRunError:
            raise
        except PromptoptError as error:
            reason = str(error)
        except Exception as error:
            told = self._without_keys(f"{type(error).__name__}: {error}")
            sys.stderr.write(self._without_keys(traceback.format_exc()))
            log = log_path(self._store.path, self._run_id)
            reason = f"an error within promptopt ({told}); trace: {log}"
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        self._look_whose_it_is()
        if status == AGAIN and self._steering.stopping:
            status = "stopped"
        if status == AGAIN:
            journal.tell_usage()
            journal.flush()
            return status
        status = journal.end(status, reason, prompt_file)
        if not journal.broken:
            with contextlib.suppress(StoreError):  # the run has ended, whatever they ask
                self._steering.answer_the_rest()
                journal.flush()
        return status

    def request_stop(self) -> None:
        """End the run in order: nothing new is sent, what is in flight is waited for."""
        self._steering.request_stop()

    async def _search(self) -> None:
        config, task, journal = self._config, self._task, self._journal
        roles = models_of(config, task)
        self._tariffs = tariffs_of(config, task)
        journal.tariffs = tuple(self._tariffs.values())
        self._limits = limits_of(roles, self._tell_of_endpoint)
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
                max_tokens=config.budget.max_tokens,
                max_usd=config.budget.max_usd,
                dev_score=dev_score(config),
                test_score=objectives_shown(config),
                demonstrations=None if other is None else len(task.demonstrations),
                other_demonstrations=None if other is None else len(other),
                judge_model=roles["judge"].spec if "judge" in roles else "",
                embedder=roles["embedder"].spec if "embedder" in roles else "",
                preset=config.preset or "",
                settings=changed_settings(config.method),
            )
        )
        self._estimate(stages)
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
                msgspec.structs.replace(task, test=()),  # sealed: not even to be looked at
                evaluator,
                clients["optimizer"],
                sampling_for(roles["optimizer"], "optimizer"),
                journal,
                config.seed,
                windows["optimizer"],
                ModelEmbedder(clients["embedder"]) if "embedder" in roles else None,
                orders=self._steering,
            )
            self._steering.on_concurrency(lambda calls: self._widen(calls, evaluator, search))
            if score_function(config) == "log_probability":
                await self._probe(clients["task"])
            winner = await self._find(search)
            self._check_scored(clients["task"].failures)
            await self._test(search, winner)

    def _widen(self, calls: int, evaluator: Evaluator, search: Search) -> None:
        """Let so many calls to each endpoint be under way at once."""
        for places in self._places:
            places.resize(calls)
        evaluator.window = search.window = 4 * calls

    def _client(self, model: Model, role: Role, places: Places) -> ModelClient:
        self._places.append(places)
        return ModelClient(
            model,
            role,
            budget=self._budget,
            replies=self._journal,
            observer=self._journal,
            gate=self._steering.gate,
            places=places,
            tariff=self._tariffs[role],
            limits=self._limits[role],
        )

    def _estimate(self, stages: Sequence[PlannedStage]) -> None:
        """Let the budget plan with what calls are going to cost, before any tells."""
        expected = estimate(self._config, self._task, stages, self._tariffs)
        priced = expected.outlook.priced and self._store.knows_money(self._run_id)
        self._budget.expect(msgspec.structs.replace(expected.outlook, priced=priced))
        if self._journal.state.estimate is None:
            self._journal.record(
                ev.CostEstimated(
                    expected.prompt_tokens,
                    expected.completion_tokens,
                    expected.usd,
                    expected.exact,
                    expected.steps,
                    expected.test_calls,
                )
            )

    def _tell_of_endpoint(self, told: str) -> None:
        out = {limits.name: limits.outage for limits in self._limits.values() if limits.outage.on}
        waiting = (ev.Waiting(name, each.seconds, each.pause) for name, each in out.items())
        self._journal.record(ev.Warned(told, tuple(waiting)))

    async def _probe(self, client: ModelClient) -> None:
        """Learn by one small question what would make all others worthless."""
        self._journal.stage_started(PROBE, 0, probe_calls(self._config))
        await probe(client)
        self._journal.stage_finished(PROBE, 0)

    async def _find(self, search: Search) -> Candidate:
        try:
            return await method_of(self._config.method).search(search, self._config.method)
        except BudgetExhausted as end:
            # The last that a person asked for still counts, though it is not scored any more.
            search.take_in([], step=self._journal.step)
            best = self._journal.state.best
            if best is None:
                self._journal.record(ev.LimitReached(self._budget.limit, str(end)))
                limit = self._budget.limit
                cap = shown_amount(limit, self._budget.caps.amounts[limit])
                raise BudgetExhausted(
                    f"{limit} = {cap} ended the search before a candidate was scored: "
                    f"{self._budget.what_is_left(limit)}; raise it"
                ) from end
            self._journal.record(ev.LimitReached(self._budget.limit, str(end)))
            return search.candidates[best.id]

    def _check_scored(self, why: str) -> None:
        """Let no prompt pass for the best of which nothing is known, as no call was answered.

        Raises:
            RunError: calls about candidates were made, and all of them failed.
        """
        candidates = self._journal.state.candidates.values()
        unscored = sum(each.unscored for each in candidates)
        if unscored and all(each.dev is None for each in candidates):
            told = f"none of {unscored} examples was answered" + (f"; {why}" if why else "")
            raise RunError(f"no candidate has a score: {told}")

    async def _test(self, search: Search, winner: Candidate) -> None:
        """Score the winner and the seed prompt on the sealed split, on the same examples.

        Zero-shot and few-shot, where both are asked for.
        """
        journal, evaluator = self._journal, search.evaluator
        journal.record(ev.WinnerChosen(winner.id))
        evaluator.unseal()
        self._budget.release()
        tested = sorted({search.seed_prompt, winner}, key=lambda each: each.id)
        rows = range(len(self._task.test))
        for stage, split in zip(stages_of_test(self._task), self._task.test_splits, strict=True):
            journal.stage_started(stage, winner.step, evaluator.missing(tested, rows, split))
            try:
                await evaluator.score(tested, rows, split=split, step=winner.step)
            except BudgetExhausted as end:
                journal.record(ev.LimitReached(self._budget.limit, f"in the {stage}, {end}"))
            journal.stage_finished(stage, winner.step)

    def _write_prompt(self) -> str:
        """Leave the best prompt behind as a file; returns its name, "" where it cannot be."""
        best = self._journal.state.best
        if best is None:
            return ""
        if kept := keep_former(self._store.path, self._journal.state, best.text):
            self._journal.record(ev.Warned(f"the best prompt of the search before is in {kept}"))
        try:
            return write_prompt(self._store.path, self._run_id, best.text)
        except RunError as error:
            self._journal.record(ev.Warned(str(error)))
            return ""

    def _without_keys(self, text: str) -> str:
        """The text of an error that nobody has foreseen, and that may say what was sent."""
        for settings in models_of(self._config, self._task).values():
            if key := key_of(settings):
                text = text.replace(key, "[key]")
        return text

    async def _tell_usage(self) -> None:
        while True:
            await asyncio.sleep(USAGE_SECONDS)
            self._look_whose_it_is()
            self._journal.tell_usage()

    def _look_whose_it_is(self) -> None:
        try:
            self._check()
        except LostRunError as error:
            self._journal.leave(error)
            raise
