"""Two candidates side by side, of one run and of two."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.results.comparison import Chosen, compare
from promptopt.results.statistics import stored_difference
from promptopt.runs.store import Store
from promptopt.tasks.example import Example
from promptopt.tasks.task import Task
from promptopt.tasks.template import Template


def task(inputs: str) -> Task:
    dev = tuple(Example(each, (each.upper(),)) for each in inputs)
    return Task("t", "made", "exact_match", "Say.", Template(), (), dev, dev)


def run_of(store: Store, name: str, inputs: str, scores: dict[int, dict[int, float | None]]) -> str:
    """A run whose candidates got these scores on dev, by the place of the example."""
    run_id = store.create_run(task(inputs), "ape", "{}", name)
    for candidate, known in scores.items():
        rows = []
        for index, score in known.items():
            key = f"{candidate} {index}".encode()
            response = store.add_response(
                run_id, key, 0, role="task", request=None, text=f"{name} {candidate} {index}"
            )
            rows.append((index, response, score))
        store.add_predictions(run_id, candidate, "dev", rows)
    return run_id


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "promptopt.db")


def test_within_a_run_it_agrees_with_the_paired_difference(store: Store) -> None:
    scores: dict[int, dict[int, float | None]] = {
        0: {0: 0.0, 1: 1.0, 2: 0.0, 3: None, 4: 0.5},
        1: {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0},
    }
    run_id = run_of(store, "a", "abcde", scores)
    found = compare(store, Chosen(run_id, 1), Chosen(run_id, 0), "dev")
    assert found.difference == stored_difference(store, run_id, 1, 0, "dev")
    assert found.difference is not None
    assert (found.difference.fixed, found.difference.broken, found.difference.n) == (2, 0, 3)
    assert found.first is not None
    assert found.second is not None
    assert (found.first.mean, found.first.n) == (1.0, 3)
    assert found.second.mean == pytest.approx(1 / 3)
    assert [each.index for each in found.examples] == [0, 1, 2, 3, 4]
    assert found.examples[4].first is None
    assert found.examples[4].second is not None


def test_the_interval_holds_the_mean_and_shrinks_with_n(store: Store) -> None:
    inputs = "".join(chr(ord("a") + place) for place in range(26))
    widths = []
    for count in (6, 24):
        scores: dict[int, dict[int, float | None]] = {
            0: {index: float(index % 2) for index in range(count)},
            1: {index: float(index % 3 > 0) for index in range(count)},
        }
        run_id = run_of(store, f"n{count}", inputs, scores)
        found = compare(store, Chosen(run_id, 1), Chosen(run_id, 0), "dev")
        assert found.interval is not None
        assert found.difference is not None
        low, high = found.interval
        assert low <= found.difference.mean <= high
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_two_runs_are_compared_on_the_examples_of_both(store: Store) -> None:
    first = run_of(store, "a", "abca", {1: {0: 1.0, 1: 0.0, 2: 1.0, 3: 0.0}})
    second = run_of(store, "b", "xaac", {2: {0: 1.0, 1: 0.0, 2: 1.0, 3: 1.0}})
    found = compare(store, Chosen(first, 1), Chosen(second, 2), "dev")
    # The first a is the first a there, the second the second, however far apart they stand.
    pairs = [
        (each.example.input, each.first and each.first.text, each.second and each.second.text)
        for each in found.examples
    ]
    assert pairs == [
        ("a", "a 1 0", "b 2 1"),
        ("b", "a 1 1", None),
        ("c", "a 1 2", "b 2 3"),
        ("a", "a 1 3", "b 2 2"),
        ("x", None, "b 2 0"),
    ]
    assert found.difference is not None
    assert (found.difference.n, found.difference.fixed, found.difference.broken) == (3, 1, 1)
    assert found.difference.unpaired == 2


def test_nothing_in_common(store: Store) -> None:
    first = run_of(store, "a", "ab", {1: {0: 1.0}})
    second = run_of(store, "b", "xy", {1: {0: 1.0}})
    found = compare(store, Chosen(first, 1), Chosen(second, 1), "dev")
    assert found.difference is None
    assert found.interval is None
    assert found.first is None
