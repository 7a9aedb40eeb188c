from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from promptopt.results.comparison import Chosen, compare
from promptopt.results.numbers import signed_with_error

from ..results.played_run import PROPOSALS, Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command


def test_a_prompt_against_the_seed_prompt_of_its_run(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("compare", f"{run_id}:seed", run_id)
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "over the first" in lines[0]
    assert f"{run_id} c000" in lines[1]
    assert "+.400 (± .064)" in lines[2]
    assert "n=60: 24 fixed, 0 broken" in lines[2]
    assert PROPOSALS[1] in lines[2]
    assert "chosen on dev" not in done.out


def test_an_end_at_zero_has_no_sign(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    out = promptopt("compare", run_id, run_id).out
    assert "  .000 to .000  " in out


def test_two_runs_on_the_examples_of_both(promptopt: Command, store: Store) -> None:
    first, second = play_run(store), play_run(store)
    done = promptopt("compare", first, f"{second}:c001", "--split", "dev")
    found = compare(store, Chosen(second, 1), Chosen(first, 2), "dev")
    assert found.difference is not None
    expected = signed_with_error(found.difference.mean, found.difference.stderr)
    assert expected in done.out
    assert f"n={found.difference.n}" in done.out
    assert "they were chosen on dev" in done.out


def test_scores_by_two_metrics_are_not_subtracted(promptopt: Command, store: Store) -> None:
    first, second = play_run(store), play_run(store, Script(metric="token_f1"))
    out = promptopt("compare", first, second).out
    assert "not to be compared: it is scored by token_f1, the first by exact_match" in out
    assert " 95% " in out.splitlines()[0]
    assert " to " not in out.splitlines()[2].partition("not to be")[0]
    told = json.loads(promptopt("compare", first, second, "--json").out)["compared"][1]
    assert told["over_first"] is None
    assert told["unlike"] == "it is scored by token_f1, the first by exact_match"


def test_task_models_that_differ_are_named(promptopt: Command, store: Store) -> None:
    first, second = play_run(store), play_run(store, Script(task_model="openai:m"))
    out = promptopt("compare", first, second).out
    assert f"asked of different models: {second} c002 on openai:m, the first on local" in out
    assert "n=60" in out
    assert "different models" not in promptopt("compare", first, f"{first}:seed").out
    told = json.loads(promptopt("compare", first, second, "--json").out)["compared"]
    assert [each["task_model"] for each in told] == ["local", "openai:m"]
    assert told[1]["unlike"] is None


def test_as_json(promptopt: Command, store: Store) -> None:
    run_id = play_run(store)
    done = promptopt("compare", f"{run_id}:seed", run_id, f"{run_id}:c001", "--json")
    told = json.loads(done.out)
    assert told["split"] == "dev"  # c001 was never tested
    first, best, other = told["compared"]
    assert first["over_first"] is None
    low, high = best["over_first"]["interval"]
    assert low <= best["over_first"]["mean"] <= high
    assert best["candidate"]["text"] == PROPOSALS[1]
    assert other["candidate"]["id"] == "c001"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["last"], "there have to be two"),
        (["last", "gone"], "gone"),
        (["last", "last:c999"], "has no candidate c999"),
        (["last", "last:\x1b[31m"], "has no candidate ␛[31m"),
    ],
)
def test_what_cannot_be_compared(
    promptopt: Command, store: Store, arguments: list[str], said: str
) -> None:
    play_run(store)
    done = promptopt("compare", *arguments)
    assert done.status == 2
    assert said in done.err
    assert "Traceback" not in done.err
