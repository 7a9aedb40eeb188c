"""What a run will cost if it makes all the calls that are planned: tokens, and money if known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from promptopt.errors import InputError
from promptopt.evaluation.objectives import questions_of
from promptopt.llm.model import Role
from promptopt.llm.outlook import CallCost, Kind, Outlook
from promptopt.llm.settings import ModelSettings, endpoint_of
from promptopt.llm.spend import PICODOLLARS, Limit, shown_amount, shown_usd
from promptopt.llm.tariff import Tariff, tariff_of
from promptopt.methods.plan import PlannedStage
from promptopt.runs.config import RunConfig
from promptopt.runs.prepare import stages_of_test
from promptopt.runs.roles import (
    PROBE,
    calls_per_example,
    metrics_of,
    models_of,
    score_function,
)
from promptopt.runs.typical_calls import TypicalCall, typical_calls
from promptopt.tasks.task import Task

_tables: dict[Role, str] = {
    "task": "[task_model]",
    "optimizer": "[optimizer_model]",
    "judge": "[judge_model]",
    "embedder": "[embedder]",
}


class StageCost(msgspec.Struct, frozen=True):
    """What one stage is expected to cost.

    Attributes:
        stage, step, calls: as planned.
        prompt_tokens, completion_tokens: of all its calls.
        usd: None where the price of one of its models is not known.
    """

    stage: str
    step: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None


class CostEstimate(msgspec.Struct, frozen=True):
    """What a run is expected to cost.

    Attributes:
        stages: in their order, the test included.
        outlook: the same for a budget to plan with.
        uncounted: roles whose tokens are estimated, as no tokenizer is named for their models.
        unpriced: roles of whose models no price is known.
        reply_tokens: how long the task model's replies are assumed to be on the average.
    """

    stages: tuple[StageCost, ...]
    outlook: Outlook
    uncounted: tuple[Role, ...]
    unpriced: tuple[Role, ...]
    reply_tokens: int

    @property
    def calls(self) -> int:
        return sum(stage.calls for stage in self.stages)

    @property
    def steps(self) -> int:
        """Steps or rounds of the search."""
        return max((stage.step for stage in self.stages), default=0)

    @property
    def test_calls(self) -> int:
        return sum(stage.calls for stage in self.stages if stage.stage.startswith("test"))

    @property
    def prompt_tokens(self) -> int:
        return sum(stage.prompt_tokens for stage in self.stages)

    @property
    def completion_tokens(self) -> int:
        return sum(stage.completion_tokens for stage in self.stages)

    @property
    def usd(self) -> float | None:
        """None where the price of a model that is asked is not known."""
        return total_usd(stage.usd for stage in self.stages)

    @property
    def most_usd(self) -> float | None:
        """What it costs if all prompts and replies are as long as they can be; None as `usd`."""
        return self.outlook.most_picodollars / PICODOLLARS if self.outlook.priced else None

    @property
    def exact(self) -> bool:
        """Whether all prompts were counted by the models' own tokenizers."""
        return not self.uncounted


def total_usd(parts: Iterable[float | None]) -> float | None:
    """The sum, None where a part is not known."""
    total = 0.0
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def tariffs_of(config: RunConfig, task: Task) -> dict[Role, Tariff]:
    """What the calls of each of the run's models cost.

    Raises:
        InputError: a tokenizer cannot be had.
    """
    return {role: tariff_of(named) for role, named in models_of(config, task).items()}


def estimate(
    config: RunConfig,
    task: Task,
    stages: Sequence[PlannedStage],
    tariffs: Mapping[Role, Tariff],
) -> CostEstimate:
    """What the planned stages are expected to cost.

    Args:
        config: of the run.
        task: its examples are what prompts are rendered from.
        stages: with the most calls of each.
        tariffs: of the run's models.
    """
    typical = typical_calls(config, task, tariffs)
    tests = dict(zip(stages_of_test(task), task.test_splits, strict=True))
    costs = []
    search: dict[Kind, int] = {}
    test: dict[Kind, int] = {}
    for stage in stages:
        split = tests.get(stage.stage)
        calls = _calls_by_kind(config, task, stage, split)
        counted = test if split else search
        for kind, count in calls.items():
            counted[kind] = counted.get(kind, 0) + count
        costs.append(
            _stage_cost(stage, calls, typical.tests[split] if split else typical.search, tariffs)
        )
    asked = [role for role in tariffs if _is_asked(role, search, test)]
    unpriced = tuple(role for role in asked if tariffs[role].price is None)
    tested = _mean_calls(list(typical.tests.values()))
    outlook = Outlook(
        search,
        test,
        {kind: _call_cost(call, tariffs) for kind, call in typical.search.items()},
        {kind: _call_cost(call, tariffs) for kind, call in tested.items()},
        not unpriced,
    )
    uncounted = tuple(role for role in asked if not tariffs[role].counter.exact)
    answers = [calls["task"] for calls in (typical.search, *typical.tests.values())]
    reply_tokens = math.ceil(sum(call.completion for call in answers) / len(answers))
    return CostEstimate(tuple(costs), outlook, uncounted, unpriced, reply_tokens)


def check_caps(config: RunConfig, task: Task, estimated: CostEstimate) -> None:
    """Find out whether the caps can be kept, and reach for anything.

    Raises:
        InputError: money is capped and a price not known, or a cap is less than one call.
    """
    caps = config.budget.caps
    models = models_of(config, task)
    if caps.max_usd is not None and estimated.unpriced:
        role = estimated.unpriced[0]
        raise InputError(
            f"max_usd is set, but the price of {_named(models[role])} is not known; set "
            f"price = {{input = …, output = …}} under {_table(config, role)}, in US dollars per "
            "million tokens, or leave max_usd out"
        )
    first = "likelihood" if "likelihood" in estimated.outlook.search else "task"
    call = estimated.outlook.costs[first]
    most: dict[Limit, int] = {
        "max_tokens": call.most_tokens,
        "max_usd": call.most_picodollars,
    }
    for limit, cap in caps.amounts.items():
        if cap < most.get(limit, 0):
            needed, unit = shown_amount(limit, most[limit]), " tokens" * (limit == "max_tokens")
            raise InputError(
                f"{limit} = {shown_amount(limit, cap)} does not reach for one call of the task "
                f"model, which may take up to {needed}{unit}; raise it, or lower max_tokens "
                "under [task_model]"
            )


def notes_on(config: RunConfig, task: Task, estimated: CostEstimate) -> tuple[str, ...]:
    """What a person should know about an estimate, a sentence each."""
    models = models_of(config, task)
    notes = []
    foreign = [role for role in estimated.uncounted if models[role].kind == "openai"]
    if foreign:
        tables = " and ".join(dict.fromkeys(_table(config, role) for role in foreign))
        notes.append(
            f"Tokens are estimated, at four characters each; name a tokenizer under {tables} to "
            "have them counted."
        )
    if estimated.most_usd:
        notes.append(
            f"A reply of the task model is assumed to take about {estimated.reply_tokens:,} "
            f"tokens; if every reply takes all that max_tokens allows, the run costs up to "
            f"{shown_usd(estimated.most_usd)}."
        )
    notes += [
        f"The price of {_named(models[role])} is not known; set it with price = {{input = …, "
        f"output = …}} under {_table(config, role)}."
        for role in estimated.unpriced
    ]
    return tuple(dict.fromkeys(notes))


def _calls_by_kind(
    config: RunConfig, task: Task, stage: PlannedStage, split: str | None
) -> dict[Kind, int]:
    """The calls of a stage by their kind."""
    if stage.stage == PROBE:
        return {"likelihood": stage.calls}
    cells = stage.calls - stage.optimizer - stage.vectors
    # Examples of train are worked out, and graded as those of test are.
    tested = split is not None or stage.stage == "work out"
    if not tested and score_function(config) == "log_probability":
        found: dict[Kind, int] = {"likelihood": cells}
    else:
        scored = split or ("train" if tested else "dev")
        per_example = calls_per_example(config, task, scored)
        graded = cells * len(questions_of(task, metrics_of(config, task, scored))) // per_example
        found = {"task": cells - graded, "judge": graded}
    found |= {"optimizer": stage.optimizer, "embedder": stage.vectors}
    return {kind: count for kind, count in found.items() if count > 0}


def _stage_cost(
    stage: PlannedStage,
    calls: Mapping[Kind, int],
    typical: Mapping[Kind, TypicalCall],
    tariffs: Mapping[Role, Tariff],
) -> StageCost:
    prompt = completion = 0.0
    usd: list[float | None] = []
    for kind, count in calls.items():
        call = typical[kind]
        prompt += count * call.prompt
        completion += count * call.completion
        price = tariffs[call.role].price
        usd.append(None if price is None else count * price.cost(*_whole(call)))
    return StageCost(
        stage.stage,
        stage.step,
        stage.calls,
        math.ceil(prompt),
        math.ceil(completion),
        total_usd(usd),
    )


def _call_cost(call: TypicalCall, tariffs: Mapping[Role, Tariff]) -> CallCost:
    tariff = tariffs[call.role]
    most = tariff.spend(*call.most)
    money = tariff.price.cost(*_whole(call)) * PICODOLLARS if tariff.price is not None else 0.0
    return CallCost(call.prompt + call.completion, money, most.tokens, most.picodollars)


def _whole(call: TypicalCall) -> tuple[int, int]:
    return math.ceil(call.prompt), math.ceil(call.completion)


def _mean_calls(splits: Sequence[Mapping[Kind, TypicalCall]]) -> dict[Kind, TypicalCall]:
    """The calls of all splits that are tested on together. They are of the same size."""
    return {
        kind: TypicalCall(
            call.role,
            sum(split[kind].prompt for split in splits) / len(splits),
            sum(split[kind].completion for split in splits) / len(splits),
            (
                max(split[kind].most[0] for split in splits),
                max(split[kind].most[1] for split in splits),
            ),
        )
        for kind, call in splits[0].items()
    }


def _is_asked(role: Role, search: Mapping[Kind, int], test: Mapping[Kind, int]) -> bool:
    kinds = {role, "likelihood"} if role == "task" else {role}
    return any(kind in calls for kind in kinds for calls in (search, test))


def _named(settings: ModelSettings) -> str:
    where = f" at {endpoint_of(settings)}" if settings.kind == "openai" else ""
    return f"{settings.spec}{where}"


def _table(config: RunConfig, role: Role) -> str:
    """The table of the configuration that describes a model."""
    if role == "optimizer" and config.optimizer_model is None:
        return _tables["task"]
    return _tables[role]
