"""Selection over score tables: against plain Python, live and replayed, grown and known."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptopt._core import CoreError, Selection, paired_bootstrap, pareto_front
from tests.core import reference_selection
from tests.core.score_tables import Scores, real_table, shape, with_one_best
from tests.core.texts import FUZZ_CASES


def made(kind: str, table: Scores, seed: int, options: dict[str, Any]) -> Selection:
    """The selection that the twin of the same options is of."""
    names = {"candidates": "candidates_per_round", "examples": "examples_per_round"}
    names |= {"stage": "examples_per_stage", "batch": "examples_per_round"}
    arguments = {names.get(name, name): value for name, value in options.items()}
    selection: Selection = getattr(Selection, kind)(*shape(table), seed=seed, **arguments)
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
    table: Scores = (cells < skills[:, None]).astype(np.float64)
    if generator.random() < 0.5:
        table[:] = np.round(table * cells * 10) / 10
    return table


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
        informed = made(kind, table, 3, {**options, "known": poisoned})
        assert informed.ask().shape == (0, 2)
        assert np.array_equal(informed.ranking, live.ranking)
        # A cell that was asked for is needed.
        poisoned[asked[-1]] = np.nan
        with pytest.raises(ValueError, match="is missing, and was asked for"):
            made(kind, table, 3, options).replay(poisoned)


def begun(kind: str, candidates: int, examples: int) -> Selection:
    """A selection of any kind with a budget that is enough for more candidates."""
    options: dict[str, dict[str, Any]] = {
        "ucb": {"budget": candidates * examples // 2},
        "successive_halving": {"budget": candidates * examples // 2},
        "successive_rejects": {"budget": candidates * examples // 2},
        "adaptive_filter": {"examples_per_stage": 10},
        "race": {"error": 0.5, "bound": "hoeffding"},
    }
    make = getattr(Selection, kind)
    selection: Selection = make(candidates, examples, seed=4, **options[kind])
    return selection


@pytest.mark.parametrize("kind", ["ucb", "race"])
def test_candidates_may_come_later(kind: str) -> None:
    table = with_one_best(real_table(), 6, 0.2)
    selection = begun(kind, 5, table.shape[1])
    for _ in range(4):
        cells = selection.ask()
        selection.tell(table[cells[:, 0], cells[:, 1]])
    before = selection.counts
    selection.add_candidates(1)
    assert selection.scores.shape == table.shape
    assert selection.counts.tolist() == [*before, 0]
    waiting = set(map(tuple, selection.ask().tolist()))
    # What was asked for before stays asked for; then the new one comes.
    while not any(candidate == 5 for candidate, _ in waiting):
        cells = selection.ask()
        selection.tell(table[cells[:, 0], cells[:, 1]])
        waiting = set(map(tuple, selection.ask().tolist()))
    if kind == "race":
        # It catches up before anything else is decided.
        assert {candidate for candidate, _ in waiting} == {5}
        assert len(waiting) == selection.counts[:5].max()
    selection.replay(table)
    assert selection.ranking[0] == 5
    # One that has decided goes on when others come.
    assert selection.done
    if kind == "race":
        selection.add_candidates(1)
        selection.replay(np.concatenate([table, np.zeros((1, table.shape[1]))]))
        assert selection.ranking[0] == 5
        assert selection.counts[6] > 0


@pytest.mark.parametrize("kind", reference_selection.POLICIES)
def test_before_it_begins_any_takes_candidates(kind: str) -> None:
    table = with_one_best(real_table(), 8, 0.1)
    grown, whole = begun(kind, 5, 152), begun(kind, 8, 152)
    if kind in ("adaptive_filter", "race"):
        grown.add_candidates(2)
        grown.add_candidates(1)
        for selection in (grown, whole):
            selection.replay(table)
        assert grown.ranking.tolist() == whole.ranking.tolist()
        assert grown.counts.tolist() == whole.counts.tolist()
    else:
        grown.add_candidates(3)
        grown.replay(table)
        # The budget is that of the fewer.
        assert 0 < grown.used <= 5 * 152 // 2
        assert (grown.counts > 0).all()


@pytest.mark.parametrize("kind", ["successive_halving", "successive_rejects", "adaptive_filter"])
def test_rounds_that_have_begun_are_begun_anew_with_what_is_known(kind: str) -> None:
    table = with_one_best(real_table(), 6, 0.2)
    selection = begun(kind, 5, 152)
    cells = selection.ask()
    selection.tell(table[cells[:, 0], cells[:, 1]])
    with pytest.raises(CoreError, match="begin anew with what is known, or use ucb or race"):
        selection.add_candidates(1)
    assert selection.n_candidates == 5
    known = np.concatenate([selection.scores, np.full((1, 152), np.nan)])
    arguments: dict[str, Any] = {"known": known, "seed": 4}
    if kind == "adaptive_filter":
        again = Selection.adaptive_filter(6, 152, 10, **arguments)
    else:
        again = getattr(Selection, kind)(6, 152, 456, **arguments)
    asked = again.ask()
    assert np.isnan(known[asked[:, 0], asked[:, 1]]).all()
    again.replay(table)
    assert again.ranking[0] == 5


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


def test_options_beyond_all_measure_are_taken_for_all_there_is() -> None:
    table, huge = real_table()[:4], 10**30
    for selection in (
        Selection.ucb(4, 152, huge, candidates_per_round=huge, examples_per_round=huge),
        Selection.successive_halving(4, 152, huge, divisor=huge),
        Selection.successive_rejects(4, 152, huge),
        Selection.adaptive_filter(4, 152, huge, few=huge),
        Selection.race(4, 152, examples_per_round=huge, budget=huge),
    ):
        selection.replay(table)
        assert selection.done
        assert selection.used == table.size
        assert selection.ranking[0] == table.mean(axis=1).argmax()


def test_threads_change_no_simulation() -> None:
    table = with_one_best(real_table(), 20, 0.05)
    selection = Selection.ucb(*shape(table), 500)
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


def bootstrapped(a: list[float], b: list[float], seed: int, level: float) -> None:
    """Compares a bootstrap with its twin, and one thread with three."""
    got = paired_bootstrap(a, b, n_resamples=200, confidence_level=level, seed=seed, threads=1)
    expected = reference_selection.paired_bootstrap(a, b, 200, level, seed)
    assert got == pytest.approx(expected, abs=1e-12)
    again = paired_bootstrap(a, b, n_resamples=200, confidence_level=level, seed=seed, threads=3)
    assert got == again


seeds = st.integers(0, 2**63 - 1)
levels = st.sampled_from([0.5, 0.9, 0.95])


@settings(max_examples=30, deadline=None)
@given(
    pairs=st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 2), min_size=1, max_size=30),
    seed=seeds,
    level=levels,
)
def test_a_bootstrap_is_that_of_plain_python(
    pairs: list[tuple[float, float]], seed: int, level: float
) -> None:
    a, b = (list(column) for column in zip(*pairs, strict=True))
    bootstrapped(a, b, seed, level)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(20, 900),
    values=st.integers(1, 5),
    rates=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=seeds,
    level=levels,
)
def test_so_is_one_by_counts(
    n: int, values: int, rates: tuple[float, float], seed: int, level: float
) -> None:
    generator = np.random.default_rng(seed)
    a, b = (generator.binomial(values, rate, n) / values for rate in rates)
    bootstrapped(a.tolist(), b.tolist(), seed, level)


def test_a_bootstrap_by_counts_is_as_likely_as_the_multinomial_says() -> None:
    a = np.repeat([1.0, 0.0, 0.0], [30, 60, 10])
    b = np.repeat([0.0, 0.0, 1.0], [30, 60, 10])
    # Of 100 draws, each is better with probability .3 and worse with .1: the exact chance of a
    # difference that is not above 0.
    chances = np.array([1.0])
    for _ in range(100):
        chances = np.convolve(chances, [0.1, 0.6, 0.3])
    exact = chances[:101].sum()
    searches = 4_000_000
    _, _, _, not_better = paired_bootstrap(a, b, n_resamples=searches, seed=3)
    assert abs(not_better - exact) < 4 * np.sqrt(exact / searches)


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
