"""A finished APE run in a real store, as an engine would have written it, without a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from promptopt.evaluation.score import score_of
from promptopt.runs import events as ev
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template

if TYPE_CHECKING:
    from promptopt.runs.store import Store

SEED_PROMPT = "Answer the question."
PROPOSALS = (
    "Write the plural of the word.",
    "Pluralize the given word, and answer with that word alone.",
    "Write a short poem about the word.",
    "Make the word longer.",
)
WINNER = 2

DEV, TEST = 40, 60

# Which of ten consecutive examples a candidate answers right, by candidate.
RIGHT = {0: 5, 1: 7, 2: 9, 3: 0, 4: 4}


@dataclass
class Script:
    """What the run does.

    `until` cuts it off after "propose", "filter", "final", "winner" or "test"; None lets it end.
    """

    task: str = "singular_to_plural"
    seed_prompt: str = SEED_PROMPT
    proposals: tuple[str, ...] = PROPOSALS
    right: dict[int, int] = field(default_factory=lambda: dict(RIGHT))
    winner: int = WINNER
    until: str | None = None
    status: str = "done"
    reason: str = ""
    metric: str = "exact_match"
    task_model: str = "local"
    optimizer_model: str = "local"
    limit: tuple[str, str] | None = None
    failing: frozenset[tuple[int, str, int]] = frozenset()
    start: float = 1_700_000_000.0
    preset: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    # candidate to its distance from the seed prompt, its edit budget and the outcome
    edits: dict[int, tuple[int, int | None, str]] = field(default_factory=dict)
    wrong: float = 0.0  # the score of a wrong answer


class _Player:
    def __init__(self, store: Store, run_id: str, script: Script) -> None:
        self.store, self.run_id, self.script = store, run_id, script
        self.at = script.start
        self.calls = 0

    def tell(self, event: ev.Event, seconds: float = 1.0) -> None:
        self.store.append_event(self.run_id, event, self.at)
        self.at += seconds

    def used(self, calls: int, cached: int = 0) -> None:
        self.calls += calls
        self.store.count_sent(self.run_id, calls)
        self.tell(
            ev.UsageUpdated(
                calls=self.calls,
                cached_calls=cached,
                prompt_tokens=self.calls * 52,
                completion_tokens=self.calls * 7,
            )
        )

    def score(self, candidate: int, split: str, step: int, examples: range) -> None:
        """Predict the examples of a split, and tell the score on all up to the last one."""
        rows = []
        for example in examples:
            failed = (candidate, split, example) in self.script.failing
            right = example % 10 < self.script.right[candidate]
            response = self.store.add_response(
                self.run_id,
                f"{candidate}/{split}/{example}".encode(),
                0,
                role="task",
                request=None,
                text=None if failed else (f"word{example}s" if right else f"wrong {example}"),
                error="HTTP 500" if failed else None,
                prompt_tokens=52,
                completion_tokens=7,
            )
            score = 1.0 if right else self.script.wrong
            rows.append((example, response, None if failed else score))
        self.store.add_predictions(self.run_id, candidate, split, rows)
        known = self.store.predictions(self.run_id, candidate, split)
        scores = [each.score for each in known if each.score is not None]
        self.tell(
            ev.CandidateScored(
                candidate, split, step, score_of(scores), unscored=len(known) - len(scores)
            )
        )

    def mean(self, candidate: int) -> float:
        return self.script.right[candidate] / 10


def make_task(name: str = "singular_to_plural", seed_prompt: str = SEED_PROMPT) -> Task:
    """A task with 10 train, 40 dev and 60 test examples."""

    def examples(split: str, n: int) -> tuple[Example, ...]:
        return tuple(Example(f"{split}{i}", (f"{split}{i}s",)) for i in range(n))

    return Task(
        name=name,
        source=f"{name}.csv",
        metric="exact_match",
        seed_prompt=seed_prompt,
        template=Template(),
        train=examples("train", 10),
        dev=examples("dev", DEV),
        test=examples("test", TEST),
    )


def play_run(store: Store, script: Script | None = None, name: str | None = None) -> str:
    """Write a run down, and return its id."""
    script = script or Script()
    task = make_task(script.task, script.seed_prompt)
    run_id = store.create_run(
        task, "ape", '{"task":{"source":"x.csv"},"method":{"name":"ape"}}', name
    )
    player = _Player(store, run_id, script)
    store.begin()
    _play(player, script)
    store.commit()
    return run_id


def _play(player: _Player, script: Script) -> None:
    candidates = range(len(script.proposals) + 1)
    player.tell(ev.EngineStarted(pid=4711, attempt=1, version="0.1.0"))
    player.tell(
        ev.SearchStarted(
            task=script.task,
            metric=script.metric,
            method="ape",
            seed=0,
            seed_prompt=script.seed_prompt,
            train=10,
            dev=DEV,
            test=TEST,
            task_model=script.task_model,
            optimizer_model=script.optimizer_model,
            planned_calls=300,
            max_calls=500,
            preset=script.preset,
            settings=script.settings,
        )
    )
    player.tell(ev.StageStarted("propose", 0, 6))
    player.tell(ev.CandidateAdded(0, script.seed_prompt, "seed", 0))
    for number, text in enumerate(script.proposals, 1):
        if number in script.edits:
            player.tell(ev.CandidateAdded(number, text, "step", 0, (0,), *script.edits[number]))
        else:
            player.tell(ev.CandidateAdded(number, text, "forward", 0))
    player.tell(ev.ProposalRejected("The same.", "forward", 0, "duplicate of c001"))
    player.used(6)
    player.tell(ev.StageFinished("propose", 0))
    if script.until == "propose":
        return
    player.tell(ev.StageStarted("filter 1", 1, 50))
    for candidate in candidates:
        player.score(candidate, "dev", 1, range(10))
    player.used(50, cached=3)
    order = sorted(candidates, key=lambda each: -script.right[each])
    kept, dropped = tuple(sorted(order[:3])), tuple(sorted(order[3:]))
    player.tell(
        ev.StageFinished(
            "filter 1",
            1,
            survivors=kept,
            dropped=dropped,
            leader=order[0],
            n=10,
            best=score_of([float(i < script.right[order[0]]) for i in range(10)]),
            mean=sum(map(player.mean, candidates)) / len(candidates),
            seed=score_of([float(i < script.right[0]) for i in range(10)]),
        )
    )
    if script.until == "filter":
        return
    player.tell(ev.CallRetried("task", "HTTP 429", 1, 2.0))
    player.tell(ev.StageStarted("final", 2, 90))
    for candidate in kept:
        player.score(candidate, "dev", 2, range(10, DEV))
    player.used(90, cached=3)
    if script.until == "final":
        return
    if script.limit:
        player.tell(ev.LimitReached(*script.limit))
    player.tell(ev.WinnerChosen(script.winner))
    if script.until == "winner":
        return
    player.tell(ev.StageStarted("test", 3, 120))
    for candidate in sorted({0, script.winner}):
        player.score(candidate, "test", 3, range(TEST))
    player.used(120, cached=3)
    if script.until == "test":
        return
    player.tell(ev.RunEnded(script.status, script.reason))
