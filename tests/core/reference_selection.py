"""Selection over score tables in plain Python: slow, and obvious enough to be believed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

Table = list[list[float | None]]
"""Candidates by examples; None where the call fails."""
MASK = 2**64 - 1


class Random:
    """xoshiro256++ 1.0, seeded by SplitMix64."""

    def __init__(self, seed: int) -> None:
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            mixed = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(mixed ^ (mixed >> 31))

    def next(self) -> int:
        def rotated(x: int, k: int) -> int:
            return ((x << k) | (x >> (64 - k))) & MASK

        a, b, c, d = self.state
        result = (rotated((a + d) & MASK, 23) + a) & MASK
        shifted = (b << 17) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        self.state = [a, b, c ^ shifted, rotated(d, 45)]
        return result

    def below(self, bound: int) -> int:
        while True:
            product = self.next() * bound
            if product & MASK >= 2**64 % bound:
                return product >> 64

    def permutation(self, count: int) -> list[int]:
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


class Run:
    """How deep each candidate has been scored, and its mean so far."""

    def __init__(self, table: Table, seed: int) -> None:
        self.table = table
        self.order = Random(seed).permutation(len(table[0]))
        self.depth = [0] * len(table)

    def cells(self, candidate: int) -> list[float | None]:
        return [self.table[candidate][e] for e in self.order[: self.depth[candidate]]]

    def count(self, candidate: int) -> int:
        return sum(cell is not None for cell in self.cells(candidate))

    def mean(self, candidate: int) -> float:
        scores = [cell for cell in self.cells(candidate) if cell is not None]
        return math.fsum(scores) / len(scores) if scores else -math.inf

    def deepen(self, candidate: int, by: int) -> None:
        self.depth[candidate] = min(self.depth[candidate] + by, len(self.order))

    def ranked(self, candidates: list[int]) -> list[int]:
        def rank(c: int) -> tuple[Any, ...]:
            count = self.count(c)
            if count == 0:
                return True, c
            return False, 2 * count < self.depth[c], -self.mean(c), c

        return sorted(candidates, key=rank)


def ucb(
    run: Run, budget: int, variant: str, exploration: float, candidates: int, examples: int
) -> list[int]:
    everyone = list(range(len(run.table)))
    while (left := budget - sum(run.depth)) > 0:
        total = max(sum(run.depth), 1)

        def bound(candidate: int, total: int = total) -> float:
            if run.depth[candidate] == 0:
                return math.inf
            mean, n = run.mean(candidate), run.count(candidate)
            if n == 0:
                mean, n = 0.0, run.depth[candidate]
            root = math.sqrt(2.0 * math.log(total))
            factor = exploration * root if variant == "ucb1" else math.sqrt(exploration)
            return mean + factor * (1.0 / math.sqrt(n))

        open_ones = [c for c in everyone if run.depth[c] < len(run.order)]
        chosen = sorted(open_ones, key=lambda c: (-bound(c), c))[:candidates]
        if not chosen:
            break
        for candidate in chosen:
            more = min(examples, len(run.order) - run.depth[candidate], left)
            run.deepen(candidate, more)
            left -= more
    ranked = run.ranked(everyone)
    return sorted(ranked, key=lambda c: -run.count(c)) if variant == "ucb1" else ranked


def eliminate(run: Run, alive: list[int], kept: int, dropped: list[int]) -> list[int]:
    ranked = run.ranked(alive)
    dropped[:0] = ranked[kept:]
    return sorted(ranked[:kept])


def successive_halving(run: Run, budget: int, divisor: int) -> list[int]:
    alive, dropped = list(range(len(run.table))), list[int]()
    rounds, left = 0, len(alive)
    while left > 1:
        left = -(-left // divisor)
        rounds += 1
    for _ in range(max(rounds, 1)):
        more = budget // (len(alive) * max(rounds, 1))
        for candidate in alive:
            run.deepen(candidate, more)
        alive = eliminate(run, alive, -(-len(alive) // divisor), dropped)
    return run.ranked(alive) + dropped


def successive_rejects(run: Run, budget: int) -> list[int]:
    k = len(run.table)
    alive, dropped = list(range(k)), list[int]()
    logarithm = 0.5 + sum(1.0 / i for i in range(2, k + 1))
    for phase in range(1, k):
        depth = math.ceil((budget - k) / logarithm / (k + 1 - phase))
        for candidate in alive:
            run.deepen(candidate, max(0, depth - run.depth[candidate]))
        alive = eliminate(run, alive, len(alive) - 1, dropped)
    return run.ranked(alive) + dropped


def adaptive_filter(run: Run, stage: int, keep: float, few: int, complete: bool) -> list[int]:
    alive, dropped = list(range(len(run.table))), list[int]()
    depth, n = 0, len(run.order)
    while depth < n and (len(alive) > few or (depth == 0 and not complete)):
        depth = min(depth + stage, n)
        for candidate in alive:
            run.deepen(candidate, stage)
        kept = few if depth == n else max(few, min(math.ceil(keep * len(alive)), len(alive) - 1))
        alive = eliminate(run, alive, kept, dropped)
    for candidate in alive if complete else []:
        run.deepen(candidate, n)
    return run.ranked(alive) + dropped


def margin(bound: str, n: int, total: int, variance: float, error: float) -> float:
    if n >= total:
        return 0.0
    if bound == "hoeffding":
        rest = min(1 - (n - 1) / total, (1 - n / total) * (1 + 1 / n))
        return 2.0 * math.sqrt(rest * math.log(1 / error) / (2 * n))
    logarithm = math.log(3 / error)
    return math.sqrt(2 * variance * logarithm / n) + 3 * 2.0 * logarithm / n


def race(run: Run, bound: str, error: float, batch: int, budget: int) -> list[int]:
    k, total = len(run.table), len(run.order)
    alive, dropped = list(range(k)), list[int]()
    error /= max(k - 1, 1) * -(-total // batch)
    while True:
        depth = run.depth[alive[0]]
        more = min(batch, total - depth)
        if more == 0 or sum(run.depth) + more * len(alive) > budget:
            break
        for candidate in alive:
            run.deepen(candidate, more)
        depth += more
        leader = run.ranked(alive)[0]
        worse = []
        for candidate in alive:
            both = zip(run.cells(leader), run.cells(candidate), strict=True)
            pairs = [(x, y) for x, y in both if x is not None and y is not None]
            n = len(pairs)
            if candidate == leader or not pairs:
                continue
            mean = (math.fsum(x for x, _ in pairs) - math.fsum(y for _, y in pairs)) / n
            variance = sum((x - y - mean) ** 2 for x, y in pairs) / n
            if mean > margin(bound, n, total - depth + n, variance, error):
                worse.append(candidate)
        dropped[:0] = run.ranked(worse)
        alive = [candidate for candidate in alive if candidate not in worse]
        if len(alive) == 1:
            break
    return run.ranked(alive) + dropped


POLICIES: dict[str, Callable[..., list[int]]] = {
    "ucb": ucb,
    "successive_halving": successive_halving,
    "successive_rejects": successive_rejects,
    "adaptive_filter": adaptive_filter,
    "race": race,
}


def pareto_front(rows: list[list[float]]) -> list[bool]:
    def beats(x: list[float], y: list[float]) -> bool:
        return all(a >= b for a, b in zip(x, y, strict=True)) and x != y

    return [not any(beats(other, row) for other in rows) for row in rows]


def alias(weights: list[float]) -> list[tuple[int, int]]:
    """For each slot its other number, and which part of 2**64 is its own (Vose 1991)."""
    total = sum_in_order(weights)
    parts = [weight * len(weights) / total for weight in weights]
    slots = [(index, MASK) for index in range(len(weights))]
    small = [index for index, part in enumerate(parts) if part < 1.0]
    large = [index for index, part in enumerate(parts) if part >= 1.0]
    while small and large:
        less, more = small.pop(), large[-1]
        slots[less] = more, min(int(parts[less] * 2.0**64), MASK)
        parts[more] -= 1.0 - parts[less]
        if parts[more] < 1.0:
            small.append(large.pop())
    return slots


def sum_in_order(values: Sequence[float]) -> float:
    """Without the compensation of newer versions of `sum`."""
    total = 0.0
    for value in values:
        total += value
    return total


@cache
def binomial(trials: int, probability: float) -> tuple[int, list[tuple[int, int]]]:
    """The least number of successes that can come, and the slots from it on."""
    odds = probability / (1.0 - probability)
    first = last = min(int((trials + 1.0) * probability), trials)
    weights = [1.0]
    while first > 0 and weights[0] > 1e-25:
        weights.insert(0, weights[0] * (first / (trials - first + 1.0) / odds))
        first -= 1
    while last < trials and weights[-1] > 1e-25:
        weights.append(weights[-1] * ((trials - last) / (last + 1.0) * odds))
        last += 1
    return first, alias(weights)


def counted(differences: list[float], random: Random) -> float:
    """The mean of a resample, by how often each value is drawn."""
    n = left = trials = len(differences)
    total = 0.0
    values = sorted(Counter(differences).items(), key=lambda item: (-item[1], item[0]))
    for value, often in values[:-1]:
        drawn = 0
        for power in range(trials.bit_length()):
            if trials >> power & 1:
                first, slots = binomial(1 << power, often / left)
                product = random.next() * len(slots)
                slot = product >> 64
                other, share = slots[slot]
                drawn += first + (slot if product & MASK < share else other)
        total += drawn * value
        trials -= drawn
        left -= often
    return (total + trials * values[-1][0]) / n


def gathered(differences: list[float], random: Random) -> float:
    """The mean of a resample, value by value."""
    n = len(differences)
    halves = [h for _ in range(n // 4 * 2) for h in halved(random.next())]
    halves += [random.next() & 0xFFFFFFFF for _ in range(n % 4)]
    sums = [0.0] * 4
    for place, half in enumerate(halves):
        sums[place % 4] += differences[half * n >> 32]
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) / n


def halved(bits: int) -> tuple[int, int]:
    return bits & 0xFFFFFFFF, bits >> 32


def paired_bootstrap(
    a: list[float], b: list[float], n_resamples: int, level: float, seed: int
) -> tuple[float, float, float, float]:
    differences = [x - y for x, y in zip(a, b, strict=True)]
    n = len(differences)
    are_few = len(set(differences)) <= min(16, n // 32)
    means: list[float] = []
    for block in range(-(-n_resamples // 64)):
        key = (block * 0xD1342543DE82EF95) & MASK
        random = Random(Random(seed).next() ^ key)
        means += [(counted if are_few else gathered)(differences, random) for _ in range(64)]
    del means[n_resamples:]
    low, high = np.quantile(means, [(1 - level) / 2, 1 - (1 - level) / 2])
    not_better = sum(mean <= 0 for mean in means) / n_resamples
    return sum(differences) / n, float(low), float(high), not_better


def ranking(kind: str, table: Table, seed: int, **options: Any) -> tuple[list[int], list[int]]:
    """The ranking that a policy ends with, and how deep it has scored each candidate."""
    run = Run(table, seed)
    return POLICIES[kind](run, **options), run.depth
