"""Selection over score tables: against plain Python, and against what theory promises."""

from __future__ import annotations

import csv
import math
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from promptopt._core import References, Selection, paired_bootstrap, pareto_front, score_matrix
from promptopt.tasks import bundled
from tests.core import reference_selection
from tests.core.texts import FUZZ_CASES

Scores = NDArray[np.float64]
FOLDER = bundled._FOLDER


def made(kind: str, table: Scores, seed: int, options: dict[str, Any]) -> Selection:
    """The selection that the twin of the same options is of."""
    names = {"candidates": "candidates_per_round", "examples": "examples_per_round"}
    names |= {"stage": "examples_per_stage", "batch": "examples_per_round"}
    arguments = {names.get(name, name): value for name, value in options.items()}
    selection: Selection = getattr(Selection, kind)(*table.shape, seed=seed, **arguments)
    return selection


def any_options(generator: random.Random, kind: str, k: int, n: int) -> dict[str, Any]:
    if kind == "ucb":
        return {
            "budget": generator.randint(1, 2 * k * n),
            "variant": generator.choice(["ucb1", "ucb-e"]),
            "exploration": generator.choice([0.0, 0.3, 1.0, 20.0]),
            "candidates": generator.randint(1, 5),
            "examples": generator.randint(1, 4),
        }
    if kind == "successive_halving":
        return {
            "budget": generator.randint(7 * k, 7 * k + k * n),
            "divisor": generator.randint(2, 4),
        }
    if kind == "successive_rejects":
        return {"budget": generator.randint(k + 1, k * n + k + 1)}
    if kind == "adaptive_filter":
        keep = generator.choice([0.1, 0.5, 0.8, 0.99])
        return {
            "stage": generator.randint(1, n),
            "keep": keep,
            "few": generator.randint(1, 6),
            "complete": generator.random() < 0.5,
        }
    batch = generator.randint(1, n)
    return {
        "bound": generator.choice(["hoeffding", "empirical_bernstein"]),
        "error": generator.choice([0.01, 0.2, 0.9]),
        "batch": batch,
        "budget": generator.randint(k * batch, k * batch + k * n),
    }


def any_table(generator: random.Random) -> Scores:
    """Of right and wrong answers, or of scores in between."""
    k, n = generator.randint(1, 40), generator.choice([1, 7, 30, 100])
    skills = np.array([generator.random() for _ in range(k)])
    cells = np.array([[generator.random() for _ in range(n)] for _ in range(k)])
    table = (cells < skills[:, None]) * 1.0
    return table if generator.random() < 0.5 else np.round(table * cells * 10) / 10


def told(selection: Selection, table: list[list[float | None]]) -> None:
    """Drives a selection live to its end, None where a call fails."""
    while (cells := selection.ask().tolist()) != []:
        selection.tell([table[candidate][example] for candidate, example in cells])


@pytest.mark.parametrize("kind", reference_selection.POLICIES)
def test_every_choice_is_that_of_plain_python(kind: str) -> None:
    generator = random.Random(f"selection {kind}")
    for _ in range(max(30, FUZZ_CASES // 40)):
        table = any_table(generator)
        seed = generator.getrandbits(63)
        options = any_options(generator, kind, *table.shape)
        selection = made(kind, table, seed, options)
        selection.replay(table)
        expected, depths = reference_selection.ranking(kind, table.tolist(), seed, **options)
        assert selection.counts.tolist() == depths, options
        assert selection.ranking.tolist() == expected, options
        best, used = selection.simulate(table, [seed, 5])
        assert (best[0], used[0]) == (expected[0], sum(depths))


@pytest.mark.parametrize("kind", reference_selection.POLICIES)
def test_with_failed_calls_too(kind: str) -> None:
    generator = random.Random(f"failures {kind}")
    for _ in range(max(30, FUZZ_CASES // 40)):
        table = any_table(generator)
        share = generator.choice([0.05, 0.5, 0.9])
        failing = [
            [None if generator.random() < share else score for score in row]
            for row in table.tolist()
        ]
        seed = generator.getrandbits(63)
        options = any_options(generator, kind, *table.shape)
        selection = made(kind, table, seed, options)
        told(selection, failing)
        expected, depths = reference_selection.ranking(kind, failing, seed, **options)
        assert selection.counts.tolist() == depths, options
        assert selection.ranking.tolist() == expected, options
        assert selection.used == sum(depths)


@pytest.mark.parametrize("kind", reference_selection.POLICIES)
def test_live_and_replayed_are_the_same_and_look_at_nothing_else(kind: str) -> None:
    generator = random.Random(f"live {kind}")
    for _ in range(20):
        table = any_table(generator)
        options = any_options(generator, kind, *table.shape)
        live = made(kind, table, 3, options)
        asked: list[tuple[int, int]] = []
        while (cells := live.ask()).size:
            assert np.array_equal(cells, live.ask())
            asked += [(candidate, example) for candidate, example in cells.tolist()]
            live.tell(table[cells[:, 0], cells[:, 1]])
        assert live.done
        assert len(set(asked)) == len(asked) == live.used
        # All that was not asked for is taken away: nothing changes.
        poisoned = np.full(table.shape, np.nan)
        for cell in asked:
            poisoned[cell] = table[cell]
        replayed = made(kind, table, 3, options)
        replayed.replay(poisoned)
        assert np.array_equal(replayed.ranking, live.ranking)
        assert np.array_equal(replayed.scores, live.scores, equal_nan=True)
        assert np.array_equal(live.scores, poisoned, equal_nan=True)
        # What is known is not asked for, and changes nothing else.
        arguments = options | {"known": poisoned}
        informed = made(kind, table, 3, arguments)
        assert informed.ask().shape == (0, 2)
        assert np.array_equal(informed.ranking, live.ranking)
        # A cell that was asked for is needed.
        poisoned[asked[-1]] = np.nan
        with pytest.raises(ValueError, match="is missing, and was asked for"):
            made(kind, table, 3, options).replay(poisoned)


def candidates_of_plurals() -> list[dict[str, str]]:
    """Rules for English plurals: endings, and what becomes of them."""
    rules = [("y", "ies"), ("ch", "ches"), ("sh", "shes"), ("s", "ses"), ("x", "xes")]
    rules += [("f", "ves"), ("fe", "ves"), ("o", "oes"), ("man", "men"), ("us", "i")]
    return [dict(rules[i] for i in range(10) if chosen >> i & 1) for chosen in range(0, 1024, 13)]


def plural(word: str, rules: dict[str, str]) -> str:
    for ending in sorted(rules, key=len, reverse=True):
        if word.endswith(ending) and not (ending == "y" and word[-2:-1] in "aeiou"):
            return word.removesuffix(ending) + rules[ending]
    return word + "s"


@cache
def real_table() -> Scores:
    """The scores of many sets of rules on the bundled task of plurals, by the real metric."""
    with (FOLDER / "plurals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    references = References([row["output"].split("|") for row in rows])
    predictions = [plural(row["input"], rules) for rules in candidates_of_plurals() for row in rows]
    return score_matrix(predictions, references, "exact_match")


def with_one_best(count: int, gap: float) -> Scores:
    """Rows of the real table, of which the first is the best by so much."""
    table = real_table()
    means = table.mean(axis=1)
    best = int(means.argmax())
    others = [i for i in np.argsort(-means) if means[i] <= means[best] - gap][: count - 1]
    return table[[best, *others]]


def found(selection: Selection, table: Scores, searches: int = 400) -> float:
    best, _ = selection.simulate(table, range(searches))
    return float((best == 0).mean())


def gaps(table: Scores) -> Scores:
    means = table.mean(axis=1)
    return np.sort(means.max() - means)[1:]


def test_the_real_table_is_worth_searching() -> None:
    table = real_table()
    assert table.shape == (79, 152)
    assert 0.3 < table.mean(axis=1).min() < table.mean(axis=1).max() < 0.95


def test_successive_halving_finds_the_best_as_often_as_promised() -> None:
    table = with_one_best(16, 0.15)
    distances = gaps(table)
    complexity = max((i + 2) / distances[i] ** 2 for i in range(len(distances)))
    logarithm = math.log2(len(table))
    budget = math.ceil(8 * complexity * logarithm * math.log(3 * logarithm / 0.3))
    promised = 1 - 3 * logarithm * math.exp(-budget / (8 * complexity * logarithm))
    assert promised > 0.6
    assert found(Selection.successive_halving(*table.shape, budget), table) >= promised
    # A quarter of all cells does far better than chance.
    assert found(Selection.successive_halving(*table.shape, table.size // 4), table) > 0.6


def test_successive_rejects_finds_the_best_as_often_as_promised() -> None:
    table = with_one_best(6, 0.15)
    k, distances = len(table), gaps(table)
    complexity = max((i + 2) / distances[i] ** 2 for i in range(k - 1))
    logarithm = 0.5 + sum(1 / i for i in range(2, k + 1))
    budget = k + math.ceil(logarithm * complexity * math.log(k * (k - 1) / 2 / 0.3))
    assert found(Selection.successive_rejects(k, table.shape[1], budget), table) >= 0.7
    assert found(Selection.successive_rejects(*table.shape, table.size // 4), table) > 0.6


def test_ucb_e_finds_the_best_as_often_as_promised() -> None:
    table = with_one_best(4, 0.3)
    k, distances = len(table), gaps(table)
    hardness = float(1 / distances[0] ** 2 + (1 / distances**2).sum())
    exploration = 25 / 2 * math.log(2 * table.size * k / 0.3)
    budget = k + math.ceil(36 / 25 * exploration * hardness)
    selection = Selection.ucb(
        *table.shape, min(budget, table.size), variant="ucb-e", exploration=exploration
    )
    assert found(selection, table) >= 0.7
    cheap = Selection.ucb(*table.shape, table.size // 4, variant="ucb-e", exploration=2.0)
    assert found(cheap, table) > 0.9


def test_ucb1_scores_a_worse_candidate_as_rarely_as_promised() -> None:
    table = with_one_best(8, 0.2)
    distances = table.mean(axis=1).max() - table.mean(axis=1)
    budget = 152
    pulls = np.zeros(len(table))
    for seed in range(100):
        selection = Selection.ucb(*table.shape, budget, seed=seed)
        selection.replay(table)
        pulls += selection.counts / 100
    # Auer et al. 2002, theorem 1.
    promised = 8 * math.log(budget) / distances[1:] ** 2 + 1 + math.pi**2 / 3
    assert (pulls[1:] <= promised).all()
    assert pulls.argmax() == 0


@pytest.mark.parametrize("bound", ["hoeffding", "empirical_bernstein"])
def test_a_race_loses_the_best_as_rarely_as_promised(bound: str) -> None:
    table = with_one_best(40, 1 / 152)
    race = Selection.race(*table.shape, bound=bound, error=0.2)  # type: ignore[arg-type]
    assert found(race, table) >= 0.8
    _, used = race.simulate(table, range(100))
    # With so few examples the other bound's second term is larger than any difference.
    assert bound == "empirical_bernstein" or used.mean() < 0.95 * table.size


def test_the_filter_finds_the_best_and_saves_most_cells() -> None:
    table = with_one_best(40, 0.1)
    selection = Selection.adaptive_filter(*table.shape, 20, keep=0.5, few=3)
    assert found(selection, table) > 0.8
    _, used = selection.simulate(table, range(100))
    assert used.max() < 0.5 * table.size
    selection.replay(table)
    assert (selection.counts[selection.survivors] == 152).all()
    assert set(selection.counts.tolist()) == {20, 40, 60, 80, 152}


@pytest.mark.parametrize("kind", ["ucb", "race"])
def test_candidates_may_come_later(kind: str) -> None:
    table = with_one_best(6, 0.2)[::-1].copy()
    options: dict[str, Any] = {"budget": 600} if kind == "ucb" else {"error": 0.5}
    selection: Selection = getattr(Selection, kind)(5, table.shape[1], **options)
    for _ in range(4):
        cells = selection.ask()
        selection.tell(table[cells[:, 0], cells[:, 1]])
    selection.add_candidates(1)
    assert selection.scores.shape == table.shape
    selection.replay(table)
    assert selection.ranking[0] == 5


def test_ties_go_to_the_lowest_number() -> None:
    table = np.ones((5, 10))
    for kind, options in {
        "ucb": {"budget": 20},
        "successive_halving": {"budget": 40},
        "successive_rejects": {"budget": 40},
        "adaptive_filter": {"examples_per_stage": 2, "few": 1},
        "race": {},
    }.items():
        selection: Selection = getattr(Selection, kind)(5, 10, **options)
        selection.replay(table)
        assert selection.ranking[0] == 0


def test_threads_change_no_simulation() -> None:
    table = with_one_best(20, 0.05)
    selection = Selection.ucb(*table.shape, 500)
    alone = selection.simulate(table, range(50), threads=1)
    for threads in (None, 2, 5):
        again = selection.simulate(table, range(50), threads=threads)
        assert all(np.array_equal(x, y) for x, y in zip(alone, again, strict=True))
    assert selection.used == 0


@given(
    rows=st.integers(1, 4).flatmap(
        lambda m: st.lists(st.lists(st.integers(0, 4).map(float), min_size=m, max_size=m))
    )
)
def test_a_front_is_what_nothing_beats(rows: list[list[float]]) -> None:
    assert pareto_front(rows).tolist() == reference_selection.pareto_front(rows)
    if rows:
        assert pareto_front(np.array(rows)).tolist() == pareto_front(rows).tolist()


@settings(max_examples=30, deadline=None)
@given(
    pairs=st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 2), min_size=1, max_size=30),
    seed=st.integers(0, 2**63 - 1),
    level=st.sampled_from([0.5, 0.9, 0.95]),
)
def test_a_bootstrap_is_that_of_plain_python(
    pairs: list[tuple[float, float]], seed: int, level: float
) -> None:
    a, b = (list(column) for column in zip(*pairs, strict=True))
    got = paired_bootstrap(a, b, n_resamples=200, confidence_level=level, seed=seed, threads=1)
    expected = reference_selection.paired_bootstrap(a, b, 200, level, seed)
    assert got == pytest.approx(expected, abs=1e-12)
    again = paired_bootstrap(a, b, n_resamples=200, confidence_level=level, seed=seed, threads=3)
    assert got == again


def test_a_bootstrap_interval_covers_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    table = real_table()
    a, b = table[table.mean(axis=1).argmax()], table[5]
    truth = a.mean() - b.mean()
    covered = 0
    for seed in range(200):
        drawn = generator.integers(0, 152, 152)
        _, low, high, _ = paired_bootstrap(a[drawn], b[drawn], n_resamples=1000, seed=seed)
        covered += low <= truth <= high
    assert 0.88 < covered / 200 <= 1.0
