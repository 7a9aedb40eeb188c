"""promptopt tasks"""

from __future__ import annotations

import os

import click

from promptopt.cli.output import say, say_json, say_line, say_table, tell


class _TasksGroup(click.Group):
    """A group in which a word that is no command names data: a folder of tasks, or one task."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from promptopt.named_path import named_path
        from promptopt.tasks.overview import holds_tasks

        try:
            several = holds_tasks(named_path(args[0]))
        except (OSError, ValueError):  # no name of a file, as "show" will say
            several = False
        return super().resolve_command(ctx, ["list" if several else "show", *args])


@click.group("tasks", cls=_TasksGroup, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the bundled tasks and the families of tasks that can be read.

    "tasks FOLDER" lists the tasks of a folder; "tasks show TASK" shows how data are read. Any
    file, folder or FOLDER:TASK can be searched on just as well as a bundled task.
    """
    context.obj = as_json
    if context.invoked_subcommand is not None:
        return
    from promptopt.tasks.bundled import bundled_tasks
    from promptopt.tasks.families import FAMILIES

    tasks = bundled_tasks()
    if as_json:
        keys = ("name", "description", "metric", "seed_prompt")
        say_json(
            {
                "tasks": [{key: getattr(task, key) for key in keys} for task in tasks],
                "families": [{"name": name, "files": text} for name, text in FAMILIES.items()],
            }
        )
        return
    say_table(
        ("task", "metric", "what it is"),
        [(task.name, task.metric, task.description) for task in tasks],
    )
    say()
    say_table(("family", "what its files hold"), list(FAMILIES.items()))
    tell("look into one, or into data of your own, with: promptopt tasks show TASK|FILE|FOLDER")
    tell("list the tasks of a family's folder with: promptopt tasks FOLDER")


@command.command("list")
@click.argument("folder")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_folder(outer_json: bool, folder: str, as_json: bool) -> None:
    """List the tasks of a folder: family, metric, and the splits that a run would draw."""
    import msgspec

    from promptopt.errors import InputError
    from promptopt.named_path import named_path
    from promptopt.tasks.overview import overview

    path = named_path(folder)
    if not (folder and os.path.isdir(path)):  # noqa: PTH112 - a name may be too long for pathlib
        raise InputError(f"there is no folder {folder!r}")
    found = overview(path)
    if as_json or outer_json:
        say_json(msgspec.to_builtins(found))
    elif found.tasks:
        rows = []
        for each in found.tasks:
            sizes = map(str, each.splits.values())
            rows.append((each.name, each.format, each.metric, *sizes, str(each.removed)))
        say_table(
            ("task", "family", "metric", "train", "dev", "test", "removed"),
            rows,
            right="train dev test",
        )
    for inner in found.folders:
        tell(f"{inner} holds tasks of its own; list them with: promptopt tasks {inner}")
    for problem in found.broken:
        tell(problem)
    if found.broken:
        total = len(found.broken) + len(found.tasks)
        raise InputError(f"{len(found.broken)} of {total} tasks of {folder} cannot be read")


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
@click.pass_obj
def show(
    outer_json: bool,
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
    if as_json or outer_json:
        say_json(
            {
                "name": description.name,
                "source": description.source,
                "format": description.format,
                "fields": description.fields,
                "metric": description.metric,
                "final_turn": description.final_turn,
                "splits": description.counts,
                "removed": description.removed,
                "unused": description.unused,
                "notes": description.notes,
            }
        )
        return
    for line in description_lines(description):
        say_line(line)
