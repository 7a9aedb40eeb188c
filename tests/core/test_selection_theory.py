"""Selection over real score tables: what theory promises of each policy holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from promptopt._core import Selection
from tests.core.score_tables import Scores, large_table, real_table, shape, with_one_best

SEARCHES = 400


def found(selection: Selection, table: Scores) -> float:
    """The part of the searches that end with the last candidate, which is the best."""
    best, _ = selection.simulate(table, range(SEARCHES))
    return float((best == len(table) - 1).mean())


def used(selection: Selection, table: Scores) -> float:
    """The part of the cells that a search uses."""
    _, cells = selection.simulate(table, range(100))
    return float(cells.mean()) / float(table.size)


def gaps(table: Scores) -> Scores:
    """How much worse the others are, the least first."""
    means = table.mean(axis=1)
    distances: Scores = np.sort(means.max() - means)[1:]
    return distances


def hardness(table: Scores) -> float:
    """H2 of Audibert and Bubeck 2010: the largest of i over the square of the i-th distance."""
    distances: list[float] = gaps(table).tolist()
    return max((i + 2) / gap**2 for i, gap in enumerate(distances))


def test_the_real_tables_are_worth_searching() -> None:
    for table, size in ((real_table(), (79, 152)), (large_table(2, False), (27, 4000))):
        assert table.shape == size
        assert 0.1 < table.mean(axis=1).min() < table.mean(axis=1).max() < 0.95
    assert large_table(2, False).std(axis=1).mean() > 4 * large_table(20, True).std(axis=1).mean()


# Budgets for which the bound on the error is 0.3, well below the whole table


def test_successive_halving_finds_the_best_as_often_as_promised() -> None:
    table = with_one_best(large_table(2, False), 12, 0.15)
    logarithm = math.log2(len(table))
    # Karnin et al. 2013, theorem 4.1.
    budget = math.ceil(8 * hardness(table) * logarithm * math.log(3 * logarithm / 0.3))
    assert budget < 0.7 * table.size
    assert found(Selection.successive_halving(*shape(table), budget), table) >= 0.7
    # The bound is far from tight: on few examples, a quarter of all cells is enough.
    table = with_one_best(real_table(), 16, 0.15)
    assert found(Selection.successive_halving(*shape(table), table.size // 4), table) > 0.6


def test_successive_rejects_finds_the_best_as_often_as_promised() -> None:
    table = with_one_best(large_table(2, False), 12, 0.1)
    k = len(table)
    logarithm = 0.5 + sum(1 / i for i in range(2, k + 1))
    # Audibert and Bubeck 2010, theorem 2.
    budget = k + math.ceil(logarithm * hardness(table) * math.log(k * (k - 1) / 2 / 0.3))
    assert budget < 0.7 * table.size
    assert found(Selection.successive_rejects(*shape(table), budget), table) >= 0.7
    table = with_one_best(real_table(), 6, 0.15)
    assert found(Selection.successive_rejects(*shape(table), table.size // 4), table) > 0.6


def test_ucb_e_finds_the_best_as_often_as_promised() -> None:
    table = with_one_best(large_table(2, False), 4, 0.3)
    k, distances = len(table), gaps(table)
    first_hardness = float(1 / distances[0] ** 2 + (1 / distances**2).sum())
    # Audibert and Bubeck 2010, theorem 1: the error is at most 2 n k exp(-2 a / 25) for n cells
    # and exploration a, which n must be large enough for.
    exploration = 25 / 2 * math.log(2 * table.size * k / 0.3)
    budget = k + math.ceil(36 / 25 * exploration * first_hardness)
    assert budget < 0.7 * table.size
    selection = Selection.ucb(*shape(table), budget, variant="ucb-e", exploration=exploration)
    assert found(selection, table) >= 0.7
    table = with_one_best(real_table(), 4, 0.3)
    cheap = Selection.ucb(*shape(table), table.size // 4, variant="ucb-e", exploration=2.0)
    assert found(cheap, table) > 0.9


def test_ucb1_scores_a_worse_candidate_as_rarely_as_promised() -> None:
    table = with_one_best(large_table(2, False), 5, 0.2)
    distances = table.mean(axis=1)[-1] - table.mean(axis=1)[:-1]
    budget, searches = 4000, 100
    pulls = np.zeros(len(table))
    for seed in range(searches):
        selection = Selection.ucb(*shape(table), budget, seed=seed)
        selection.replay(table)
        pulls += selection.counts / searches
    # Auer et al. 2002, theorem 1.
    promised = 8 * math.log(budget) / distances**2 + 1 + math.pi**2 / 3
    assert promised.min() < budget / 2
    assert (pulls[:-1] <= promised).all()
    assert pulls.argmax() == len(table) - 1


BOUNDS: list[Literal["hoeffding", "empirical_bernstein"]] = ["hoeffding", "empirical_bernstein"]


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_race_loses_the_best_as_rarely_as_promised(bound: object) -> None:
    for table, batch in (
        (with_one_best(real_table(), 40, 1 / 152), 5),
        (with_one_best(large_table(2, False), 10, 0.001), 100),
        (with_one_best(large_table(20, True), 10, 0.001), 100),
    ):
        race = Selection.race(
            *shape(table),
            bound=bound,  # type: ignore[arg-type]
            error=0.1,
            examples_per_round=batch,
        )
        assert found(race, table) >= 0.9


def raced(table: Scores) -> tuple[float, float]:
    """The part of the cells that a race uses with either bound."""
    hoeffding, bernstein = (
        used(Selection.race(*shape(table), bound=bound, examples_per_round=50), table)
        for bound in BOUNDS
    )
    return hoeffding, bernstein


def test_each_bound_of_a_race_has_its_tables() -> None:
    # Close candidates that differ by nearly the same on each of many examples.
    hoeffding, bernstein = raced(with_one_best(large_table(20, True), 8, 0.02))
    assert bernstein < 0.85 * hoeffding < 0.6
    # Answers that are right or wrong: the variance is no smaller than the range makes one expect.
    hoeffding, bernstein = raced(with_one_best(large_table(2, False), 8, 0.2))
    assert hoeffding < bernstein < 0.5
    # On few examples the term without the variance is larger than any difference.
    hoeffding, bernstein = raced(with_one_best(real_table(), 40, 1 / 152))
    assert bernstein == 1
    assert hoeffding < 1


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_race_drops_the_worse_and_keeps_who_may_be_best(bound: object) -> None:
    table = with_one_best(large_table(20, True), 8, 0.04)
    # Two that cannot be told from the best, as they are the same on nearly every example.
    table = np.concatenate([table, table[[-1, -1]]])
    table[-1, 7] = table[-2, 8] = 0.0
    race = Selection.race(*shape(table), bound=bound, examples_per_round=50)  # type: ignore[arg-type]
    race.replay(table)
    assert race.ranking[0] == 7
    counts = race.counts
    assert (counts[7:] == 4000).all()
    # The others, the nearest first, went before the end, and who is much worse before who is near.
    assert counts[:7].max() < 4000
    assert counts[6] < 0.75 * counts[0]


def test_the_filter_finds_the_best_and_saves_most_cells() -> None:
    table = with_one_best(real_table(), 40, 0.1)
    selection = Selection.adaptive_filter(*shape(table), 20, keep=0.5, few=3)
    assert found(selection, table) > 0.75
    _, cells = selection.simulate(table, range(100))
    assert cells.max() < 0.5 * table.size
    selection.replay(table)
    assert (selection.counts[selection.survivors] == 152).all()
    assert set(selection.counts.tolist()) == {20, 40, 60, 80, 152}


POLICIES: dict[str, Callable[[int, int], Selection]] = {
    "ucb1": lambda k, n: Selection.ucb(k, n, k * n // 3, seed=7),
    "ucb-e": lambda k, n: Selection.ucb(k, n, k * n // 3, variant="ucb-e", seed=7),
    "successive halving": lambda k, n: Selection.successive_halving(k, n, k * n // 3, seed=7),
    "successive rejects": lambda k, n: Selection.successive_rejects(k, n, k * n // 3, seed=7),
    "adaptive filter": lambda k, n: Selection.adaptive_filter(k, n, 20, seed=7),
    "hoeffding race": lambda k, n: Selection.race(k, n, bound="hoeffding", seed=7),
    "bernstein race": lambda k, n: Selection.race(k, n, seed=7),
}


@pytest.mark.parametrize("name", POLICIES)
def test_it_never_looks_at_a_cell_that_it_did_not_ask_for(name: str) -> None:
    table = with_one_best(large_table(20, True), 8, 0.02)
    asked = np.full(table.shape, np.nan)
    live = POLICIES[name](*shape(table))
    while (cells := live.ask()).size:
        rows = cells[:, 0], cells[:, 1]
        asked[rows] = table[rows]
        live.tell(table[rows])
    # Nothing but these cells is there, live, replayed or simulated.
    assert 0 < np.isnan(asked).mean() < 1
    assert np.isfinite(asked).sum() == live.used
    replayed = POLICIES[name](*shape(table))
    replayed.replay(asked)
    assert replayed.ranking.tolist() == live.ranking.tolist()
    assert replayed.survivors.tolist() == live.survivors.tolist()
    best, cells_used = replayed.simulate(asked, [7])
    assert (best[0], cells_used[0]) == (live.ranking[0], live.used)
