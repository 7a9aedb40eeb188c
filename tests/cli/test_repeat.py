from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from promptopt.results.repeats import over_runs

if TYPE_CHECKING:
    from promptopt.runs.store import Store

    from .conftest import Command

SMALL = ("--task", "plurals", "--model", "scripted:plural", "--max-calls", "150")


def test_the_same_search_with_several_seeds(promptopt: Command, store: Store) -> None:
    done = promptopt("repeat", *SMALL, "--repeats", "3", "--seed", "5", "--name", "try", "--json")
    assert done.status == 0, done.err
    told = json.loads(done.out.splitlines()[-1])
    assert [each["run_id"] for each in told["runs"]] == ["try-5", "try-6", "try-7"]
    gains = []
    for each in told["runs"]:
        state = store.state(each["run_id"])
        assert state.seed_prompt is not None
        assert state.seed_prompt.test is not None
        assert state.best is not None
        assert state.best.test is not None
        gains.append(state.best.test.mean - state.seed_prompt.test.mean)
        assert each["gain"] == pytest.approx(gains[-1])
    expected = over_runs(gains)
    assert expected is not None
    assert expected.interval is not None
    assert told["gain"]["n"] == 3
    assert told["gain"]["interval"] == pytest.approx(list(expected.interval))


def test_a_table_for_people(promptopt: Command) -> None:
    done = promptopt("repeat", *SMALL, "--repeats", "2")
    assert done.status == 0, done.err
    assert "run 2 of 2, seed 1" in done.err
    assert "gain on test over 2 runs: " in done.out
    assert "; 95% from " in done.out


def test_a_run_that_fails_ends_it(promptopt: Command) -> None:
    done = promptopt("repeat", "--task", "plurals", "--model", "scripted:down", "--repeats", "2")
    assert done.status == 1
    assert "run 2 of 2" not in done.err
    assert "no run has come to its test" in done.out
