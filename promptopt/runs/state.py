"""RunState: a run as a viewer sees it, folded from its events.

The progress display, `show`, the exports and the workbench all read a `RunState`, so they
cannot disagree. Folding is cheap and incremental: a viewer keeps its state and applies the
events that came since.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from promptopt.evaluation.score import Score as Score  # part of what a state says
from promptopt.runs import events as ev
from promptopt.runs.event_lines import LogLine as LogLine
from promptopt.runs.fold import RULES
from promptopt.runs.rounds import Round, Saved, saved_by
from promptopt.runs.scored_points import ScoredPoints
from promptopt.runs.state_parts import CandidateState as CandidateState
from promptopt.runs.state_parts import CurvePoint as CurvePoint
from promptopt.runs.state_parts import IdleStage as IdleStage
from promptopt.runs.state_parts import Note as Note
from promptopt.runs.state_parts import Order as Order
from promptopt.runs.state_parts import WaitedFor as WaitedFor
from promptopt.runs.state_parts import candidate_name as candidate_name

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
    prompt_file: str = ""  # of the best prompt, relative to the store's folder, once it has ended
    prompt_before: str = ""  # the one that a search left which is begun anew with a raised limit
    setup: ev.SearchStarted | None = None
    pid: int | None = None
    attempt: int = 0
    active_seconds: float = 0.0
    active_since: float | None = None
    stage: str = ""
    stages: int = 0  # how many the search has begun
    step: int = 0
    stage_calls: int = 0
    stage_from: int = 0  # calls that had been made when it began
    calls_of_steps: list[int] = field(default_factory=list)  # of those that moved on, in order
    candidates: dict[int, CandidateState] = field(default_factory=dict)
    rounds: dict[int, Round] = field(default_factory=dict)
    rejections: Counter[str] = field(default_factory=Counter)  # by the kind of the reason
    steps: dict[int, ev.StepPlanned] = field(default_factory=dict)
    curve: list[CurvePoint] = field(default_factory=list)
    idle: list[IdleStage] = field(default_factory=list)
    scored: ScoredPoints = field(default_factory=ScoredPoints)
    leader: int | None = None
    winner: int | None = None
    limit: str = ""  # that made the search smaller or ended it
    cut_short: bool = False  # it ended the search, or a part of it
    waiting: tuple[WaitedFor, ...] = ()  # endpoints that do not answer any more
    searched: int = 0  # how many stages had been begun when the winner was chosen
    reopened: bool = False  # had ended, and is to go on with a raised limit
    reopened_at: int = 0  # from this stage on; 0 is its start: it is gone through anew
    orders: list[Order] = field(default_factory=list)
    limits: dict[str, float | None] = field(default_factory=dict)  # those that were changed
    concurrency: int | None = None  # where it was changed
    vetoed: set[str] = field(default_factory=set)  # texts
    notes: list[Note] = field(default_factory=list)
    marked: dict[int, None] = field(default_factory=dict)  # in the order they were marked in
    marked_texts: set[str] = field(default_factory=set)
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
        RULES[type(event)](event, self, at)
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
        Where nothing has a score, as every call failed, there is none.
        """
        if self.winner is not None:
            return self.candidates.get(self.winner)
        leader = self.candidates.get(self.leader) if self.leader is not None else None
        if leader is not None and leader.dev is not None:
            return leader
        best: CandidateState | None = None
        most, mean = 0, 0.0
        for each in self.candidates.values():
            dev = each.dev
            if dev is None or dev.n < most or each.status == "vetoed":
                continue
            if best is not None and dev.n == most:
                if dev.mean < mean:
                    continue
                if dev.mean == mean and best.id < each.id:
                    continue
            best, most, mean = each, dev.n, dev.mean
        return best

    def seconds_active(self, now: float) -> float:
        """Seconds in which an engine was at work and not paused."""
        running = now - self.active_since if self.active_since is not None else 0.0
        return self.active_seconds + max(0.0, running)

    def note(self, at: float, told: str | ev.Event, level: str = "info") -> None:
        """Append a line to the log: a text, or an event that `event_lines` puts into words."""
        self.log.append(LogLine(at, level, told))
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
