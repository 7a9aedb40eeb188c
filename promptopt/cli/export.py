"""promptopt export"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from promptopt.cli.output import on_terminal, say, tell

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
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(
    run: str, format_name: str, output: str | None, candidate: str | None, force: bool
) -> None:
    """Take a prompt out of a run.

    RUN is a run's name, an unambiguous beginning of it, or "last". Into a file or a pipe the
    prompt goes exactly as it was scored; on a terminal, characters that cannot be seen are
    shown by stand-ins.
    """
    from promptopt.results.atomic_file import write_atomically
    from promptopt.results.candidates import find_candidate
    from promptopt.results.export import export_text
    from promptopt.results.statistics import stored_difference
    from promptopt.runs.state import SEED_CANDIDATE, candidate_name
    from promptopt.runs.store import Store

    if force and output is None:
        raise click.UsageError("--force is about the file of -o, and none is named")
    with Store() as store:
        record = store.find_run(run)
        state = store.state(record.id)
        chosen = find_candidate(state, candidate)
        difference = stored_difference(store, record.id, chosen.id, SEED_CANDIDATE, "test")
        text = export_text(
            state, format_name, chosen.id, task=store.task(record.id), difference=difference
        )
    if output is not None:
        write_atomically(Path(output).expanduser(), text, overwrite=force)
        tell(f"wrote {candidate_name(chosen.id)} of {record.id} to {output}")
    else:
        _print_exactly(text)
    if state.winner is None:
        tell(f"note: the run is {state.status}, not done; this is its best so far, on dev alone")


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
