"""RunState: a run as a viewer sees it, folded from its events.

The progress display, `show`, the exports and the workbench all read a `RunState`, so they
cannot disagree. Folding is cheap and incremental: a viewer keeps its state and applies the
events that came since.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from functools import singledispatch

from promptopt.evaluation.score import Score as Score  # part of what a state says
from promptopt.evaluation.score import short
from promptopt.llm.spend import shown_usd
from promptopt.methods.rejections import kind_of
from promptopt.runs import events as ev
from promptopt.runs import steering_fold
from promptopt.runs.rounds import Round, Saved, saved_by
from promptopt.runs.scored_points import ScoredPoint, ScoredPoints
from promptopt.runs.state_parts import CandidateState as CandidateState
from promptopt.runs.state_parts import CurvePoint as CurvePoint
from promptopt.runs.state_parts import IdleStage as IdleStage
from promptopt.runs.state_parts import LogLine as LogLine
from promptopt.runs.state_parts import Note as Note
from promptopt.runs.state_parts import Order as Order

SEED_CANDIDATE = 0
"""The id of the seed prompt in every run."""

EVENTS_KEPT = 5_000
"""How many of the newest events a state holds for display; the store keeps all."""


@dataclass(slots=True)
class RunState:
    """The fold. `revision` grows with every event, a candidate's with every change to it."""

    run_id: str
    revision: int = 0
    last_seq: int = 0
    last_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    status: str = "new"  # new, running, paused, stopping, done, stopped, failed
    reason: str = ""
    setup: ev.SearchStarted | None = None
    pid: int | None = None
    attempt: int = 0
    active_seconds: float = 0.0
    active_since: float | None = None
    stage: str = ""
    stages: int = 0  # how many the search has begun
    step: int = 0
    stage_calls: int = 0
    candidates: dict[int, CandidateState] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)
    rejections: Counter[str] = field(default_factory=Counter)  # by the kind of the reason
    steps: dict[int, ev.StepPlanned] = field(default_factory=dict)
    curve: list[CurvePoint] = field(default_factory=list)
    idle: list[IdleStage] = field(default_factory=list)
    scored: ScoredPoints = field(default_factory=ScoredPoints)
    leader: int | None = None
    winner: int | None = None
    limit: str = ""
    reopened: bool = False  # had ended, and is to go on from its start with a raised limit
    orders: list[Order] = field(default_factory=list)
    limits: dict[str, float | None] = field(default_factory=dict)  # those that were changed
    concurrency: int | None = None  # where it was changed
    vetoed: set[str] = field(default_factory=set)  # texts
    notes: list[Note] = field(default_factory=list)
    usage: ev.UsageUpdated = field(default_factory=ev.UsageUpdated)
    estimate: ev.CostEstimated | None = None
    warnings: int = 0
    errors: int = 0
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    log_total: int = 0

    def apply(self, seq: int, at: float, event: ev.Event) -> None:
        """Take one event in. Events come in the order of their sequence numbers."""
        self.revision += 1
        self.last_seq = seq
        _apply(event, self, at)
        self.last_at = at

    @property
    def rejected(self) -> int:
        """How many proposals were turned away."""
        return self.rejections.total()

    @property
    def seed_prompt(self) -> CandidateState | None:
        return self.candidates.get(SEED_CANDIDATE)

    @property
    def full_dev(self) -> int:
        """Number of dev examples; a score on fewer is provisional."""
        return self.setup.dev if self.setup else 0

    @property
    def ended(self) -> bool:
        return self.status in ("done", "stopped", "failed")

    @property
    def saved(self) -> Saved:
        """What the selection has saved so far against scoring all candidates on all of dev."""
        return saved_by(self.candidates.values())

    def is_complete(self, candidate: CandidateState) -> bool:
        """Whether every dev example of the candidate was scored or failed for good."""
        n = candidate.dev.n if candidate.dev else 0
        return n > 0 and n + candidate.unscored >= self.full_dev

    @property
    def best(self) -> CandidateState | None:
        """The winner, or else the best candidate so far.

        That is the leader of the last stage that has ended, as all were compared on the same
        examples there. Before a first stage has, it is the best of those that were scored on
        the most examples, ties to the older: a few examples more are worth more than luck.
        """
        chosen = self.winner if self.winner is not None else self.leader
        if chosen is not None:
            return self.candidates.get(chosen)
        scored = [
            (each.dev, each)
            for each in self.candidates.values()
            if each.dev and each.status != "vetoed"
        ]
        if not scored:
            return None
        most = max(score.n for score, _ in scored)
        leaders = [(-score.mean, each.id) for score, each in scored if score.n == most]
        return self.candidates[min(leaders)[1]]

    def seconds_active(self, now: float) -> float:
        """Seconds in which an engine was at work and not paused."""
        running = now - self.active_since if self.active_since is not None else 0.0
        return self.active_seconds + max(0.0, running)

    def note(self, at: float, text: str, level: str = "info") -> None:
        """Append a line to the log."""
        self.log.append(LogLine(at, level, text))
        self.log_total += 1
        if level == "warning":
            self.warnings += 1
        elif level == "error":
            self.errors += 1

    def set_active(self, at: float, active: bool) -> None:
        """Start or stop the clock of working time."""
        if active and self.active_since is None:
            self.active_since = at
        elif not active and self.active_since is not None:
            self.active_seconds += max(0.0, at - self.active_since)
            self.active_since = None


def candidate_name(candidate: int) -> str:
    """How a candidate is called everywhere: 7 is "c007"."""
    return f"c{candidate:03d}"


def _names(candidates: tuple[int, ...]) -> str:
    shown = " ".join(candidate_name(each) for each in candidates[:6])
    return shown + (" …" if len(candidates) > 6 else "")


@singledispatch
def _apply(event: ev.Event, state: RunState, at: float) -> None:
    raise TypeError(f"no rule for {type(event).__name__}")


@_apply.register
def _(event: ev.EngineStarted, state: RunState, at: float) -> None:
    state.pid = event.pid
    # An engine that was killed leaves the clock running. Its last event was its last sign of
    # life: the time from there to this start was no work.
    if state.last_at is not None:
        state.set_active(state.last_at, False)
    state.attempt = event.attempt
    state.status = "running"
    state.reason = ""
    state.ended_at = None
    state.started_at = state.started_at or at
    state.set_active(at, True)
    verb = "started" if event.attempt == 1 else f"resumed (attempt {event.attempt})"
    state.note(at, f"engine {verb}, process {event.pid}")


@_apply.register
def _(event: ev.SearchStarted, state: RunState, at: float) -> None:
    state.setup = event = steering_fold.with_limits(event, state.limits)
    limit = f", limit {event.max_calls}" if event.max_calls is not None else ""
    state.note(
        at,
        f"{event.method} on {event.task}: train {event.train}, dev {event.dev}, "
        f"test {event.test}; up to {event.planned_calls} calls{limit}",
    )


@_apply.register
def _(event: ev.SearchRestarted, state: RunState, at: float) -> None:
    state.candidates.clear()
    state.rounds.clear()
    state.steps.clear()
    state.curve.clear()
    state.scored.clear()
    state.idle.clear()
    state.rejections.clear()
    state.leader = None
    state.winner = None
    state.limit = ""
    state.stage, state.step, state.stage_calls = "", 0, 0
    state.stages = 0
    state.reopened = False
    steering_fold.begin_anew(state, event.stage)
    state.note(at, f"search begun anew: {event.reason}", "warning")


@_apply.register
def _(event: ev.StageStarted, state: RunState, at: float) -> None:
    state.stage, state.step, state.stage_calls = event.stage, event.step, event.calls
    state.stages += 1
    state.note(at, f"{event.stage}: up to {event.calls} calls")


@_apply.register
def _(event: ev.StepPlanned, state: RunState, at: float) -> None:
    state.steps[event.step] = event
    limit = f"change up to {event.edit_budget} words" if event.edit_budget else "change freely"
    state.note(
        at,
        f"step {event.step} from {candidate_name(event.current)}: {limit}; "
        f"shown {_names(event.trajectory)}",
    )


@_apply.register
def _(event: ev.CandidateAdded, state: RunState, at: float) -> None:
    state.candidates[event.candidate] = CandidateState(
        id=event.candidate,
        text=event.text,
        operation=event.operation,
        step=event.step,
        parents=event.parents,
        distance=event.distance,
        edit_budget=event.edit_budget,
        edit_outcome=event.edit_outcome,
        status="vetoed" if event.text in state.vetoed else "new",
        revision=state.revision,
    )
    if event.operation != "seed":
        state.rounds.setdefault(event.step, Round(event.step)).made += 1
    source = f" from {_names(event.parents)}" if event.parents else ""
    state.note(at, f"{candidate_name(event.candidate)} {event.operation}{source}: {event.text}")


@_apply.register
def _(event: ev.ProposalRejected, state: RunState, at: float) -> None:
    state.rejections[kind_of(event.reason)] += 1
    state.note(at, f"{event.operation} proposal rejected ({event.reason}): {event.text}")


@_apply.register
def _(event: ev.CandidateScored, state: RunState, at: float) -> None:
    candidate = state.candidates[event.candidate]
    candidate.revision = state.revision
    if event.objectives:
        candidate.objectives[event.split] = event.objectives
    if event.split == "test":
        candidate.test = event.score
    elif event.split == "test-other":
        candidate.test_other = event.score
    elif event.split == "dev":
        candidate.dev = event.score
        candidate.unscored = event.unscored
        if event.score is not None:
            calls, score = state.usage.calls, event.score
            state.scored.add(ScoredPoint(event.candidate, calls, score.mean, score.n))
        if candidate.status == "new":
            candidate.status = "scoring"
    shown = str(event.score) if event.score else "no score, every call failed"
    parts = ", ".join(f"{name} {short(each.mean)}" for name, each in event.objectives.items())
    shown += f" ({parts})" if parts else ""
    state.note(at, f"{candidate_name(event.candidate)} {event.split} {shown}")


@_apply.register
def _(event: ev.StageFinished, state: RunState, at: float) -> None:
    for status, group in (("kept", event.survivors), ("dropped", event.dropped)):
        for each in group:
            candidate = state.candidates[each]
            if candidate.status != "vetoed":
                candidate.status, candidate.revision = status, state.revision
    if event.leader is not None:
        # Vetoed while the stage was going on, it leads no more.
        vetoed = state.candidates[event.leader].status == "vetoed"
        state.leader = None if vetoed else event.leader
    if event.survivors and event.step in state.rounds and event.stage != "final":
        state.rounds[event.step].take(event, state.candidates)
    if event.best is not None and event.mean is not None:
        state.curve.append(
            CurvePoint(
                stage=event.stage,
                step=event.step,
                calls=state.usage.calls,
                n=event.n,
                best=event.best,
                mean=event.mean,
                seed=event.seed,
            )
        )
        state.note(
            at,
            f"{event.stage} done: kept {len(event.survivors)}, dropped {len(event.dropped)}, "
            f"in front {candidate_name(event.leader or 0)} {event.best}",
        )
    else:
        if event.best is not None:
            calls, points = state.usage.calls, len(state.curve)
            state.idle.append(IdleStage(event.stage, calls, event.best, points))
        state.note(at, f"{event.stage} done")


@_apply.register
def _(event: ev.LimitReached, state: RunState, at: float) -> None:
    state.limit = event.limit
    state.note(at, f"limit {event.limit}: {event.detail}", "warning")


@_apply.register
def _(event: ev.WinnerChosen, state: RunState, at: float) -> None:
    state.winner = event.candidate
    winner = state.candidates[event.candidate]
    winner.status, winner.revision = "winner", state.revision
    state.note(at, str(state.saved))
    state.note(at, f"winner on dev: {candidate_name(event.candidate)} {winner.dev or ''}".rstrip())


@_apply.register
def _(event: ev.UsageUpdated, state: RunState, at: float) -> None:
    state.usage = event


@_apply.register
def _(event: ev.CostEstimated, state: RunState, at: float) -> None:
    state.estimate = event
    tokens = event.prompt_tokens + event.completion_tokens
    money = shown_usd(event.usd) if event.usd is not None else "a price that is not known"
    state.note(at, f"all of it would take about {tokens:,} tokens, at {money}")


@_apply.register
def _(event: ev.CallRetried, state: RunState, at: float) -> None:
    state.note(
        at,
        f"{event.role} call failed, attempt {event.attempt}, again in {event.delay:.1f}s: "
        f"{event.reason}",
        "warning",
    )


@_apply.register
def _(event: ev.CallFailed, state: RunState, at: float) -> None:
    state.note(at, f"{event.role} call given up: {event.reason}", "error")


@_apply.register
def _(event: ev.SearchWarned, state: RunState, at: float) -> None:
    state.note(at, event.message, "warning")


@_apply.register
def _(event: ev.Warned, state: RunState, at: float) -> None:
    state.note(at, event.message, "warning")


@_apply.register
def _(event: ev.Answer, state: RunState, at: float) -> None:
    steering_fold.apply(event, state, at)


@_apply.register
def _(event: ev.RunEnded, state: RunState, at: float) -> None:
    state.status = event.status
    state.reason = event.reason
    state.reopened = False
    state.ended_at = at
    state.pid = None
    state.set_active(at, False)
    suffix = f": {event.reason}" if event.reason else ""
    state.note(at, f"run {event.status}{suffix}", "error" if event.status == "failed" else "info")
