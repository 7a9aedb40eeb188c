"""The options that describe a run, shared by `run` and `estimate`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from promptopt.runs.config import RunConfig

Command = TypeVar("Command", bound=Callable[..., Any])

CONCURRENCY = click.IntRange(min=1, max=1024)

_options = (
    click.argument("config_file", metavar="[CONFIG.toml]", required=False, type=Path),
    click.option("--demo", is_flag=True, help="Take the bundled demonstration."),
    click.option("--task", metavar="T", help="File, folder, FOLDER:TASK or bundled task."),
    click.option("--input-column", metavar="NAME", help="Column with the inputs."),
    click.option("--output-column", metavar="NAME", help="Column with the accepted answers."),
    click.option("--choices-column", metavar="NAME", help="Column with the choices."),
    click.option("--split-column", metavar="NAME", help="Column that says train, dev or test."),
    click.option("--metric", metavar="NAME", help="How answers are scored."),
    click.option("--seed-prompt", metavar="TEXT", help="The instruction to start from."),
    click.option(
        "--demonstrations",
        metavar="N",
        type=click.IntRange(min=0),
        help="Examples shown in every evaluation prompt.",
    ),
    click.option(
        "--final-turn/--no-final-turn",
        default=None,
        help="Whether a chat model is asked for its final answer in a second turn.",
    ),
    click.option("--train", metavar="N", type=click.IntRange(min=1), help="Size of the split."),
    click.option("--dev", metavar="N", type=click.IntRange(min=1), help="Size of the split."),
    click.option("--test", metavar="N", type=click.IntRange(min=1), help="Size of the split."),
    click.option("--preset", metavar="P", help="A paper's settings; see: promptopt methods."),
    click.option("--method", metavar="M", help="The search; see: promptopt methods."),
    click.option("--model", metavar="SPEC", help="Model to steer: openai:MODEL, local, …"),
    click.option("--optimizer-model", metavar="SPEC", help="Model that writes the candidates."),
    click.option("--judge-model", metavar="SPEC", help="Model that grades where no metric can."),
    click.option("--embedder", metavar="SPEC", help="Model that gives vectors for similarity."),
    click.option("--base-url", metavar="URL", help="OpenAI-compatible endpoint of both models."),
    click.option("--seed", metavar="N", type=click.IntRange(min=0), help="Of all random draws."),
    click.option(
        "--max-calls", metavar="N", type=click.IntRange(min=1), help="Hard limit on model calls."
    ),
    click.option(
        "--max-tokens",
        metavar="N",
        type=click.IntRange(min=1, max=10**15),
        help="Hard limit on tokens, of prompts and completions together.",
    ),
    click.option(
        "--max-usd",
        metavar="X",
        type=click.FloatRange(min=0, min_open=True, max=1_000_000),
        help="Hard limit on money, in US dollars.",
    ),
    click.option(
        "--concurrency",
        metavar="N",
        type=CONCURRENCY,
        help="Calls under way at once.",
    ),
    click.option("--name", metavar="RUN", help="What the run is called."),
)


def run_options(command: Command) -> Command:
    """Add the options to a command, in the order in which they stand here."""
    for option in reversed(_options):
        command = option(command)
    return command


def config_of_options(
    config_file: Path | None,
    demo: bool,
    task: str | None,
    model: str | None,
    optimizer_model: str | None,
    judge_model: str | None,
    embedder: str | None,
    base_url: str | None,
    concurrency: int | None,
    max_calls: int | None,
    max_tokens: int | None,
    max_usd: float | None,
    preset: str | None,
    method: str | None,
    seed: int | None,
    name: str | None,
    **of_task: Any,
) -> RunConfig:
    """The configuration file, if there is one, with the options laid over it.

    Raises:
        InputError: something is missing or wrong.
    """
    from promptopt.errors import InputError
    from promptopt.runs.config import config_from_dict, demo_file, load_config
    from promptopt.runs.config_file import is_data

    if demo and config_file is not None:
        raise InputError("give a configuration file or --demo, not both")
    overrides: dict[str, Any] = {
        "task": {"source": task, **of_task},
        "preset": preset,
        "method": {"name": method},
        "task_model": {"spec": model, "base_url": base_url, "concurrency": concurrency},
        "optimizer_model": {
            "spec": optimizer_model,
            "base_url": base_url,
            "concurrency": concurrency,
        },
        "judge_model": {"spec": judge_model, "base_url": judge_model and base_url},
        "embedder": {"spec": embedder, "base_url": embedder and base_url},
        "budget": {"max_calls": max_calls, "max_tokens": max_tokens, "max_usd": max_usd},
        "seed": seed,
        "name": name,
    }
    if demo:
        config_file = demo_file()
    if config_file is not None:
        there = os.path.exists(config_file)  # noqa: PTH110 - a name may be too long for pathlib
        if there and is_data(str(config_file)):
            named = shlex.quote(str(config_file))
            raise InputError(
                f"{config_file} is data and no configuration; name it with --task {named}, "
                f"or set up a run of it with: promptopt-tui {named}"
            )
        return _reached(base_url, load_config(config_file, overrides))
    if task is None:
        raise InputError(
            "nothing is named to run: give a configuration file, --task or --demo; "
            "promptopt init writes a file to start from"
        )
    if optimizer_model is None:
        del overrides["optimizer_model"]
    tables = {key: _set_values(value) for key, value in overrides.items()}
    given = {key: value for key, value in tables.items() if value is not None}
    return _reached(base_url, config_from_dict(given, "the options"))


def _reached(base_url: str | None, config: RunConfig) -> RunConfig:
    """The configuration, if one of its models is asked at the address that was given.

    Raises:
        InputError: none is.
    """
    from promptopt.errors import InputError

    models = (config.task_model, config.optimizer_model, config.judge_model, config.embedder)
    named = [each for each in models if each is not None]
    if base_url and not any(each.kind == "openai" and each.base_url == base_url for each in named):
        raise InputError(
            f"--base-url is the address of an openai:MODEL, and {config.task_model.spec} takes "
            "none; leave it out, or name the model with --model openai:MODEL"
        )
    return config


def _set_values(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: each for name, each in value.items() if each is not None} or None
