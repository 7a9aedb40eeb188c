"""What would come of a configuration: whether it can start, its data, what it will cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from promptopt.errors import InputError
from promptopt.runs.config import RunConfig, TaskConfig, config_from_dict
from promptopt.runs.data_reader import DataReader, Draw, Superseded
from promptopt.runs.preview import Preview, column_names, lines_around, preview

if TYPE_CHECKING:
    from promptopt.llm.model import Role
    from promptopt.llm.settings import ModelSettings
    from promptopt.runs.cost_estimate import CostEstimate
    from promptopt.tasks.dataset import Dataset

WHERE = "the form"
"""What errors call the tables."""

Place = Literal["", "configuration", "data", "search", "models"]


class Forecast(msgspec.Struct, frozen=True):
    """What would come of a configuration.

    Attributes:
        config: None where the tables describe no run.
        problem: why a run of it could not start; "" if it could.
        place: what the problem is one of.
        around: the lines of the file around the one that the problem names, see `lines_around`.
        names: the columns or fields of the data, as far as they are known.
        data: what was understood of the data; None where they cannot be read.
        cost: None where it cannot be told.
        notes: on the data, the estimate and the limits, a sentence each.
        usual: what holds for an option that is left out, by its dotted path.
    """

    config: RunConfig | None = None
    problem: str = ""
    place: Place = ""
    around: tuple[tuple[int, str, bool], ...] = ()
    names: tuple[str, ...] = ()
    data: Preview | None = None
    cost: CostEstimate | None = None
    notes: tuple[str, ...] = ()
    usual: dict[str, str] = {}


def forecast(
    tables: Mapping[str, Any],
    reader: DataReader,
    superseded: Callable[[], bool] = lambda: False,
) -> Forecast:
    """Find out what would come of a configuration, without asking a model.

    Args:
        tables: in the shape of a configuration file.
        reader: loads the data.
        superseded: whether the answer is not wanted any more; asked between steps.

    Raises:
        Superseded: it is not.
    """
    load = partial(reader.load, superseded=superseded)
    config, problem, place = _config(tables)
    task = config.task if config else _task_alone(tables)
    names = column_names(task.source) if task else ()
    found = Forecast(config, problem, place, names=names)
    if task is None:
        return found
    _go_on(superseded)
    try:
        data = preview(task, config.seed if config else 0, load, reader.draw)
    except InputError as error:
        # Of the two the data come first: what is said about them follows from them.
        problem, place = problem or str(error), place or "data"
        around = tuple(lines_around(problem))
        return msgspec.structs.replace(found, problem=problem, place=place, around=around)
    usual = _of_data(data) | (_of_config(config) if config else {})
    found = msgspec.structs.replace(found, data=data, notes=data.notes, usual=usual)
    _go_on(superseded)
    return _planned(found, config, load, reader.draw) if config else found


def _go_on(superseded: Callable[[], bool]) -> None:
    if superseded():
        raise Superseded


def _planned(
    found: Forecast, config: RunConfig, load: Callable[..., Dataset], draw: Draw
) -> Forecast:
    """With the search planned, its cost estimated and the models looked for."""
    from promptopt.runs.prepare import check_models, prepare

    try:
        prepared = prepare(config, models=False, load=load, draw=draw)
    except InputError as error:
        return msgspec.structs.replace(found, problem=str(error), place="search")
    task = prepared.task
    drawn = {
        "task.seed_prompt": task.seed_prompt,
        "task.demonstrations": str(len(task.demonstrations)),
    }
    found = msgspec.structs.replace(
        found,
        cost=prepared.cost,
        notes=(*prepared.notes, *beyond(config, prepared.cost)),
        usual=found.usual | drawn,
    )
    try:
        check_models(config)
    except InputError as error:
        return msgspec.structs.replace(found, problem=str(error), place="models")
    return found


def _config(tables: Mapping[str, Any]) -> tuple[RunConfig | None, str, Place]:
    try:
        return config_from_dict(tables, WHERE), "", ""
    except InputError as error:
        return None, str(error).removeprefix(f"{WHERE}: "), "configuration"


def _task_alone(tables: Mapping[str, Any]) -> TaskConfig | None:
    """What is said of the task, where it is the rest that is wrong."""
    config, _, _ = _config({"task": tables.get("task", {})})
    return config.task if config else None


def beyond(config: RunConfig, cost: CostEstimate) -> list[str]:
    """The limits that will make the search smaller, a sentence each."""
    from promptopt.llm.spend import shown_usd

    caps, notes = config.budget, []
    tokens = cost.prompt_tokens + cost.completion_tokens
    if caps.max_calls is not None and caps.max_calls < cost.calls:
        notes.append(f"The limit of {caps.max_calls:,} calls will end the search early.")
    if caps.max_tokens is not None and caps.max_tokens < tokens:
        notes.append(f"The limit of {caps.max_tokens:,} tokens may end the search early.")
    if caps.max_usd is not None and cost.usd is not None and caps.max_usd < cost.usd:
        notes.append(f"The limit of {shown_usd(caps.max_usd)} may end the search early.")
    return notes


def _of_data(data: Preview) -> dict[str, str]:
    names = {"input": "input_column", "output": "output_column"}
    names |= {"choices": "choices_column", "split": "split_column"}
    usual = {f"task.{names[role]}": at for role, at in data.fields.items() if role in names}
    usual |= {f"task.{split}": str(count) for split, count in data.counts.items()}
    return usual | {"task.metric": data.suggested}


def _of_config(config: RunConfig) -> dict[str, str]:
    """What the preset and the defaults say, by dotted path."""
    from promptopt.llm.sampling import concurrency_of, sampling_for
    from promptopt.llm.settings import endpoint_of
    from promptopt.methods.registry import method_name
    from promptopt.runs.roles import optimizer_settings

    usual = {"method.name": method_name(config.method), "seed": str(config.seed)}
    for name in config.method.__struct_fields__:
        value = getattr(config.method, name)
        if value is not None:
            usual[f"method.{name}"] = str(value).lower() if isinstance(value, bool) else str(value)
    models: tuple[tuple[Role, str, ModelSettings], ...] = (
        ("task", "task_model", config.task_model),
        ("optimizer", "optimizer_model", optimizer_settings(config)),
    )
    for role, table, model in models:
        sampling = sampling_for(model, role)
        usual[f"{table}.max_tokens"] = str(sampling.max_tokens)
        usual[f"{table}.temperature"] = str(sampling.temperature)
        usual[f"{table}.concurrency"] = str(concurrency_of(model))
        usual[f"{table}.spec"] = model.spec
        if model.kind == "openai":
            usual[f"{table}.base_url"] = endpoint_of(model)
            usual[f"{table}.api_key_env"] = model.api_key_env
    for name in ("seed_prompt", "demonstrations", "metric"):
        if (value := getattr(config.task, name)) is not None:
            usual[f"task.{name}"] = str(value)
    return usual
