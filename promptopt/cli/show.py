"""promptopt show"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from promptopt.cli.candidate_table import mark, say_candidates
from promptopt.cli.output import say, say_json, say_table, tell

if TYPE_CHECKING:
    from promptopt.runs.state import RunState


@click.command("show")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--candidates",
    "shown",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="How many candidates to list, the best first.",
)
@click.option("--events", is_flag=True, help="List what happened, call totals left out.")
@click.option("--follow", is_flag=True, help="Stay until the run ends, with a line for each stage.")
def command(run: str, as_json: bool, shown: int, events: bool, follow: bool) -> None:
    """Show a run: its best prompt beside the seed prompt, and its candidates.

    RUN is a run's name, an unambiguous beginning of it, or "last".
    """
    if as_json and events:
        raise click.UsageError("--json and --events cannot be combined")
    from promptopt.cli.follow import watch
    from promptopt.cli.run_view import prompt_file, shown_status, winner_difference
    from promptopt.results.progress import ProgressLines, final_lines
    from promptopt.results.summary import run_summary
    from promptopt.runs.state import RunState
    from promptopt.runs.store import Store

    with Store() as store:
        record = store.find_run(run)
        if follow:
            state = RunState(record.id)
            watch(store, state, ProgressLines(state), tell)
        state = store.state(record.id)
        status = shown_status(store, state)
        difference, written = winner_difference(store, state), prompt_file(store, state)
        if as_json:
            say_json(run_summary(state, difference, status=status, prompt_file=written))
            return
        if events:
            _say_events(state)
            return
        _say_setup(state)
        now = time.time()
        for line in final_lines(state, difference, status=status, prompt_file=written, now=now):
            say(line)
        _say_effort(state)
        _say_front(state)
        if shown and state.candidates:
            say_candidates(store, state, shown)


def _say_setup(state: RunState) -> None:
    setup = state.setup
    if setup is None:
        return
    from promptopt.results.method_text import method_text, settings_text

    say(
        f"{method_text(setup)} on {setup.task}, seed {setup.seed}: train {setup.train}, "
        f"dev {setup.dev}, test {setup.test}, scored by {setup.scored_by}"
    )
    if changed := settings_text(setup):
        say(f"settings other than {setup.method}'s own: {changed}")
    titles = {"task": "task model", "optimizer": "optimizer model", "judge": "judge model"}
    say(", ".join(f"{titles.get(role, role)} {model}" for role, model in setup.models.items()))


def _say_effort(state: RunState) -> None:
    """What the guards turned away, what selecting saved, how the rounds of a search went."""
    from promptopt.evaluation.score import short
    from promptopt.methods.rejections import by_reason

    if state.rejections:
        say(f"rejected proposals: {_one_line(by_reason(state.rejections))}")
    if state.winner is not None:
        say(f"dev: {state.saved}")
    rounds = [each for _, each in sorted(state.rounds.items()) if each.n]
    if len(rounds) < 2:
        return
    say()
    say_table(
        ("round", "new", "survived", "best", "mean", "n"),
        [
            (
                str(each.step),
                str(each.made),
                str(each.survived),
                short(each.best.mean) if each.best else "",
                short(each.mean) if each.mean is not None else "",
                str(each.n),
            )
            for each in rounds
        ],
        right="round new survived best mean",
    )


def _say_front(state: RunState) -> None:
    """What nothing beats, where candidates are scored by several objectives."""
    from promptopt.evaluation.score import short
    from promptopt.results.front import front, objectives_of
    from promptopt.results.visible import visible
    from promptopt.runs.state import candidate_name

    names = objectives_of(state)
    kept = front(state) if names else []
    if not kept:
        return
    say()
    heads = [visible(name) for name in names]
    say(f"Pareto front of {', '.join(heads)}: nothing is better in one and as good in the others")
    say_table(
        ("  id", "dev", *heads, "prompt"),
        [
            (
                mark(state, each) + candidate_name(each.id),
                short(each.dev.mean) if each.dev else "",
                *(short(each.objectives["dev"][name].mean) for name in names),
                each.text,
            )
            for each in kept
        ],
        right=" ".join(["dev", *heads]),
    )


def _say_events(state: RunState) -> None:
    for line in state.log:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(line.at))
        say(f"{at} {line.level.upper():<7} {_one_line(line.text)}")


def _one_line(text: str) -> str:
    from promptopt.results.visible import visible

    return visible(text)
