"""Events: one fact about a run each, appended and never changed.

Two kinds. A *search event* says what the search did; the search is deterministic, so a run
that is resumed produces the same ones again, in the same order, and they are recorded once.
An *operational event* says what happened around it (an engine that started, a retry, a
pause), and is recorded whenever it happens; what a person asked for is one of these too
(see `steering_events`).

`RunState` (see `state`) is the fold over a run's events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from promptopt.evaluation.score import Score
from promptopt.runs.event import Event as Event
from promptopt.runs.event import SearchEvent as SearchEvent
from promptopt.runs.steering_events import Answer as Answer
from promptopt.runs.steering_events import CandidateMarked as CandidateMarked
from promptopt.runs.steering_events import CandidateOffered as CandidateOffered
from promptopt.runs.steering_events import CandidateVetoed as CandidateVetoed
from promptopt.runs.steering_events import CommandRefused as CommandRefused
from promptopt.runs.steering_events import ConcurrencyChanged as ConcurrencyChanged
from promptopt.runs.steering_events import LimitChanged as LimitChanged
from promptopt.runs.steering_events import Noted as Noted
from promptopt.runs.steering_events import Paused as Paused
from promptopt.runs.steering_events import SearchOrder as SearchOrder
from promptopt.runs.steering_events import StopRequested as StopRequested
from promptopt.runs.steering_events import Unpaused as Unpaused

# What the search did


class SearchStarted(SearchEvent, frozen=True, tag="search_started"):
    """The first event of a search: what it sets out to do.

    `dev_score` says what dev is scored by where that is not the metric: "log-probability", or
    the objectives with their weights; `test_score` says the same of test. `judge_model` and
    `embedder` are "" where none is asked. Where the winner is tested zero-shot and few-shot,
    `demonstrations` are shown throughout and `other_demonstrations` in the second test. `preset`
    is "" where none was named; `settings` are those of the method that differ from its defaults.
    """

    task: str
    metric: str
    method: str
    seed: int
    seed_prompt: str
    train: int
    dev: int
    test: int
    task_model: str
    optimizer_model: str
    planned_calls: int
    max_calls: int | None = None
    max_tokens: int | None = None
    max_usd: float | None = None
    dev_score: str = ""
    test_score: str = ""
    judge_model: str = ""
    embedder: str = ""
    demonstrations: int | None = None
    other_demonstrations: int | None = None
    preset: str = ""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def scored_by(self) -> str:
        """What the scores are of, for people."""
        test = self.test_score or self.metric
        return f"{test}, dev by {self.dev_score}" if self.dev_score not in ("", test) else test

    @property
    def models(self) -> dict[str, str]:
        """Role to model, of all models that the run asks."""
        named = {
            "task": self.task_model,
            "optimizer": self.optimizer_model,
            "judge": self.judge_model,
            "embedder": self.embedder,
        }
        return {role: model for role, model in named.items() if model}


class StageStarted(SearchEvent, frozen=True, tag="stage_started"):
    """A part of the search begins.

    `stage` names it for people ("propose", "filter 2", "final", "test"); `step` counts the
    rounds of the method from 0; `calls` is how many model calls it will make at the most.
    """

    stage: str
    step: int
    calls: int


class StepPlanned(SearchEvent, frozen=True, tag="step_planned"):
    """What a step of a method that moves from prompt to prompt starts from.

    `current` is the candidate that it starts from, `edit_budget` how many words of it may change,
    None where there is no limit. `trajectory` are the candidates that the optimizer model is
    shown, in that order.
    """

    step: int
    edit_budget: int | None
    trajectory: tuple[int, ...]
    current: int


class CandidateAdded(SearchEvent, frozen=True, tag="candidate_added"):
    """A candidate passed the guards. `candidate` counts from 0, the seed prompt.

    `operation` is what made it: "seed", "forward", "resample", "person". `distance` is
    the word edit distance from its first parent, None where it has none; `edit_budget` and
    `edit_outcome` say what it was allowed and how that was kept (see
    `promptopt.evaluation.candidate`).
    """

    candidate: int
    text: str
    operation: str
    step: int
    parents: tuple[int, ...] = ()
    distance: int | None = None
    edit_budget: int | None = None
    edit_outcome: str = ""


class ProposalRejected(SearchEvent, frozen=True, tag="proposal_rejected"):
    """A guard turned a proposal away; `reason` says why in a few words."""

    text: str
    operation: str
    step: int
    reason: str
    parents: tuple[int, ...] = ()


class CandidateScored(SearchEvent, frozen=True, tag="candidate_scored"):
    """The score of a candidate on all examples of a split that it was scored on so far.

    `score` is None when every one of its calls failed; `unscored` counts failed calls.
    `objectives` are the scores by each objective, on the same examples, where there are several;
    `score` is then of their mean by weight.
    """

    candidate: int
    split: str
    step: int
    score: Score | None
    unscored: int = 0
    objectives: dict[str, Score] = msgspec.field(default_factory=dict)


class StageFinished(SearchEvent, frozen=True, tag="stage_finished"):
    """A part of the search has ended. For one that selects: who survived and who did not.

    `leader` is the candidate in front. `n` is on how many shared examples it was compared,
    `best`, `mean` and `seed` are the scores of the leader, of the mean candidate and of the
    seed prompt on just those examples.
    """

    stage: str
    step: int
    survivors: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    leader: int | None = None
    n: int = 0
    best: Score | None = None
    mean: float | None = None
    seed: Score | None = None


class LimitReached(SearchEvent, frozen=True, tag="limit_reached"):
    """A limit of the budget ended the search, and the best so far is tested; or a part of it.

    `cut` is true where it only made the search smaller, so that it comes to its end within it.
    """

    limit: str
    detail: str
    cut: bool = False


class SearchWarned(SearchEvent, frozen=True, tag="search_warned"):
    """Something about the search that the person should know."""

    message: str


class WinnerChosen(SearchEvent, frozen=True, tag="winner_chosen"):
    """The candidate that goes to the test split, chosen on dev alone."""

    candidate: int


# What happened around it


class EngineStarted(Event, frozen=True, tag="engine_started"):
    """An engine process took the run up; `attempt` counts from 1."""

    pid: int
    attempt: int
    version: str


class CostEstimated(Event, frozen=True, tag="cost_estimated"):
    """What the run was expected to cost before it began, if it makes all the calls planned.

    `exact` says whether tokens were counted by the models' own tokenizers. `usd` is None where
    the price of a model is not known. `steps` is how many steps or rounds were planned, and
    `test_calls` how many of the calls are for the test.
    """

    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    exact: bool
    steps: int = 0
    test_calls: int = 0


class SearchRestarted(Event, frozen=True, tag="search_restarted"):
    """A resumed search did not repeat what was recorded; its search events begin anew.

    Happens only when failed calls are asked again or a model's replies to stored questions
    changed meaning with a new version of promptopt. `stage` is the first stage that can still take
    in what a person asked for.
    """

    reason: str
    stage: int = 0


class SearchReopened(Event, frozen=True, tag="search_reopened"):
    """A search that a limit had ended goes on with a higher one.

    What was found stands, the winner that was chosen and its test score too; it is one candidate
    among others from here on. `kept` is how many of the search events before, since it was last
    begun anew, belong to what a resumed search tells again: the others were its former end. `stage`
    is how many stages the search had begun.
    """

    kept: int
    stage: int


class UsageUpdated(Event, frozen=True, tag="usage_updated"):
    """Totals over the life of the run, over all its models.

    `calls` counts every request that was sent, retries included; `cached_calls` the questions
    answered from the store because the same one had been asked before in the same run.
    `prompt_tokens` and `completion_tokens` are what the endpoints told.

    `tokens` and `usd` are what counts against the caps: a call of which nothing was told counts at
    its worst. `forecast_tokens` and `forecast_usd` are what the run will have come to if it makes
    all the calls that were planned, by what its calls cost so far. Of money both are None where
    the price of a model is not known.

    `untold` counts the answered calls of which no tokens were told. What these took is estimated,
    in `untold_prompt_tokens` and `untold_completion_tokens`, and `untold_excess` is how much of
    `usd` is above the estimate, as the caps hold their worst.

    `lost` counts the calls that failed, or were under way when an engine was killed, without a word
    of what they took, and `lost_tokens` and `lost_usd` are how much of `tokens` and `usd` stands
    for them, which is the most that they can have taken.
    """

    calls: int = 0
    cached_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    retries: int = 0
    failures: int = 0
    in_flight: int = 0
    tokens: int = 0
    usd: float | None = None
    forecast_tokens: int | None = None
    forecast_usd: float | None = None
    untold: int = 0
    untold_prompt_tokens: int = 0
    untold_completion_tokens: int = 0
    untold_excess: float = 0.0
    lost: int = 0
    lost_tokens: int = 0
    lost_usd: float = 0.0


class CallRetried(Event, frozen=True, tag="call_retried"):
    """A call failed and is sent again after `delay` seconds."""

    role: str
    reason: str
    attempt: int
    delay: float


class CallFailed(Event, frozen=True, tag="call_failed"):
    """A call failed for good; what it was for stays unscored or unproposed."""

    role: str
    reason: str


class Waiting(msgspec.Struct, frozen=True):
    """An endpoint that has answered, does so no more, and is waited for.

    `seconds` is for how long it has not answered, `again_in` when it is asked again.
    """

    endpoint: str
    seconds: float
    again_in: float


class Warned(Event, frozen=True, tag="warned"):
    """Something that the person should know.

    `waiting` are the endpoints that are waited for from then on; None where it says nothing of it.
    """

    message: str
    waiting: tuple[Waiting, ...] | None = None


UNTOLD = (
    "an endpoint does not tell how many tokens its calls take: what is shown of them is estimated, "
    "and limits on tokens and money count each such call at the most that it can take"
)
"""Said once, by a `Warned`."""


class RunEnded(Event, frozen=True, tag="run_ended"):
    """The engine is done with the run.

    `status` is "done" (a best prompt was chosen and tested), "stopped" (by a person; can be
    resumed) or "failed" (`reason` says why; can be resumed). `prompt_file` is where the best prompt
    was written, relative to the store's folder; "" where it was not.
    """

    status: str
    reason: str = ""
    prompt_file: str = ""


AnyEvent = (
    SearchStarted
    | StageStarted
    | StepPlanned
    | CandidateAdded
    | ProposalRejected
    | CandidateScored
    | StageFinished
    | LimitReached
    | SearchWarned
    | WinnerChosen
    | EngineStarted
    | CostEstimated
    | SearchRestarted
    | SearchReopened
    | UsageUpdated
    | CallRetried
    | CallFailed
    | Warned
    | Paused
    | Unpaused
    | StopRequested
    | LimitChanged
    | ConcurrencyChanged
    | CandidateOffered
    | CandidateVetoed
    | Noted
    | CandidateMarked
    | CommandRefused
    | RunEnded
)

_encoder = msgspec.json.Encoder()


def encode_event(event: Event) -> bytes:
    """One event as JSON."""
    return _encoder.encode(event)


decode_event: Callable[[bytes | str], AnyEvent] = msgspec.json.Decoder(AnyEvent).decode
"""The event that `encode_event` wrote.

Raises:
    msgspec.ValidationError: the text is no event of this version.
"""
