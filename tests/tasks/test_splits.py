from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.errors import InputError
from promptopt.tasks.dataset import Dataset
from promptopt.tasks.duplicates import question_key
from promptopt.tasks.example import Example
from promptopt.tasks.splits import Splits, SplitSizes, draw_splits


def numbered(n: int, prefix: str = "i") -> tuple[Example, ...]:
    return tuple(Example(f"{prefix}{number}", (f"o{number}",)) for number in range(n))


def dataset(**given: Sequence[Example]) -> Dataset:
    """A data set; `pool` is what no split was given."""
    parts = {"" if name == "pool" else name: tuple(part) for name, part in given.items()}
    return Dataset("d", "d.csv", "CSV", {}, parts, "exact_match")


def draw(seed: int = 0, sizes: SplitSizes | None = None, **given: Sequence[Example]) -> Splits:
    return draw_parts(given, sizes, seed)


def draw_parts(
    given: Mapping[str, Sequence[Example]], sizes: SplitSizes | None = None, seed: int = 0
) -> Splits:
    return draw_splits(dataset(**given), sizes or SplitSizes(), seed)


def lengths(splits: Splits) -> tuple[int, int, int]:
    return len(splits.train), len(splits.dev), len(splits.test)


inputs = st.sampled_from(["a", "A ", "b", " b", "c c", "c\tC", *"defghijkl"])
parts_of_data = st.lists(st.builds(Example, inputs, st.tuples(st.sampled_from("xyz"))), max_size=25)


@given(
    pool=parts_of_data,
    train=parts_of_data,
    dev=parts_of_data,
    test=parts_of_data,
    seed=st.integers(0, 3),
    wanted=st.tuples(*[st.none() | st.integers(1, 6)] * 3),
)
def test_splits_are_disjoint_and_counts_add_up(
    pool: list[Example],
    train: list[Example],
    dev: list[Example],
    test: list[Example],
    seed: int,
    wanted: tuple[int | None, int | None, int | None],
) -> None:
    parts = {"pool": pool, "train": train, "dev": dev, "test": test}
    sizes = SplitSizes(*wanted)
    try:
        splits = draw_parts(parts, sizes, seed)
    except InputError:
        return
    assert splits == draw_parts(parts, sizes, seed)
    found = (splits.train, splits.dev, splits.test)
    keys = [question_key(each) for part in found for each in part]
    assert len(set(keys)) == len(keys)
    assert all(found)
    for part, size in zip(found, wanted, strict=True):
        assert size is None or len(part) == size
    total = sum(map(len, parts.values()))
    assert len(keys) + sum(splits.removed.values()) + splits.unused == total
    # Nothing is made up, and a given test split is never thinned for the sake of another.
    assert {each.input for part in found for each in part} <= {
        each.input for part in parts.values() for each in part
    }
    if test and sizes.test is None:
        assert {question_key(each) for each in splits.test} == {question_key(e) for e in test}


@pytest.mark.parametrize(
    ("n", "wanted"),
    [
        (3, (1, 1, 1)),
        (4, (1, 2, 1)),
        (10, (3, 4, 3)),
        (15, (5, 5, 5)),
        (30, (6, 12, 12)),
        (60, (12, 24, 24)),
        (160, (32, 64, 64)),
        (232, (32, 100, 100)),
        (5000, (32, 100, 100)),
    ],
)
def test_default_sizes(n: int, wanted: tuple[int, int, int]) -> None:
    splits = draw(pool=numbered(n))
    assert lengths(splits) == wanted
    assert splits.unused == n - sum(wanted)
    assert splits.removed == {"train": 0, "dev": 0, "test": 0}


@pytest.mark.parametrize(
    ("n", "wanted"), [(2, (1, 1)), (15, (5, 10)), (26, (5, 21)), (900, (32, 100))]
)
def test_default_sizes_beside_a_test_split(n: int, wanted: tuple[int, int]) -> None:
    splits = draw(pool=numbered(n), test=numbered(7, "t"))
    assert lengths(splits) == (*wanted, 7)
    assert splits.test == numbered(7, "t")


def test_sizes_that_are_set() -> None:
    assert lengths(draw(sizes=SplitSizes(7, 8, 9), pool=numbered(24))) == (7, 8, 9)
    assert lengths(draw(sizes=SplitSizes(test=20), pool=numbered(30))) == (5, 5, 20)
    assert lengths(draw(sizes=SplitSizes(train=500), pool=numbered(900))) == (500, 100, 100)


def test_given_splits_are_whole_and_in_order_unless_sized() -> None:
    parts = {"train": numbered(200, "a"), "dev": numbered(300, "b"), "test": numbered(400, "c")}
    splits = draw_parts(parts)
    assert (splits.train, splits.dev, splits.test) == tuple(parts.values())
    fewer = draw_parts(parts, SplitSizes(dev=50))
    assert lengths(fewer) == (200, 50, 400)
    assert fewer.unused == 250
    order = [parts["dev"].index(each) for each in fewer.dev]
    assert order == sorted(order)
    assert order != list(range(50))


@pytest.mark.parametrize(
    ("given", "wanted", "donor"),
    [
        ({"train": 48, "test": 144}, (24, 24, 144), "train"),
        ({"train": 900, "test": 5}, (800, 100, 5), "train"),
        ({"train": 30, "dev": 9}, (15, 9, 15), "train"),
        ({"train": 30}, (10, 10, 10), "train"),
        ({"dev": 30, "test": 4}, (15, 15, 4), "dev"),
        ({"dev": 600, "test": 4}, (32, 568, 4), "dev"),
    ],
)
def test_what_the_data_lack_is_drawn(
    given: dict[str, int], wanted: tuple[int, int, int], donor: str
) -> None:
    parts = {split: numbered(n, split) for split, n in given.items()}
    splits = draw_parts(parts)
    assert lengths(splits) == wanted
    assert splits.notes
    assert splits.notes[0].endswith(f"drawn out of {donor}.")
    for split in ("train", "dev", "test"):
        prefix = split if split in given else donor
        assert all(each.input.startswith(prefix) for each in getattr(splits, split))


def test_undivided_examples_fill_what_is_missing() -> None:
    splits = draw(pool=numbered(40), train=numbered(6, "t"))
    assert lengths(splits) == (6, 20, 20)
    assert not any(each.input.startswith("t") for each in (*splits.dev, *splits.test))
    whole = {split: numbered(3, split) for split in ("train", "dev", "test")}
    assert draw_parts({"pool": numbered(40), **whole}).unused == 40


def test_the_seed_decides() -> None:
    draws = [draw(seed, pool=numbered(300)) for seed in range(4)]
    assert len({splits.dev for splits in draws}) == 4
    assert draws[1] == draw(1, pool=numbered(300))


def test_the_draw_is_the_same_in_every_process() -> None:
    code = (
        "from tests.tasks.test_splits import *\n"
        "random.seed()\n"
        "print([each.input for each in draw(5, pool=numbered(50)).test])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{[each.input for each in draw(5, pool=numbered(50)).test]}\n"}


def test_global_randomness_is_left_alone() -> None:
    random.seed(1)
    state = random.getstate()
    draw(pool=numbered(50))
    assert random.getstate() == state


def test_the_size_of_train_changes_neither_dev_nor_test() -> None:
    draws = [draw(sizes=SplitSizes(n, 20, 20), pool=numbered(90)) for n in (5, 50)]
    assert draws[0].dev == draws[1].dev
    assert draws[0].test == draws[1].test
    assert draws[0].train == draws[1].train[:5]


def test_an_input_in_several_splits_stays_in_the_latest() -> None:
    train = (Example("One", ("1",)), Example("two", ("2",)), Example("three", ("3",)))
    dev = (Example("one ", ("1",)), Example("four", ("4",)))
    test = (Example("  FOUR", ("4",)), Example("five", ("5",)))
    pool = (Example("five", ("x",)), Example("two", ("2",)))
    splits = draw(train=train, dev=dev, test=test, pool=pool)
    assert splits.train == train[1:]
    assert splits.dev == dev[:1]
    assert splits.test == test
    assert splits.removed == {"train": 1, "dev": 1, "test": 0, "pool": 2}


def test_an_input_twice_in_a_split_accepts_the_answers_of_both() -> None:
    pool = [*numbered(9), Example("I3 ", ("other", "o3")), Example("i4", ("O4",))]
    splits = draw(pool=pool)
    everything = {
        each.input: each for part in (splits.train, splits.dev, splits.test) for each in part
    }
    assert len(everything) == 9
    assert everything["i3"].references == ("o3", "other")
    assert everything["i4"].references == ("o4",)
    assert splits.removed["pool"] == 2
    assert splits.notes == (
        "1 input stands more than once with different answers; all of them are accepted.",
    )


def test_an_answer_that_is_accepted_once_is_no_wrong_one() -> None:
    first = Example("q", ("a",), wrong=("b", "c"))
    splits = draw(train=[first, Example("Q", ("b",))], dev=numbered(2), test=numbered(2, "t"))
    assert splits.train == (Example("q", ("a", "b"), wrong=("c",)),)


def test_the_answers_of_a_kept_split_stay_as_they_are() -> None:
    train = [*numbered(3), Example("t", ("from train",))]
    test = [Example("t", ("from test",))]
    splits = draw(train=train, test=test)
    assert splits.test == (test[0],)
    assert splits.notes[0].startswith("The data give no dev split")


def test_one_input_with_other_choices_is_another_question() -> None:
    pool = [Example("Which is right?", (letter,), (letter, "wrong")) for letter in "abcdef"]
    again = Example("which is right?", ("a",), ("wrong", "a"))
    splits = draw(pool=[*pool, again])
    assert sum(lengths(splits)) == 6
    assert splits.removed["pool"] == 1


@pytest.mark.parametrize(
    ("given", "sizes", "said"),
    [
        ({"pool": 2}, {}, "there are 2 to divide into train, dev, test; each needs at least 1"),
        ({"pool": 10}, {"train": 0}, "the train split must have at least 1 example, not 0"),
        ({"pool": 10}, {"dev": -3}, "the dev split must have at least 1 example, not -3"),
        ({"pool": 10}, {"test": 9}, "(asked for: test 9); each needs"),
        ({"pool": 10}, {"train": 4, "dev": 4, "test": 4}, "(asked for: train 4, dev 4, test 4)"),
        (
            {"train": 4, "dev": 4, "test": 4},
            {"dev": 5},
            "5 examples are asked for dev, but the data have only 4",
        ),
        ({"train": 1, "test": 9}, {}, "there are 1 to divide into dev, train"),
        (
            {"train": 9, "test": 9},
            {"dev": 9},
            "there are 9 to divide into dev, train (asked for: dev 9)",
        ),
        ({"test": 9}, {}, "all 9 examples are marked test"),
    ],
)
def test_sizes_that_cannot_be(given: dict[str, int], sizes: dict[str, int], said: str) -> None:
    parts = {split: numbered(n, split) for split, n in given.items()}
    with pytest.raises(InputError) as caught:
        draw_parts(parts, SplitSizes(**sizes))
    assert said in str(caught.value)


def test_too_few_after_duplicates_were_removed() -> None:
    with pytest.raises(InputError, match=r"there are 2 \(of 12, without duplicates\)"):
        draw(pool=[*numbered(2)] * 6)
    with pytest.raises(InputError, match="nothing is left of the train split: each of its 3"):
        draw(train=numbered(3), dev=numbered(1, "x"), test=numbered(5))
