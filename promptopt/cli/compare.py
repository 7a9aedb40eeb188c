"""promptopt compare"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from promptopt.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from promptopt.results.comparison import Comparison
    from promptopt.runs.state import CandidateState, RunState
    from promptopt.runs.store import Store


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN…")
@click.option("--split", type=click.Choice(["dev", "test"]), help="The examples to compare on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(runs: tuple[str, ...], split: str | None, as_json: bool) -> None:
    """Compare the best prompts of runs, example by example.

    The others are compared with the first one, on the examples that both have been scored on:
    those with the same input and references. RUN is a run's name, a beginning of it, or "last";
    RUN:c007 is a candidate of it, RUN:seed its seed prompt. By default they are compared on test
    where all have been scored on it, else on dev.
    """
    from promptopt.errors import InputError
    from promptopt.results.comparability import unlike
    from promptopt.results.comparison import Chosen, compare
    from promptopt.runs.store import Store

    if len(runs) < 2:
        raise InputError("there have to be two to compare: promptopt compare RUN RUN")
    with Store() as store:
        sides = [_side(store, each) for each in runs]
        if split is None:
            split = "test" if all(candidate.test for _, candidate in sides) else "dev"
        against, best = sides[0]
        first = Chosen(against.run_id, best.id)
        found = [
            compare(
                store,
                Chosen(state.run_id, candidate.id),
                first,
                split,
                unlike(state, against, split, ("it", "the first")),
            )
            for state, candidate in sides[1:]
        ]
    if as_json:
        say_json(_object(split, sides, found))
    else:
        _say(split, sides, found)


def _side(store: Store, name: str) -> tuple[RunState, CandidateState]:
    from promptopt.results.candidates import find_candidate

    run, _, candidate = name.partition(":")
    state = store.state(store.find_run(run).id)
    return state, find_candidate(state, candidate or None)


def _say(split: str, sides: list[tuple[RunState, CandidateState]], found: list[Comparison]) -> None:
    from promptopt.results.comparability import models_apart
    from promptopt.results.numbers import interval_ends, shown_score, signed_with_error
    from promptopt.results.verdict import paired_details
    from promptopt.runs.state import candidate_name

    rows = []
    for place, (state, candidate) in enumerate(sides):
        score = candidate.test if split == "test" else candidate.dev
        over = interval = details = ""
        if place:
            comparison = found[place - 1]
            if comparison.unlike:
                details = f"not to be compared: {comparison.unlike}"
            elif comparison.difference is None:
                over = "no example in common"
            else:
                over = signed_with_error(comparison.difference.mean, comparison.difference.stderr)
                details = paired_details(comparison.difference)
                details += ", within the noise" if comparison.difference.within_noise else ""
            if comparison.interval is not None:
                interval = " to ".join(interval_ends(comparison.interval))
        method = state.setup.method if state.setup else ""
        name = f"{state.run_id} {candidate_name(candidate.id)}"
        rows.append((name, method, shown_score(score), over, interval, details, candidate.text))
    say_table(("run", "method", split, "over the first", "95%", "examples", "prompt"), rows)
    for state, candidate in sides[1:]:
        names = f"{state.run_id} {candidate_name(candidate.id)}", "the first"
        if apart := models_apart(state, sides[0][0], names):
            say(f"asked of different models: {apart}")
    if split == "dev":
        say("they were chosen on dev, which flatters them: test tells how good they are")


def _object(
    split: str, sides: list[tuple[RunState, CandidateState]], found: list[Comparison]
) -> dict[str, Any]:
    from promptopt.results.summary import difference_object, prompt_object

    compared: list[dict[str, Any]] = []
    for place, (state, candidate) in enumerate(sides):
        entry: dict[str, Any] = {
            "run_id": state.run_id,
            "method": state.setup.method if state.setup else None,
            "task_model": state.setup.task_model if state.setup else None,
            "candidate": prompt_object(candidate),
            "over_first": difference_object(found[place - 1].difference) if place else None,
            # Why there is no difference where the scores are of different things.
            "unlike": found[place - 1].unlike or None if place else None,
        }
        compared.append(entry)
    return {"split": split, "compared": compared}
