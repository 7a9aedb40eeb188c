from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from promptopt.results.comparison import Chosen, compare
from promptopt.results.numbers import signed_with_error

from ..results.played_run import PROPOSALS, play_run

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


def test_two_runs_on_the_examples_of_both(promptopt: Command, store: Store) -> None:
    first, second = play_run(store), play_run(store)
    done = promptopt("compare", first, f"{second}:c001", "--split", "dev")
    found = compare(store, Chosen(second, 1), Chosen(first, 2), "dev")
    assert found.difference is not None
    expected = signed_with_error(found.difference.mean, found.difference.stderr)
    assert expected in done.out
    assert f"n={found.difference.n}" in done.out
    assert "they were chosen on dev" in done.out


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
