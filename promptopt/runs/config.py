"""Configuration: everything that a run is asked for, from a TOML file and options."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from promptopt.errors import DamagedRunError, InputError
from promptopt.llm.addresses import check_base_url
from promptopt.llm.prices import Price
from promptopt.llm.settings import (
    ModelSettings,
    check_key_variable,
    key_of,
    parse_spec,
)
from promptopt.llm.spend import Caps
from promptopt.methods.ape_template import find_template
from promptopt.methods.presets import preset_tables
from promptopt.methods.registry import MethodSettings, settings_type
from promptopt.runs.config_errors import explain
from promptopt.tasks.template import Template

SHORTHANDS = {
    "task": "source",
    "task_model": "spec",
    "optimizer_model": "spec",
    "judge_model": "spec",
    "embedder": "spec",
}
"""Tables that may be written as one text, to the option that the text then is."""

_models = ("task_model", "optimizer_model", "judge_model", "embedder")

Count = Annotated[int, Meta(ge=1)]


class TaskConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The `[task]` table.

    Attributes:
        source: a file, a folder, FOLDER:TASK, or a bundled task's name.
        input_column, output_column, choices_column, split_column: names of columns or
            fields; recognised where left out.
        answer_separator: what stands between several accepted answers in one cell; "" for
            nothing.
        metric: name of the metric; suggested by the data where left out.
        seed_prompt: the instruction to start from and to compare with.
        demonstrations: train examples shown in every evaluation prompt; 0 is zero-shot.
        train, dev, test: sizes of the splits that are drawn.
        template: layout of the evaluation prompt.
        final_turn: whether a chat model is asked for its final answer in a second turn; a text
            asks with these words in place of the task's own.
        objectives: names of metrics, and "length", to their weights in the score that candidates
            are ranked and tested by; each candidate's score by each is kept, and the Pareto front
            over them all.
        report_both: whether the winner is tested zero-shot as well as few-shot, whichever
            of them it was chosen under.
    """

    source: str
    input_column: str | None = None
    output_column: str | None = None
    choices_column: str | None = None
    split_column: str | None = None
    answer_separator: str | None = None
    metric: str | None = None
    seed_prompt: str | None = None
    demonstrations: Annotated[int, Meta(ge=0)] | None = None
    train: Count | None = None
    dev: Count | None = None
    test: Count | None = None
    template: Template = Template()
    final_turn: bool | str = False
    objectives: dict[str, Annotated[float, Meta(ge=0)]] = {}
    report_both: bool = False


class BudgetConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The `[budget]` table: hard limits over all the models of the run.

    Attributes:
        max_calls: model calls, retries included.
        max_tokens: of prompts and completions together.
        max_usd: US dollars; the price of every model must be known then.
    """

    max_calls: Count | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=10**15)] | None = None
    max_usd: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None

    @property
    def caps(self) -> Caps:
        return Caps(self.max_calls, self.max_tokens, self.max_usd)


class RunConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One run.

    Attributes:
        task: what to search on.
        method: the search and its settings.
        task_model: the model that is steered.
        optimizer_model: the model that writes candidates; the task model where left out.
        judge_model: the model that grades, for metrics that are judged.
        embedder: the model that gives vectors for similarity; where left out, words are compared.
        budget: hard limits.
        seed: of all random draws.
        preset: the preset that stands behind what the file and the options say.
        name: the run's id; made from the task and the preset, or the method, where left out.
    """

    task: TaskConfig
    method: MethodSettings
    task_model: ModelSettings = ModelSettings()
    optimizer_model: ModelSettings | None = None
    judge_model: ModelSettings | None = None
    embedder: ModelSettings | None = None
    budget: BudgetConfig = BudgetConfig()
    seed: Annotated[int, Meta(ge=0)] = 0
    preset: str | None = None
    name: str | None = None

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()


def config_from_json(text: str) -> RunConfig:
    """The configuration that `RunConfig.to_json` wrote, its preset already in it.

    Raises:
        DamagedRunError: it is not what was written.
    """
    try:
        values = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        told = f"the configuration of the run is damaged in the store: {error}"
        raise DamagedRunError(told) from error
    return _config(values, "the stored configuration")


def load_config(path: Path, overrides: Mapping[str, Any] | None = None) -> RunConfig:
    """Read a configuration file and lay options over it.

    Args:
        path: a TOML file. A relative `task.source`, or `tokenizer`, in it is looked for beside
            the file.
        overrides: nested tables in the shape of the file; None values are passed over.

    Raises:
        InputError: naming the file and the line or option that is wrong.
    """
    tables = read_tables(path)
    overrides = dict(overrides or {})
    other = overrides.get("optimizer_model") or {}
    if "optimizer_model" not in tables and other.get("spec") is None:
        # No optimizer model of its own: it is the task model, with what was said of that.
        overrides.pop("optimizer_model", None)
    return config_from_dict(_merge(tables, overrides), str(path))


def read_tables(path: Path) -> dict[str, Any]:
    """What a configuration file says, its relative paths made full.

    Raises:
        InputError: it cannot be read, or is not TOML; naming the file and the line.
    """
    return tables_of_text(read_file(path), path.parent, str(path))


def read_file(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"there is no configuration file {path}; write one with: promptopt init"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the configuration {path}: {error}") from error


def tables_of_text(text: str, folder: Path, where: str) -> dict[str, Any]:
    """What the text of a configuration says, its relative paths made full.

    Args:
        text: TOML.
        folder: that of its file, where a relative `task.source`, `tokenizer` or template begins.
        where: what errors call it.

    Raises:
        InputError: it is not TOML, or names a template that is not there.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not valid TOML: {error}") from error
    _find_source_beside(tables, folder)
    _find_tokenizers_beside(tables, folder)
    if "method" in tables:
        tables["method"] = _with_template(tables["method"], folder)
    return tables


def demo_file() -> Path:
    """The configuration of the bundled demonstration."""
    from promptopt.tasks.bundled import bundled_file

    return bundled_file("demo.toml")


def demo_config() -> RunConfig:
    """The bundled demonstration."""
    return load_config(demo_file())


def config_from_dict(tables: Mapping[str, Any], where: str) -> RunConfig:
    """A configuration from nested tables, over those of its preset; `where` names them in errors.

    Raises:
        InputError: an unknown option, a value of the wrong type or out of range, an unknown
            method, preset, model or placeholder.
    """
    preset = tables.get("preset")
    if isinstance(preset, str):
        tables = _over_preset(preset_tables(preset, where), tables)
    return _config(_share_model(tables), where)


def _config(tables: Mapping[str, Any], where: str) -> RunConfig:
    data: dict[str, Any] = {"method": "ape", **tables}
    for shorthand, key in SHORTHANDS.items():
        if isinstance(data.get(shorthand), str):
            data[shorthand] = {key: data[shorthand]}
    method = data["method"]
    if isinstance(method, str):
        method = {"name": method}
    if not isinstance(method, Mapping) or not isinstance(method.get("name", "ape"), str):
        raise InputError(f'{where}: [method] must name a method, like name = "ape"')
    data["method"] = {"name": "ape", **_with_template(method, Path())}
    if "task" not in data:
        raise InputError(f'{where}: no task is named; add [task] source = "data.csv", or --task')
    settings_type(data["method"]["name"], where)
    try:
        config = msgspec.convert(data, RunConfig)
    except msgspec.ValidationError as error:
        raise InputError(_explain(error, data, where)) from error
    for role in _models:
        settings: ModelSettings | None = getattr(config, role)
        if settings is not None:
            _check_model_settings(settings, f"{where}: {role}")
    if config.name is not None and not re.fullmatch(
        # "last" is what the newest run is called.
        r"(?!last$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        config.name,
    ):
        raise InputError(
            f"{where}: the run name {config.name!r} will not do; use letters, digits, dots, "
            "dashes and underscores, at most 64"
        )
    config.task.template.check(demonstrations=config.task.demonstrations or 0)
    return config


def _check_model_settings(settings: ModelSettings, where: str) -> None:
    option = "spec"
    try:
        parse_spec(settings.spec)
        option = "api_key_env"
        check_key_variable(settings.api_key_env)
        option = "base_url"
        if settings.base_url:
            check_base_url(settings.base_url, key_of(settings))
    except InputError as error:
        raise InputError(f"{where}.{option}: {error}") from None


def _merge(tables: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(tables)
    for key, value in overrides.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            value = {name: each for name, each in value.items() if each is not None}
            if not value:
                continue
            here = merged.get(key, {})
            if isinstance(here, str):
                here = {SHORTHANDS.get(key, "name"): here}
            # What is no table stays as it is, to be refused by its type.
            merged[key] = _merge(here, value) if isinstance(here, Mapping) else here
        else:
            merged[key] = value
    return merged


def _over_preset(preset: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, Any]:
    """The tables laid over a preset's. Another method than the preset's brings its own settings."""
    tables = {
        key: {SHORTHANDS.get(key, "name"): value}
        if isinstance(value, str) and key in (*SHORTHANDS, "method")
        else value
        for key, value in tables.items()
    }
    method = tables.get("method")
    named = method.get("name") if isinstance(method, Mapping) else None
    if named is not None and named != preset["method"]["name"]:
        raise InputError(
            f"the preset {tables['preset']!r} is one of {preset['method']['name']}, and the method "
            f"named is {named!r}; leave one of them out"
        )
    return _merge(preset, tables)


def _share_model(tables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let an optimizer model that is not named be the task model, with sampling of its own."""
    other, shared = tables.get("optimizer_model"), tables.get("task_model", {})
    if isinstance(shared, str):
        shared = {"spec": shared}
    if not isinstance(other, Mapping) or "spec" in other or not isinstance(shared, Mapping):
        return tables
    sampling = ("temperature", "top_p", "max_tokens")
    shared = {name: value for name, value in shared.items() if name not in sampling}
    return {**tables, "optimizer_model": {**shared, **other}}


def _find_source_beside(tables: dict[str, Any], folder: Path) -> None:
    """Turn a relative `task.source` that stands beside the file into a full path."""
    task = tables.get("task")
    source = task.get("source") if isinstance(task, dict) else task
    if not isinstance(source, str) or not source.strip():
        return
    # FOLDER:TASK names a folder before its last colon.
    beside = folder / source
    folder_beside = folder / source.rpartition(":")[0] if ":" in source else beside
    try:
        found = beside.exists() or (":" in source and folder_beside.is_dir())
    except OSError:  # too long for a name
        return
    if found:
        full = str(beside.absolute())
        if isinstance(task, dict):
            tables["task"] = {**task, "source": full}
        else:
            tables["task"] = {"source": full}


def _find_tokenizers_beside(tables: dict[str, Any], folder: Path) -> None:
    """Turn the name of a tokenizer's file that stands beside the file into a full path."""
    for role in _models:
        model = tables.get(role)
        named = model.get("tokenizer") if isinstance(model, dict) else None
        if not isinstance(model, dict) or not isinstance(named, str):
            continue
        try:
            found = (folder / named).is_file()
        except OSError:  # too long for a name
            continue
        if found:
            tables[role] = {**model, "tokenizer": str((folder / named).absolute())}


def _with_template(method: Any, folder: Path) -> Any:
    """The `[method]` table with the text of its template, should it have named a file."""
    if not isinstance(method, Mapping) or not isinstance(method.get("template"), str):
        return method
    return {**method, "template": find_template(method["template"], folder)}


def _explain(error: msgspec.ValidationError, data: Mapping[str, Any], where: str) -> str:
    """A validation error in the words of the file: its table, its option, what is known."""
    tables: dict[str, type[msgspec.Struct]] = {
        "": RunConfig,
        "task": TaskConfig,
        "task.template": Template,
        **dict.fromkeys(_models, ModelSettings),
        "budget": BudgetConfig,
        **{f"{role}.price": Price for role in _models},
        "method": settings_type(data["method"]["name"], where),
    }
    return f"{where}: {explain(error, tables)}"
