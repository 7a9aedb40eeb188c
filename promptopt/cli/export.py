"""promptopt export"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promptopt.cli.output import on_terminal, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from promptopt.runs.state import RunState

FORMAT_NAMES = ("text", "full", "messages", "json", "yaml", "toml", "markdown", "csv")


@click.command("export")
@click.argument("run")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMAT_NAMES),
    default="text",
    show_default=True,
    help="text: the instruction alone, ready to paste. full: the whole prompt as it was sent, "
    "demonstrations included. messages: that prompt as OpenAI's chat messages. json, yaml, toml: "
    "with its numbers and where it comes from. markdown: a report. csv: all candidates.",
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
@click.option("--candidate", metavar="ID", help="A candidate (c007), or seed; default the best.")
@click.option(
    "--marked",
    is_flag=True,
    help="The candidates that were marked. JSON and CSV hold all of them; of another format each "
    "gets a file, with its id before the ending.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(
    run: str,
    format_name: str,
    output: str | None,
    candidate: str | None,
    marked: bool,
    force: bool,
) -> None:
    """Take a prompt out of a run.

    RUN is a run's name, an unambiguous beginning of it, or "last". Into a file or a pipe the
    prompt goes exactly as it was scored; on a terminal, characters that cannot be seen are
    shown by stand-ins.
    """
    from promptopt.named_path import named_path
    from promptopt.results.candidates import find_candidate
    from promptopt.results.export import export_text
    from promptopt.results.export.several import export_files, together
    from promptopt.results.statistics import stored_difference
    from promptopt.runs.state import SEED_CANDIDATE, candidate_name
    from promptopt.runs.store import Store

    if force and output is None:
        raise click.UsageError("--force is about the file of -o, and none is named")
    if marked and candidate is not None:
        raise click.UsageError("--marked is about several candidates, --candidate about one")
    with Store() as store:
        run_id = store.find_run(run).id
        state, task = store.state(run_id), store.task(run_id)
        chosen = _marked(state) if marked else [find_candidate(state, candidate).id]

        def text_of(each: int) -> str:
            difference = stored_difference(store, run_id, each, SEED_CANDIDATE, "test")
            return export_text(state, format_name, each, task=task, difference=difference)

        if output is None:
            _print_exactly(together(format_name, chosen, text_of))
        else:
            path = named_path(output)
            files = export_files(path, format_name, chosen, text_of)
            written = _write(files, overwrite=force)
            every = format_name == "csv" and not marked
            names = "all candidates" if every else " ".join(map(candidate_name, chosen))
            tell(f"wrote {names} of {run_id} to {output if len(chosen) == 1 else written}")
    if state.winner is None:
        best = "; this is its best so far, on dev alone"
        named = candidate not in (None, "best") or marked or format_name == "csv"
        tell(f"note: the run is {state.status}, not done{'' if named else best}")


def _marked(state: RunState) -> list[int]:
    from promptopt.errors import InputError

    if not state.marked:
        raise InputError(
            f"no candidate of run {state.run_id} is marked; mark one: "
            f"promptopt mark {state.run_id} c001"
        )
    return list(state.marked)


def _write(files: Sequence[tuple[Path, str]], *, overwrite: bool) -> str:
    """Write all files or, where one is in the way, none; returns their names."""
    from promptopt.errors import InputError
    from promptopt.results.atomic_file import write_atomically

    there = [path for path, _ in files if os.path.lexists(path)]
    if there and not overwrite and (len(files) > 1 or not there[0].is_dir()):
        others = " and the others" if len(files) > 1 else ""
        raise InputError(
            f"{there[0]} exists already; name another file, or overwrite it{others} with --force"
        )
    for path, text in files:
        write_atomically(path, text, overwrite=overwrite)
    return " ".join(str(path) for path, _ in files)


def _print_exactly(text: str) -> None:
    from promptopt.results.visible import visible

    if not on_terminal():
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:  # a stand-in for stdout that takes text only
            sys.stdout.write(text)
        else:
            buffer.write(text.encode("utf-8"))
            buffer.flush()
        return
    shown = visible(text, newlines=True)
    say(shown.removesuffix("\n"))
    if shown != text:
        tell("note: it holds characters that cannot be seen; write it to a file with -o FILE")
