"""EngineJournal: writes events down, each search event once, however often a run is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from promptopt.errors import LostRunError, StoreError
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.score import Score
from promptopt.llm.budget import Budget
from promptopt.llm.client import Reply
from promptopt.llm.model import Request, Response, Role
from promptopt.llm.spend import Spend
from promptopt.llm.tariff import Tariff
from promptopt.runs import events as ev
from promptopt.runs import usage
from promptopt.runs.former_end import is_former_end
from promptopt.runs.state import RunState
from promptopt.runs.state_parts import candidate_name
from promptopt.runs.store import Store
from promptopt.runs.worth_keeping import worth_keeping


class EngineJournal:
    """The engine's pen: events, predictions and replies of one run.

    What is written within one turn of the event loop is committed together at its end.

    Attributes:
        state: the fold over everything written.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self.state = RunState(run_id)
        self._recorded: list[ev.Event] = []
        for event in store.follow(self.state):
            if isinstance(event, ev.SearchRestarted):
                self._recorded.clear()
            elif isinstance(event, ev.SearchReopened):
                del self._recorded[event.kept :]
            elif event.replayed:
                self._recorded.append(event)
        self._repeated = 0
        # How many stages this engine's search has begun, and which is the first that can still
        # take in what a person asks for.
        self.stages = 0
        self.open_stage = 0
        self.step = 0
        self.on_stage: Callable[[], None] = lambda: None
        # What a replay has predicted so far, kept until it is known not to part from what
        # was recorded.
        self._predicted: list[tuple[int, str, Sequence[tuple[int, int, float | None]]]] = []
        self._on_disk: asyncio.Future[None] | None = None
        self._broken: Exception | None = None
        last = self.state.usage
        self.calls = store.calls_sent(run_id)
        self.cached_calls = 0  # a replay meets every repeated question again
        self.retries = last.retries
        self.failures = last.failures
        self.in_flight = 0
        # Tells what was spent; the engine's, which this journal writes down for it.
        self.budget: Budget | None = None
        self._spending = Spend()
        self._known = self._known_on_disk = store.known(run_id)
        # Tell what was not told of the calls of this engine, as the state does of those before.
        self.tariffs: Sequence[Tariff] = ()
        self._untold_before = last

    # Events

    def record(self, event: ev.Event) -> None:
        """Write an event down, unless it is one that the search tells again."""
        if not event.replayed:
            self._append(event)
            return
        if self._replaying:
            if self._recorded[self._repeated] == event:
                self._repeated += 1
                if not self._replaying:
                    self._predicted.clear()
                return
            if self.state.reopened and is_former_end(self._recorded[self._repeated :]):
                self._go_on()
            else:
                self._begin_anew()
        self._append(event)

    @property
    def _replaying(self) -> bool:
        return self._repeated < len(self._recorded)

    def _go_on(self) -> None:
        """Leave the former end of the search behind, and nothing else."""
        del self._recorded[self._repeated :]
        self._append(ev.SearchReopened(self._repeated, self.stages))
        self._predicted.clear()

    def _begin_anew(self) -> None:
        """Leave what was recorded behind, but for what this search has told just the same."""
        told = self._recorded[: self._repeated]
        self._recorded.clear()
        stage = max(self.stages, self.open_stage)
        self._append(ev.SearchRestarted("the replies to it are no longer all the same", stage))
        for each in told:
            self._append(each)
        with self._writing():
            self._store.forget_predictions(self._run_id)
            for candidate, split, rows in self._predicted:
                self._store.add_predictions(self._run_id, candidate, split, rows)
        self._predicted.clear()

    def tell_usage(self) -> None:
        """Record the totals if they have changed."""
        cost: dict[str, Any] = {}
        if self.budget is not None:
            cost = usage.counted_and_expected(self.budget)
            cost |= usage.lost(self.budget, self._known, self.in_flight)
        told = ev.UsageUpdated(
            calls=self.calls,
            cached_calls=self.cached_calls,
            prompt_tokens=self._known.prompt_tokens,
            completion_tokens=self._known.completion_tokens,
            retries=self.retries,
            failures=self.failures,
            in_flight=self.in_flight,
            **cost,
            **usage.untold(self.tariffs, self._untold_before),
        )
        if told != self.state.usage:
            if told.untold and not self.state.usage.untold:
                self.record(ev.Warned(ev.UNTOLD))
            self.record(told)

    def take_commands(self, up_to: int) -> None:
        """Mark commands as taken, in one commit with what answers them."""
        with self._writing():
            self._store.take_commands(self._run_id, up_to)

    def _append(self, event: ev.Event) -> None:
        with self._writing():
            stored = self._store.append_event(self._run_id, event)
        self.state.apply(stored.seq, stored.at, stored.event)

    def end(self, status: str, reason: str, prompt_file: str = "") -> str:
        """Write down how the run has ended; returns the status that stands there.

        Where the store has refused a write, what was not committed is left out, and the end is
        tried once more: a disk that is full may have room for so little, or have been cleared.

        Raises:
            StoreError: it cannot be written at all. To viewers the run is interrupted then.
        """
        try:
            self.tell_usage()
            self.record(ev.RunEnded(status, reason, prompt_file))
            self.flush()
            self._check()
        except LostRunError:
            raise
        except StoreError as error:
            self._store.roll_back()
            self._store.append_event(self._run_id, ev.RunEnded("failed", str(error)))
            return "failed"
        return status

    def leave(self, error: LostRunError) -> None:
        """Write nothing more: the run is another's now, or its store is gone."""
        self._broken = error

    # Commits

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What is written within is committed at the end of the event loop's turn.

        Once a write has failed, nothing more is written: the disk is behind what was told, as
        SQLite may have taken back all that was to be committed with it.
        """
        self._check()
        try:
            self._store.begin()
            yield
        except StoreError as error:
            self._broken = error
            raise
        finally:
            self._flush_soon()

    @property
    def broken(self) -> bool:
        """Whether a write has failed, after which nothing more is written."""
        return self._broken is not None

    def _check(self) -> None:
        if self._broken is not None:
            kind = type(self._broken) if isinstance(self._broken, StoreError) else StoreError
            raise kind(str(self._broken))

    def _flush_soon(self) -> asyncio.Future[None]:
        if self._on_disk is None:
            loop = asyncio.get_running_loop()
            self._on_disk = loop.create_future()
            loop.call_soon(self.flush)
        return self._on_disk

    def flush(self) -> None:
        """Commit what was written. Those who wait for it go on, or get the error."""
        waiting, self._on_disk = self._on_disk, None
        spending, self._spending = self._spending, Spend()
        known = self._known
        try:
            self._check()
            if known != self._known_on_disk:
                self._store.begin()
                self._store.write_known(self._run_id, known)
            if spending != Spend():
                self._store.begin()
                self._store.count_sent(
                    self._run_id, spending.calls, spending.tokens, spending.picodollars
                )
            self._store.commit()
            self._known_on_disk = known
        except Exception as error:
            self._broken = error
            if waiting is None:
                raise
            waiting.set_exception(error)
            waiting.exception()  # marks it as seen: events have nobody waiting for them
            return
        if waiting is not None:
            waiting.set_result(None)

    # What the search tells (promptopt.evaluation.journal.Journal)

    def stage_started(self, stage: str, step: int, calls: int) -> None:
        self.record(ev.StageStarted(stage, step, calls))
        self.stages += 1
        self.step = step
        self.on_stage()

    def step_planned(
        self, step: int, edit_budget: int | None, trajectory: Sequence[int], current: int
    ) -> None:
        self.record(ev.StepPlanned(step, edit_budget, tuple(trajectory), current))

    def candidate_added(self, candidate: Candidate) -> None:
        self.record(
            ev.CandidateAdded(
                candidate.id,
                candidate.text,
                candidate.operation,
                candidate.step,
                candidate.parents,
                candidate.distance,
                candidate.edit_budget,
                candidate.edit_outcome,
            )
        )

    def proposal_rejected(
        self, text: str, operation: str, step: int, reason: str, parents: tuple[int, ...]
    ) -> None:
        self.record(ev.ProposalRejected(text, operation, step, reason, parents))

    def predicted(
        self, candidate: int, split: str, rows: Sequence[tuple[int, int, float | None]]
    ) -> None:
        with self._writing():
            self._store.add_predictions(self._run_id, candidate, split, rows)
        if self._replaying:
            self._predicted.append((candidate, split, rows))

    def candidate_scored(
        self,
        candidate: int,
        split: str,
        step: int,
        score: Score | None,
        unscored: int,
        objectives: Mapping[str, Score],
    ) -> None:
        self.record(ev.CandidateScored(candidate, split, step, score, unscored, dict(objectives)))

    def candidate_unanswered(self, candidate: int, split: str, calls: int, reason: str) -> None:
        name = candidate_name(candidate)
        self.warned(f"{name} was answered on none of {calls} {split} examples: {reason}")

    def stage_finished(
        self,
        stage: str,
        step: int,
        *,
        survivors: Sequence[int] = (),
        dropped: Sequence[int] = (),
        leader: int | None = None,
        n: int = 0,
        best: Score | None = None,
        mean: float | None = None,
        seed: Score | None = None,
    ) -> None:
        self.tell_usage()
        self.record(
            ev.StageFinished(
                stage, step, tuple(survivors), tuple(dropped), leader, n, best, mean, seed
            )
        )

    def limited(self, limit: str, detail: str, *, cut: bool = False) -> None:
        self.record(ev.LimitReached(limit, detail, cut))

    def warned(self, message: str) -> None:
        self.record(ev.SearchWarned(message))

    # What calls tell (promptopt.llm.client.Observer)

    def call_started(self) -> None:
        self.calls += 1
        self.in_flight += 1

    def call_finished(self, told: Response | None, cost: Spend | None) -> None:
        self.in_flight -= 1
        if cost is not None:
            tokens = (told.prompt_tokens, told.completion_tokens) if told else (0, 0)
            # Written in one commit with what it grows by in `count_sent`.
            self._known = self._known.plus(cost, tokens[0] or 0, tokens[1] or 0)

    def reply_reused(self) -> None:
        self.cached_calls += 1

    def call_retried(self, role: Role, reason: str, attempt: int, delay: float) -> None:
        self.retries += 1
        self.record(ev.CallRetried(role, reason, attempt, delay))

    def call_failed(self, role: Role, reason: str) -> None:
        self.failures += 1
        self.record(ev.CallFailed(role, reason))

    # Stored replies (promptopt.llm.client.ReplyStore)

    def find(self, key: bytes, sample: int) -> Reply | None:
        row = self._store.response(self._run_id, key, sample)
        if row is None:
            return None
        response: Response | None = None
        if row.text is not None:
            told = row.prompt_tokens, row.completion_tokens
            response = Response(row.text, row.finish_reason, *told, row.numbers)
        return Reply(row.id, response, row.error, row.attempts, row.tokens, row.picodollars)

    async def save(
        self, key: bytes, sample: int, role: Role, request: Request, reply: Reply, seconds: float
    ) -> Reply:
        response = reply.response
        with self._writing():
            row = self._store.add_response(
                self._run_id,
                key,
                sample,
                role=role,
                request=worth_keeping(role, request),
                text=response.text if response else None,
                error=reply.error,
                finish_reason=response.finish_reason if response else None,
                prompt_tokens=response.prompt_tokens if response else None,
                completion_tokens=response.completion_tokens if response else None,
                seconds=round(seconds, 4),
                attempts=reply.attempts,
                numbers=response.numbers if response else (),
                tokens=reply.tokens,
                picodollars=reply.picodollars,
            )
        await asyncio.shield(self._flush_soon())
        return msgspec.structs.replace(reply, id=row)

    def count_sent(self, calls: int, tokens: int = 0, picodollars: int = 0) -> None:
        """Write down what calls that are about to be sent may cost, or came to less.

        All of a turn of the event loop is one write; who sends a call waits for it (`counted`).
        """
        self._check()
        self._spending += Spend(calls, tokens, picodollars)
        self._flush_soon()

    async def counted(self) -> None:
        if self._spending != Spend():
            await asyncio.shield(self._flush_soon())
        self._check()
