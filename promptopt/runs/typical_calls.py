"""Typical calls: what a run's calls are like, from the prompts of its own task.

Evaluation prompts and the questions to a judge are rendered as they will be sent, and so are the
optimizer model's where its method says how. What nobody knows beforehand is assumed, as the
constants here say.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from promptopt.evaluation.candidate import Candidate
from promptopt.evaluation.objectives import questions_of
from promptopt.evaluation.predictions import FINAL_TOKENS, continued, final_turn_of
from promptopt.llm.model import Request, Role
from promptopt.llm.outlook import Kind
from promptopt.llm.sampling import Sampling, sampling_for
from promptopt.methods.ape_proposing import proposal_queries
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.gpo_meta import meta_prompt
from promptopt.methods.gpo_settings import GpoSettings
from promptopt.methods.search import named_rng
from promptopt.methods.trajectory import Visited
from promptopt.runs.config import RunConfig
from promptopt.runs.roles import metrics_of, models_of, score_function
from promptopt.tasks.task import Task

if TYPE_CHECKING:
    from promptopt.llm.tariff import Tariff
    from promptopt.tasks.example import Example

SAMPLED = 100
"""Examples of a split that are rendered."""

CANDIDATE = "Read the input with care, and then write the answer that it asks for, in as few words "
"""A candidate counts as long as this, or as the seed prompt if that is longer."""

AROUND_A_MESSAGE = 8
"""Tokens that a chat template puts around a message."""

MORE_WORDS = 8
"""Tokens that a chat model says beside twice the tokens of the answer."""

WRITTEN = 48
"""Tokens of an optimizer model's reply."""

GRADE = 8
"""Tokens of a judge's reply."""

META_TOKENS = 250
META_EXAMPLES = 5
"""Of a meta-prompt that is not known: tokens of its words, and train examples in it."""


class TypicalCall(msgspec.Struct, frozen=True):
    """Calls of one kind.

    Attributes:
        role: of the model.
        prompt, completion: tokens on the average.
        most: prompt and completion tokens of the longest one at its worst.
    """

    role: Role
    prompt: float
    completion: float
    most: tuple[int, int]


class TypicalCalls(msgspec.Struct, frozen=True):
    """What the calls of a run are like.

    Attributes:
        search: by kind, of the search.
        tests: by kind, of each split that is tested on.
    """

    search: dict[Kind, TypicalCall]
    tests: dict[str, dict[Kind, TypicalCall]]


def typical_calls(config: RunConfig, task: Task, tariffs: Mapping[Role, Tariff]) -> TypicalCalls:
    """What the calls of a run are like, with each model's tokens counted by its tariff."""
    calls = _Calls(config, task, tariffs)
    search = calls.of_cells("dev", metrics_of(config, task, "dev"), task.demonstrations)
    if score_function(config) == "log_probability":
        search["likelihood"] = calls.of_likelihood()
    search["optimizer"] = calls.of_proposals()
    if "embedder" in tariffs:
        search["embedder"] = calls.of_vectors()
    tests = {
        split: calls.of_cells(
            split,
            metrics_of(config, task, split),
            task.demonstrations if split == "test" else task.other_demonstrations or (),
        )
        for split in task.test_splits
    }
    return TypicalCalls(search, tests)


class _Calls:
    def __init__(self, config: RunConfig, task: Task, tariffs: Mapping[Role, Tariff]) -> None:
        self._config = config
        self._task = task
        self._tariffs = tariffs
        self._models = models_of(config, task)
        self._instruction = max(task.seed_prompt, CANDIDATE.strip(), key=len)

    def of_cells(
        self, split: str, metrics: Sequence[str], shown: Sequence[Example]
    ) -> dict[Kind, TypicalCall]:
        """The calls of the task model for a cell, and those of the judge."""
        task, sampling = self._task, sampling_for(self._models["task"], "task")
        counter = self._tariffs["task"].counter
        second = final_turn_of(task, sampling)
        turns, grades = _Average(self, "task"), _Average(self, "judge")
        questions = questions_of(task, metrics)
        for example in task.split(split)[:SAMPLED]:
            prompt = task.template.render(self._instruction, example, shown)
            answer = example.references[0]
            said = float(counter.count(answer))
            if sampling.api == "chat":
                said = 2 * said + MORE_WORDS
            first = sampling.max_tokens / 2 if second else min(said, sampling.max_tokens)
            turns.add(_request(prompt, sampling), first)
            if second:
                request = msgspec.structs.replace(
                    _request(second, sampling), history=((prompt, ""),), max_tokens=FINAL_TOKENS
                )
                turns.add(request, min(said, FINAL_TOKENS), said_before=first)
            for question in questions:
                judge = sampling_for(self._models["judge"], "judge")
                grades.add(_request(question.prompt(example, answer), judge), GRADE)
        return turns.call() | grades.call()

    def of_likelihood(self) -> TypicalCall:
        """The calls that ask how likely an answer is."""
        task, sampling = self._task, sampling_for(self._models["task"], "task")
        calls = _Average(self, "task")
        for example in task.dev[:SAMPLED]:
            prompt = task.template.render(self._instruction, example, task.demonstrations)
            answer = continued(prompt, example.references[0])
            request = msgspec.structs.replace(
                _request(prompt, sampling), api="likelihood", answer=answer, max_tokens=1
            )
            calls.add(request, 1.0)
        return calls.call()["task"]

    def of_proposals(self) -> TypicalCall:
        """The calls of the optimizer model."""
        sampling = sampling_for(self._models["optimizer"], "optimizer")
        calls = _Average(self, "optimizer")
        for prompt in self._meta_prompts():
            calls.add(_request(prompt, sampling), min(WRITTEN, sampling.max_tokens))
        return calls.call()["optimizer"]

    def of_vectors(self) -> TypicalCall:
        """The calls of the embedder."""
        calls = _Average(self, "embedder")
        calls.add(Request("", "embedding", self._instruction, 0.0, 1.0, 1), 0.0)
        return calls.call()["embedder"]

    def _meta_prompts(self) -> Iterable[str]:
        task, settings = self._task, self._config.method
        if isinstance(settings, ApeSettings):
            draws = named_rng(self._config.seed, "estimate")
            queries = proposal_queries(settings, task.template, task.train, draws, infill=False)
            return [query.prompt for query in itertools.islice(queries, 8)]
        if isinstance(settings, GpoSettings):
            visited = Visited(Candidate(0, self._instruction, "seed", 0), 0.5)
            return [
                meta_prompt(
                    shown=[visited] * (1 if settings.momentum == "none" else settings.trajectory),
                    current=visited,
                    exemplars=task.train[: settings.exemplars],
                    template=task.template,
                    refinement=settings.refinement,
                    budget=None,
                    reflection=None,
                )
            ]
        shown = map(task.template.render_demonstration, task.train[:META_EXAMPLES])
        return ["word " * META_TOKENS + "".join(shown)]


class _Average:
    """Adds up requests to one role."""

    def __init__(self, calls: _Calls, role: Role) -> None:
        self._tariff = calls._tariffs.get(role)
        self._role = role
        self._requests = 0
        self._prompt = 0.0
        self._completion = 0.0
        self._most = (0, 0)

    def add(self, request: Request, completion: float, said_before: float = 0.0) -> None:
        """Count a request, with the tokens of its reply and of the reply before it."""
        assert self._tariff is not None
        counter = self._tariff.counter
        texts = [request.prompt + request.answer, *(said for said, _ in request.history)]
        around = AROUND_A_MESSAGE * len(texts) if request.api == "chat" else 0
        self._requests += 1
        self._prompt += sum(map(counter.count, texts)) + around + said_before
        self._completion += completion
        most = self._tariff.most(request)
        self._most = max(self._most[0], most[0]), max(self._most[1], most[1])

    def call(self) -> dict[Kind, TypicalCall]:
        """The call on the average, by its role; nothing where there was none."""
        if not self._requests:
            return {}
        prompt, completion = self._prompt / self._requests, self._completion / self._requests
        return {self._role: TypicalCall(self._role, prompt, completion, self._most)}


def _request(prompt: str, sampling: Sampling) -> Request:
    return Request(
        "", sampling.api, prompt, sampling.temperature, sampling.top_p, sampling.max_tokens
    )
