"""promptopt tasks"""

from __future__ import annotations

import click

from promptopt.cli.output import say_json, say_line, say_table, tell

SHOWN_EXAMPLES = 3


@click.group("tasks", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the bundled tasks; with "show TASK", show how data are read.

    Any file, folder or FOLDER:TASK can be searched on just as well.
    """
    if context.invoked_subcommand is not None:
        return
    from promptopt.tasks.bundled import bundled_tasks

    tasks = bundled_tasks()
    if as_json:
        keys = ("name", "description", "metric", "seed_prompt")
        say_json({"tasks": [{key: getattr(task, key) for key in keys} for task in tasks]})
        return
    say_table(
        ("task", "metric", "what it is"),
        [(task.name, task.metric, task.description) for task in tasks],
    )
    tell("look into one, or into data of your own, with: promptopt tasks show TASK|FILE|FOLDER")


@command.command("show")
@click.argument("task")
@click.option("--input-column", metavar="NAME", help="Column or field of the inputs.")
@click.option("--output-column", metavar="NAME", help="Column or field of the answers.")
@click.option("--choices-column", metavar="NAME", help="Column or field of the options.")
@click.option("--split-column", metavar="NAME", help="Column that says train, dev or test.")
@click.option("--answer-separator", metavar="TEXT", help="What parts the answers of one cell.")
@click.option("--train", type=click.IntRange(min=1), metavar="N", help="Size of the train split.")
@click.option("--dev", type=click.IntRange(min=1), metavar="N", help="Size of the dev split.")
@click.option("--test", type=click.IntRange(min=1), metavar="N", help="Size of the test split.")
@click.option("--seed", type=click.IntRange(min=0), default=0, metavar="N", help="Of the draw.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(
    task: str,
    input_column: str | None,
    output_column: str | None,
    choices_column: str | None,
    split_column: str | None,
    answer_separator: str | None,
    train: int | None,
    dev: int | None,
    test: int | None,
    seed: int,
    as_json: bool,
) -> None:
    """Show how a task's data are read, and the splits that a run would draw.

    TASK is a file (CSV, TSV, JSON Lines, JSON), a folder, FOLDER:TASK or a bundled task.
    Examples of the test split are not shown.
    """
    from promptopt.tasks.columns import Columns
    from promptopt.tasks.describe import describe, description_lines
    from promptopt.tasks.load import load_dataset
    from promptopt.tasks.splits import SplitSizes, draw_splits

    columns = Columns(input_column, output_column, choices_column, split_column)
    dataset = load_dataset(task, columns, answer_separator=answer_separator)
    splits = draw_splits(dataset, SplitSizes(train, dev, test), seed)
    description = describe(dataset, splits)
    if as_json:
        say_json(
            {
                "name": description.name,
                "source": description.source,
                "format": description.format,
                "fields": description.fields,
                "metric": description.metric,
                "splits": description.counts,
                "removed": description.removed,
                "unused": description.unused,
                "notes": description.notes,
            }
        )
        return
    for line in description_lines(description):
        say_line(line)
