"""Draws the splits of a task: as the data give them, and by a seed where they do not."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from promptopt.errors import InputError
from promptopt.tasks.dataset import POOL, SPLITS, Dataset
from promptopt.tasks.duplicates import merge_equal, remove_seen
from promptopt.tasks.example import Example

MOST_TRAIN, MOST_DEV, MOST_TEST = 32, 100, 100
"""The most examples that are drawn for a split of which no size was set."""


class SplitSizes(msgspec.Struct, frozen=True):
    """How many examples each split shall have, at least 1; None leaves it to the data.

    What None means: a split that the data give is taken whole. Of n examples to be divided,
    train gets a fifth, but no fewer than 5 (or a third, of fewer than 15) and no more than 32;
    the rest is shared by dev and test, at most 100 each.
    """

    train: int | None = None
    dev: int | None = None
    test: int | None = None

    def of(self, split: str) -> int | None:
        """The size that was set for split "train", "dev" or "test"."""
        sizes = {"train": self.train, "dev": self.dev, "test": self.test}
        return sizes[split]


class Splits(msgspec.Struct, frozen=True):
    """Three disjoint splits; none is empty, and no input stands in two of them or twice in one.

    Attributes:
        train, dev, test: the examples.
        removed: how many duplicates were removed, by the part of the data that they stood
            in: "train", "dev", "test", and "pool" for examples the data gave no split.
        unused: how many examples that are no duplicates were left over.
        notes: what a person should know, a sentence each.
    """

    train: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]
    removed: dict[str, int]
    unused: int = 0
    notes: tuple[str, ...] = ()


def draw_splits(dataset: Dataset, sizes: SplitSizes, seed: int) -> Splits:
    """Divide a data set into train, dev and test.

    Duplicates are removed first (see `duplicates`): an input that stands in several parts is
    kept in test, else in dev, else in train, else in the undivided rest, so that what is
    measured on is never thinned for the sake of what is learned from. Splits that the data
    lack are drawn from the undivided examples; where there are none, from train, else from
    dev. Never from test.

    The draw depends on the seed and the examples alone. Of the shuffled examples, test takes
    the first, dev the next, train what follows: setting the size of train changes neither.

    Raises:
        InputError: a size below 1 or above what there is; a split that would be empty.
    """
    for split in SPLITS:
        size = sizes.of(split)
        if size is not None and size < 1:
            raise InputError(f"the {split} split must have at least 1 example, not {size}")
    parts, removed, notes = _without_duplicates(dataset)
    missing = [split for split in SPLITS if not parts.get(split)]
    donor = _donor(dataset, parts, missing)
    rng = random.Random(f"splits {seed}")
    found: dict[str, tuple[Example, ...]] = {}
    unused = 0
    for split in SPLITS:
        if split in missing or split == donor:
            continue
        found[split] = _sample(parts[split], sizes.of(split), dataset, split, rng)
        unused += len(parts[split]) - len(found[split])
    if donor is not None:
        wanted = missing if donor == POOL else [*missing, donor]
        drawn = _draw(parts[donor], wanted, donor, sizes, dataset, rng)
        found |= drawn
        unused += len(parts[donor]) - sum(len(each) for each in drawn.values())
        if donor != POOL:
            named = " and ".join(missing)
            notes.append(f"The data give no {named} split; it is drawn out of {donor}.")
    elif parts.get(POOL):
        unused += len(parts[POOL])
    return Splits(
        found["train"], found["dev"], found["test"], removed, unused=unused, notes=tuple(notes)
    )


def _without_duplicates(
    dataset: Dataset,
) -> tuple[dict[str, list[Example]], dict[str, int], list[str]]:
    """The parts, each input once; how many were removed from each; notes."""
    parts: dict[str, list[Example]] = {}
    removed = dict.fromkeys(SPLITS, 0)
    merged = 0
    seen: set[object] = set()
    for part in (*reversed(SPLITS), POOL):
        given = dataset.given.get(part, ())
        once, with_more_answers = merge_equal(given)
        parts[part] = remove_seen(once, seen)
        merged += with_more_answers
        if part != POOL:
            removed[part] = len(given) - len(parts[part])
        elif len(given) > len(parts[part]):
            removed["pool"] = len(given) - len(parts[part])
    notes = []
    if merged:
        notes.append(
            f"{merged} input{'s stand' if merged > 1 else ' stands'} more than once with "
            "different answers; all of them are accepted."
        )
    return parts, removed, notes


def _donor(dataset: Dataset, parts: dict[str, list[Example]], missing: Sequence[str]) -> str | None:
    """The part that missing splits are drawn from, None if none is missing."""
    for split in missing:
        if dataset.given.get(split):
            raise InputError(
                f"{dataset.source}: nothing is left of the {split} split: each of its "
                f"{len(dataset.given[split])} inputs stands in a later split too"
            )
    if not missing:
        return None
    for part in (POOL, "train", "dev"):
        if parts.get(part):
            return part
    raise InputError(
        f"{dataset.source}: all {sum(map(len, dataset.given.values()))} examples are marked test; "
        'train and dev need examples of their own, so mark some, or set split_column to ""'
    )


def _sample(
    examples: Sequence[Example],
    size: int | None,
    dataset: Dataset,
    split: str,
    rng: random.Random,
) -> tuple[Example, ...]:
    """The whole of a given split, or `size` of it in the order of the data."""
    if size is None:
        return tuple(examples)
    if size > len(examples):
        raise InputError(
            f"{dataset.source}: {size} examples are asked for {split}, but the data have only "
            f"{len(examples)}{_after_removal(dataset, split, len(examples))} for it"
        )
    kept = sorted(_shuffled(len(examples), rng)[:size])
    return tuple(examples[index] for index in kept)


def _draw(
    pool: Sequence[Example],
    wanted: Sequence[str],
    donor: str,
    sizes: SplitSizes,
    dataset: Dataset,
    rng: random.Random,
) -> dict[str, tuple[Example, ...]]:
    """The wanted splits out of one pool."""
    counts = _counts(len(pool), wanted, donor, sizes, dataset)
    order = _shuffled(len(pool), rng)
    drawn: dict[str, tuple[Example, ...]] = {}
    at = 0
    for split in reversed(SPLITS):
        if split in counts:
            drawn[split] = tuple(pool[index] for index in order[at : at + counts[split]])
            at += counts[split]
    return drawn


def _counts(
    n: int, wanted: Sequence[str], donor: str, sizes: SplitSizes, dataset: Dataset
) -> dict[str, int]:
    """How many of `n` examples each wanted split gets."""
    counts = {split: size for split in wanted if (size := sizes.of(split)) is not None}
    open_splits = [split for split in wanted if split not in counts]
    left = n - sum(counts.values())
    if left < len(open_splits):
        asked = ", ".join(f"{split} {size}" for split, size in counts.items())
        have = f"there are {n}{_after_removal(dataset, donor, n)} to divide into"
        raise InputError(
            f"{dataset.source}: too few examples: {have} {', '.join(wanted)}"
            + (f" (asked for: {asked})" if asked else "")
            + ("; each needs at least 1" if open_splits else "")
        )
    if donor in open_splits:
        # A split that the data give keeps whatever the others do not need.
        open_splits = [split for split in open_splits if split != donor]
        for split in open_splits:
            most = MOST_DEV if split == "dev" else MOST_TEST if split == "test" else MOST_TRAIN
            counts[split] = max(1, min(most, left // (len(open_splits) + 1)))
        counts[donor] = n - sum(counts.values())
        return counts
    if "train" in open_splits:
        others = len(open_splits) - 1
        most = left - others
        counts["train"] = min(MOST_TRAIN, most, max(left // 5, min(5, left // (others + 1)), 1))
        left -= counts["train"]
    if "dev" in open_splits:
        # The odd one goes to dev, on which candidates are chosen.
        share = left if "test" not in open_splits else (left + 1) // 2
        counts["dev"] = min(MOST_DEV, share)
        left -= counts["dev"]
    if "test" in open_splits:
        counts["test"] = min(MOST_TEST, left)
    return counts


def _after_removal(dataset: Dataset, part: str, n: int) -> str:
    there = len(dataset.given.get(part, ()))
    return f" (of {there}, without duplicates)" if there > n else ""


def _shuffled(n: int, rng: random.Random) -> list[int]:
    """Numbers below n in random order; only `random()` has a sequence fixed for all versions."""
    keys = [rng.random() for _ in range(n)]
    return sorted(range(n), key=keys.__getitem__)
