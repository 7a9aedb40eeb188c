"""From a configuration to a task, with everything checked that can be without a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from promptopt.errors import InputError
from promptopt.llm.backends import check_model
from promptopt.llm.sampling import sampling_for
from promptopt.methods.plan import PlannedStage, Sizes
from promptopt.methods.position import placed
from promptopt.methods.registry import method_of
from promptopt.methods.search import named_rng
from promptopt.metrics.judged import own_questions
from promptopt.runs.config import RunConfig
from promptopt.runs.roles import (
    PROBE,
    calls_per_example,
    check_objectives,
    optimizer_settings,
    probe_calls,
    score_function,
)
from promptopt.tasks.columns import Columns
from promptopt.tasks.dataset import Dataset
from promptopt.tasks.example import Example
from promptopt.tasks.load import load_dataset
from promptopt.tasks.mmlu_subjects import with_subject
from promptopt.tasks.splits import Splits, SplitSizes, draw_splits
from promptopt.tasks.task import Task, regime

if TYPE_CHECKING:
    from promptopt.runs.cost_estimate import CostEstimate

DEFAULT_SEED_PROMPT = "Answer the question."

DEFAULT_DEMONSTRATIONS = 5
"""Shown to a model that continues plain text, which would not know what to do without any."""


class Prepared(msgspec.Struct, frozen=True):
    """A run that could start.

    Attributes:
        task: the examples drawn, the template and the metric settled.
        plan: what the search will call at the most, the test included.
        cost: what that is expected to cost.
        notes: what a person should know, a sentence each.
        least_seconds: that its calls take under the limits of its endpoints; 0 without any.
        pace: what a person should know of that; "" for nothing.
    """

    task: Task
    plan: tuple[PlannedStage, ...]
    cost: CostEstimate
    notes: tuple[str, ...]
    least_seconds: float = 0.0
    pace: str = ""

    @property
    def calls(self) -> int:
        return sum(stage.calls for stage in self.plan)


def prepare(
    config: RunConfig,
    *,
    models: bool = True,
    load: Callable[..., Dataset] = load_dataset,
    draw: Callable[[Dataset, SplitSizes, int], Splits] = draw_splits,
) -> Prepared:
    """Load the data, draw the splits, check the models.

    Args:
        config: what is asked for.
        models: whether the models must be there too.
        load, draw: what loads the data and divides them; those that remember what they did last
            save whoever prepares often the time.

    Raises:
        InputError: naming the file, column, option or model that is wrong.
    """
    # Counting what prompts cost renders them as the evaluator does, which whoever only plans
    # stages need not load.
    from promptopt.runs.cost_estimate import check_caps, estimate, notes_on, tariffs_of
    from promptopt.runs.pace import check_rates, least_seconds, pace_note

    asked = config.task
    columns = Columns(
        input=asked.input_column,
        output=asked.output_column,
        choices=asked.choices_column,
        split=asked.split_column,
    )
    dataset = load(
        asked.source, columns, metric=asked.metric, answer_separator=asked.answer_separator
    )
    splits = draw(
        dataset, SplitSizes(train=asked.train, dev=asked.dev, test=asked.test), config.seed
    )
    seed_prompt = asked.seed_prompt
    if seed_prompt is None:
        seed_prompt = dataset.seed_prompt or DEFAULT_SEED_PROMPT
    seed_prompt = with_subject(seed_prompt, dataset.name)
    if not seed_prompt.strip():
        raise InputError("the seed prompt is empty; give an instruction to start from")
    plain = sampling_for(config.task_model, "task").api == "completion"
    demonstrations = asked.demonstrations
    if demonstrations is None:
        demonstrations = min(DEFAULT_DEMONSTRATIONS if plain else 0, len(splits.train))
    if demonstrations > len(splits.train):
        raise InputError(
            f"{demonstrations} demonstrations are asked for, but train holds "
            f"{len(splits.train)} examples"
        )
    asked.template.check(demonstrations=demonstrations)
    final_turn, turn_notes = _final_turn(asked.final_turn, dataset, plain=plain)
    task = Task(
        name=dataset.name,
        source=dataset.source,
        metric=dataset.metric,
        seed_prompt=seed_prompt.strip(),
        template=placed(asked.template, getattr(config.method, "position", "template")),
        train=splits.train,
        dev=splits.dev,
        test=splits.test,
        demonstrations=tuple(named_rng(config.seed, "shown").sample(splits.train, demonstrations)),
        removed=splits.removed,
        final_turn=final_turn,
        questions=own_questions((dataset.metric, *asked.objectives)),
        other_demonstrations=_other_demonstrations(config, splits.train, demonstrations),
    )
    check_objectives(config, task)
    if models:
        check_models(config)
    stages = plan(config, task)
    cost = estimate(config, task, stages, tariffs_of(config, task))
    check_caps(config, task, cost)
    check_rates(config, task, cost)
    seconds = least_seconds(config, task, cost)
    pace = pace_note(config, task, seconds)
    notes = (*dataset.notes, *splits.notes, *turn_notes, *notes_on(config, task, cost))
    return Prepared(task, stages, cost, (*notes, *filter(None, [pace])), seconds, pace)


def _final_turn(asked: bool | str, dataset: Dataset, *, plain: bool) -> tuple[str, tuple[str, ...]]:
    """What a second turn says, "" for none, and notes where one was asked for in vain."""
    if not asked:
        return "", ()
    if plain:
        return "", ("A plain completion has no second turn; final_turn is passed over.",)
    text = asked.strip() if isinstance(asked, str) else dataset.final_turn
    if not text:
        return "", ("Answers of this kind need no second turn; final_turn is passed over.",)
    return text, ()


def _other_demonstrations(
    config: RunConfig, train: Sequence[Example], demonstrations: int
) -> tuple[Example, ...] | None:
    """What the winner is shown where it is tested under the other regime too."""
    if not config.task.report_both:
        return None
    if demonstrations:
        return ()
    shown = min(DEFAULT_DEMONSTRATIONS, len(train))
    config.task.template.check(demonstrations=shown)
    return tuple(named_rng(config.seed, "shown").sample(train, shown))


def sizes_of(config: RunConfig, task: Task) -> Sizes:
    """What the plan of the run's method depends on."""
    return Sizes(
        len(task.train),
        len(task.dev),
        calls_per_example(config, task, "dev"),
        calls_per_example(config, task, "train"),
        per_vector=1 if config.embedder is not None else 0,
    )


def plan(config: RunConfig, task: Task) -> tuple[PlannedStage, ...]:
    """The stages of the run with the most calls of each."""
    stages = method_of(config.method).plan(config.method, sizes_of(config, task))
    test = 2 * len(task.test) * calls_per_example(config, task, "test")
    tests = [PlannedStage(stage, stages[-1].step, test) for stage in stages_of_test(task)]
    by_likelihood = score_function(config) == "log_probability"
    first = (PlannedStage(PROBE, 0, probe_calls(config)),) if by_likelihood else ()
    return (*first, *stages, *tests)


def stages_of_test(task: Task) -> list[str]:
    """The names of the stages that test, a split each (see `Task.test_splits`)."""
    other = task.other_demonstrations
    return ["test"] if other is None else ["test", f"test {regime(len(other))}"]


def check_models(config: RunConfig) -> None:
    """Raise InputError, which names its table, if one of the run's models cannot be had."""
    models = {
        "task_model": config.task_model,
        "optimizer_model": optimizer_settings(config),
        "judge_model": config.judge_model,
        "embedder": config.embedder,
    }
    for role, settings in models.items():
        try:
            if settings is not None:
                check_model(settings)
        except InputError as error:
            raise InputError(f"{role}: {error}") from None
