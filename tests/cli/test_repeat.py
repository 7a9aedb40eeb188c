from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from promptopt.results.repeats import over_runs
from promptopt.runs import control
from promptopt.runs.config import RunConfig, config_from_json

if TYPE_CHECKING:
    from pathlib import Path

    from promptopt.runs.store import Store

    from .conftest import Command

SMALL = ("--task", "plurals", "--model", "scripted:plural", "--max-calls", "150")


def store_config(store: Store, run_id: str, *, seed: int) -> RunConfig:
    """The configuration of a run, with another seed."""
    return msgspec.structs.replace(config_from_json(store.find_run(run_id).config), seed=seed)


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


def test_a_single_run_is_called_so(promptopt: Command) -> None:
    done = promptopt("repeat", *SMALL, "--repeats", "1")
    assert done.status == 0, done.err
    assert "gain on test over 1 run: " in done.out
    assert "says nothing yet of how far runs lie apart" in done.out
    assert "95%" not in done.out


def test_the_same_command_takes_up_what_is_there(promptopt: Command, store: Store) -> None:
    first = promptopt("repeat", *SMALL, "--repeats", "1", "--seed", "3")
    assert first.status == 0, first.err
    stopped = control.create(store, store_config(store, "plurals-ape-1", seed=4))
    done = promptopt("repeat", *SMALL, "--repeats", "3", "--seed", "3", "--json")
    assert done.status == 0, done.err
    assert "run 1 of 3, seed 3: plurals-ape-1, which is done already" in done.err
    assert f"run 2 of 3, seed 4: {stopped}, which is there and goes on" in done.err
    assert "run 3 of 3, seed 5: plurals-ape-3\n" in done.err
    told = json.loads(done.out.splitlines()[-1])
    assert [each["run_id"] for each in told["runs"]] == ["plurals-ape-1", stopped, "plurals-ape-3"]
    assert store.state("plurals-ape-1").attempt == 1
    assert len(store.runs()) == 3


def test_another_configuration_or_other_data_are_another_run(
    promptopt: Command, store: Store, tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    rows = [f"word{n},words{n}" for n in range(40)]
    data.write_text("\n".join(["input,target", *rows]))
    asked = ("repeat", "--task", str(data), "--model", "scripted:plural", "--repeats", "1")
    for more in ((), ("--max-calls", "140"), ("--anew",)):
        assert promptopt(*asked, *more).status == 0
    assert len(store.runs()) == 3
    assert "done already" in promptopt(*asked).err
    data.write_text("\n".join(["input,target", *rows[:-1], "ox,oxen"]))
    assert promptopt(*asked).status == 0
    assert len(store.runs()) == 4
    named = promptopt(*asked, "--name", "kept")
    assert named.status == 0
    changed = promptopt(*asked, "--name", "kept", "--max-calls", "140")
    assert changed.status == 2
    assert "there is a run named kept-0 already" in changed.err


def test_a_run_that_fails_ends_it(promptopt: Command) -> None:
    done = promptopt("repeat", "--task", "plurals", "--model", "scripted:down", "--repeats", "2")
    assert done.status == 1
    assert "run 2 of 2" not in done.err
    assert "the same command takes up what is there" in done.err
    assert "no run has come to its test" in done.out
