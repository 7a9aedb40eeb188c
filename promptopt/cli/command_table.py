"""The commands by name, each imported only when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from click.exceptions import NoSuchCommand

COMMANDS: dict[str, dict[str, str]] = {
    "Before a run": {
        "init": "Write a configuration file to start from.",
        "tasks": "List the bundled tasks, or show how data are read.",
        "methods": "List the methods and presets, or describe one.",
        "estimate": "Say what a run will cost before it is started.",
        "models": "Get the embedded model.",
        "doctor": "Check that everything needed is in place.",
    },
    "Runs": {
        "run": "Search for the best prompt.",
        "repeat": "Run a search with several seeds, and say how sure its gain is.",
        "resume": "Take up a run that was paused or broke off.",
        "pause": "Let a run wait.",
        "stop": "End a run; it can be resumed.",
        "delete": "Delete runs, with everything that they have stored.",
    },
    "Taking part": {
        "add": "Send a candidate of your own into a search.",
        "veto": "Rule a candidate out.",
        "set": "Change the limits of a run, or its concurrency.",
        "note": "Keep a remark on a run or a candidate.",
        "mark": "Mark candidates, to export them together.",
    },
    "Results": {
        "list": "List the runs.",
        "show": "Show a run and its candidates.",
        "compare": "Compare the best prompts of runs, example by example.",
        "export": "Take a prompt out of a run.",
        "backup": "Copy the store, with all its runs.",
    },
}
"""Commands with a line about each, in the groups and the order in which help lists them. The
command NAME is the object `command` of the module `promptopt.cli.NAME`."""

_summaries = {name: text for group in COMMANDS.values() for name, text in group.items()}


class ReaderGoneError(Exception):
    """Whoever read the output went away."""


@contextmanager
def _telling_of_a_reader_gone() -> Iterator[None]:
    # click ends the process by itself on a BrokenPipeError, with the status of a failed run.
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is called.

    Raises ReaderGoneError in place of BrokenPipeError.
    """

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _telling_of_a_reader_gone():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _telling_of_a_reader_gone():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_summaries)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _summaries:
            return None
        command = importlib.import_module(f"promptopt.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _summaries and not name.startswith("-"):
            raise NoSuchCommand(name, possibilities=_summaries, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        width = max(map(len, _summaries))
        for title, group in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in group.items()])
