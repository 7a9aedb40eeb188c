"""EngineJournal: writes events down, each search event once, however often a run is resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from promptopt.errors import StoreError
from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.score import Score
from promptopt.llm.client import Reply
from promptopt.llm.model import Request, Response, Role
from promptopt.runs import events as ev
from promptopt.runs.state import RunState
from promptopt.runs.store import Store


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
        for stored in store.events(run_id):
            self.state.apply(stored.seq, stored.at, stored.event)
            if isinstance(stored.event, ev.SearchRestarted):
                self._recorded.clear()
            elif stored.event.replayed:
                self._recorded.append(stored.event)
        self._repeated = 0
        # What a replay has predicted so far, kept until it is known not to part from what
        # was recorded.
        self._predicted: list[tuple[int, str, Sequence[tuple[int, int, float | None]]]] = []
        self._on_disk: asyncio.Future[None] | None = None
        self._broken: Exception | None = None
        last = self.state.usage
        prompt_tokens, completion_tokens = store.token_totals(run_id)
        self.calls = store.calls_sent(run_id)
        self.cached_calls = 0  # a replay meets every repeated question again
        self.prompt_tokens = prompt_tokens
        self.completion_tokens = completion_tokens
        self.retries = last.retries
        self.failures = last.failures
        self.in_flight = 0

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
            self._begin_anew()
        self._append(event)

    @property
    def _replaying(self) -> bool:
        return self._repeated < len(self._recorded)

    def _begin_anew(self) -> None:
        """Leave what was recorded behind, but for what this search has told just the same."""
        told = self._recorded[: self._repeated]
        self._recorded.clear()
        self._append(ev.SearchRestarted("the replies to it are no longer all the same"))
        for each in told:
            self._append(each)
        self._store.forget_predictions(self._run_id)
        for candidate, split, rows in self._predicted:
            self._store.add_predictions(self._run_id, candidate, split, rows)
        self._predicted.clear()

    def tell_usage(self) -> None:
        """Record the totals if they have changed."""
        usage = ev.UsageUpdated(
            calls=self.calls,
            cached_calls=self.cached_calls,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            retries=self.retries,
            failures=self.failures,
            in_flight=self.in_flight,
        )
        if usage != self.state.usage:
            self.record(usage)

    def _append(self, event: ev.Event) -> None:
        if self._broken is not None:
            # The disk is behind what was told: better no more than something else.
            raise StoreError(str(self._broken))
        self._store.begin()
        stored = self._store.append_event(self._run_id, event)
        self.state.apply(stored.seq, stored.at, stored.event)
        self._flush_soon()

    # Commits

    def _flush_soon(self) -> asyncio.Future[None]:
        if self._on_disk is None:
            loop = asyncio.get_running_loop()
            self._on_disk = loop.create_future()
            loop.call_soon(self.flush)
        return self._on_disk

    def flush(self) -> None:
        """Commit what was written. Those who wait for it go on, or get the error."""
        waiting, self._on_disk = self._on_disk, None
        try:
            self._store.commit()
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
        self._store.begin()
        self._store.add_predictions(self._run_id, candidate, split, rows)
        if self._replaying:
            self._predicted.append((candidate, split, rows))
        self._flush_soon()

    def candidate_scored(
        self, candidate: int, split: str, step: int, score: Score | None, unscored: int
    ) -> None:
        self.record(ev.CandidateScored(candidate, split, step, score, unscored))

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

    def limited(self, limit: str, detail: str) -> None:
        self.record(ev.LimitReached(limit, detail))

    def warned(self, message: str) -> None:
        self.record(ev.SearchWarned(message))

    # What calls tell (promptopt.llm.client.Observer)

    def call_started(self) -> None:
        self.calls += 1
        self.in_flight += 1

    def call_finished(self, response: Response | None) -> None:
        self.in_flight -= 1
        if response is not None:
            self.prompt_tokens += response.prompt_tokens or 0
            self.completion_tokens += response.completion_tokens or 0

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
        response = (
            Response(
                row.text, row.finish_reason, row.prompt_tokens, row.completion_tokens, row.numbers
            )
            if row.text is not None
            else None
        )
        return Reply(row.id, response, row.error, row.attempts)

    async def save(
        self, key: bytes, sample: int, role: Role, request: Request, reply: Reply, seconds: float
    ) -> Reply:
        response = reply.response
        self._store.begin()
        row = self._store.add_response(
            self._run_id,
            key,
            sample,
            role=role,
            request=_worth_keeping(role, request),
            text=response.text if response else None,
            error=reply.error,
            finish_reason=response.finish_reason if response else None,
            prompt_tokens=response.prompt_tokens if response else None,
            completion_tokens=response.completion_tokens if response else None,
            seconds=round(seconds, 4),
            attempts=reply.attempts,
            numbers=response.numbers if response else (),
        )
        await asyncio.shield(self._flush_soon())
        return Reply(row, response, reply.error, reply.attempts)

    def count_sent(self, calls: int) -> None:
        """Write down that calls are about to be sent."""
        self._store.begin()
        self._store.count_sent(self._run_id, calls)
        self._flush_soon()


def _worth_keeping(role: Role, request: Request) -> str | None:
    """What was sent, unless it stands elsewhere.

    A task model's prompt follows from template, candidate and example, and an embedder is sent
    a candidate's text. What an optimizer or a judge was asked, and what a task model was told
    after its first reply, stands nowhere else.
    """
    return request.transcript() if role in ("optimizer", "judge") or request.history else None
