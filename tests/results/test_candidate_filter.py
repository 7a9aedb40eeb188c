"""Filtering and ordering candidates, against the plainest way to say the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptopt.evaluation.score import Score
from promptopt.results.candidate_filter import FIELDS, IS, NUMBERS, candidate_filter
from promptopt.results.candidate_order import ORDERS, in_order
from promptopt.results.candidates import ranked
from promptopt.results.filter_syntax import FilterError, Term, parse_filter
from promptopt.results.front import front
from promptopt.runs import events as ev
from promptopt.runs.state import CandidateState, Note, RunState

DEV = 20

SETUP = ev.SearchStarted(
    task="t",
    metric="m",
    method="gpo",
    seed=0,
    seed_prompt="p",
    train=1,
    dev=DEV,
    test=1,
    task_model="a",
    optimizer_model="b",
    planned_calls=1,
)

scores = st.none() | st.builds(
    Score,
    mean=st.sampled_from([0.0, 0.25, 0.5, 0.8, 0.8127, 1.0]),
    stderr=st.none() | st.sampled_from([0.0, 0.1]),
    n=st.sampled_from([1, 10, DEV]),
)
texts = st.text(st.sampled_from("ab cÄß\n\u202e"), max_size=12)


@st.composite
def states(draw: st.DrawFn) -> RunState:
    state = RunState("r", setup=SETUP)
    for number in range(draw(st.integers(0, 9))):
        state.candidates[number] = CandidateState(
            id=number,
            text=draw(texts),
            operation=draw(st.sampled_from(["seed", "edit", "forward", "person"])),
            step=draw(st.integers(0, 3)),
            parents=draw(st.sampled_from([(), (0,), (1, 0), (2,)])),
            distance=draw(st.none() | st.integers(0, 4)),
            edit_budget=draw(st.none() | st.integers(0, 4)),
            edit_outcome=draw(st.sampled_from(["", "within", "sent back"])),
            dev=draw(scores),
            test=draw(scores),
            unscored=draw(st.sampled_from([0, 0, 10])),
            status=draw(st.sampled_from(["new", "scoring", "kept", "dropped", "winner", "vetoed"])),
        )
    if state.candidates:
        state.leader = draw(st.none() | st.sampled_from(sorted(state.candidates)))
        noted = draw(st.lists(st.none() | st.sampled_from(sorted(state.candidates)), max_size=2))
        state.notes = [Note(0.0, each, "odd") for each in noted]
    return state


def shown(state: RunState, text: str, marked: tuple[int, ...] = ()) -> list[int]:
    chosen = candidate_filter(text).select(state, state.candidates.values(), marked)
    return [each.id for each in chosen]


def where(state: RunState, test: Callable[[CandidateState], object]) -> list[int]:
    return [each.id for each in state.candidates.values() if test(each)]


@given(states(), st.sampled_from(sorted(NUMBERS)), st.sampled_from([0.0, 0.5, 0.8127, 1, 2, 10]))
def test_every_number_by_every_operator(state: RunState, field: str, bound: float) -> None:
    exact = field not in ("score", "test", "error")

    def value(each: CandidateState) -> float | None:
        plain: dict[str, float | None] = {
            "score": each.dev.mean if each.dev is not None else None,
            "error": each.dev.stderr if each.dev is not None else None,
            "test": each.test.mean if each.test is not None else None,
            "n": each.dev.n if each.dev is not None else 0,
            "step": each.step,
            "edits": each.distance,
            "budget": each.edit_budget,
            "words": len(each.text.split()),
            "failed": each.unscored,
        }
        return plain[field]

    def known(test: Callable[[float], bool]) -> list[int]:
        return where(state, lambda each: value(each) is not None and test(value(each) or 0.0))

    def near(given: float) -> bool:
        return given == bound if exact else abs(given - bound) <= 5e-4

    assert shown(state, f"{field}>{bound}") == known(lambda given: given > bound)
    assert shown(state, f"{field}>={bound}") == known(lambda given: given >= bound)
    assert shown(state, f"{field}<{bound}") == known(lambda given: given < bound)
    assert shown(state, f"{field}<={bound}") == known(lambda given: given <= bound)
    assert shown(state, f"{field}:{bound}") == known(near)
    assert shown(state, f"{field}!={bound}") == known(lambda given: not near(given))
    assert shown(state, f"{field}:..{bound}") == known(lambda given: given <= bound)
    assert shown(state, f"{field}:{bound},0") == known(
        lambda given: near(given) or (given == 0 if exact else abs(given) <= 5e-4)
    )


@given(states(), st.text(st.sampled_from("abcÄ c0"), min_size=1, max_size=4))
def test_a_text_stands_somewhere_in_the_candidate(state: RunState, text: str) -> None:
    def holds(each: CandidateState) -> bool:
        words = {"dropped": "out"}.get(each.status, each.status)
        parts = (each.text, each.operation, words)
        number = text.casefold().removeprefix("c").isdigit() or text.casefold() == "c"
        name = number and text.casefold() in f"c{each.id:03d}"
        return name or any(text.casefold() in part.casefold() for part in parts)

    assert shown(state, f'"{text}"') == where(state, holds)
    assert shown(state, f'-"{text}"') == where(state, lambda each: not holds(each))


@given(states(), st.sets(st.integers(0, 9)))
def test_what_a_candidate_is(state: RunState, marked: set[int]) -> None:
    marks = tuple(marked)

    def over(each: CandidateState) -> bool:
        limits = each.distance, each.edit_budget
        return None not in limits and (each.distance or 0) > (each.edit_budget or 0)

    best = state.best
    expected: dict[str, Callable[[CandidateState], object]] = {
        "best": lambda each: best is not None and each.id == best.id,
        "front": lambda each: (
            not any(_beats(state, other, each) for other in _comparable(state))
            and each in _comparable(state)
        ),
        "seed": lambda each: each.id == 0,
        "winner": lambda each: each.id == state.winner,
        "complete": state.is_complete,
        "partial": lambda each: bool(each.dev) and not state.is_complete(each),
        "unscored": lambda each: each.dev is None,
        "over": over,
        "marked": lambda each: each.id in marked,
        "vetoed": lambda each: each.status == "vetoed",
        "mine": lambda each: each.operation == "person",
        "noted": lambda each: any(note.candidate == each.id for note in state.notes),
    }
    assert set(expected) == set(IS)
    for name, test in expected.items():
        assert shown(state, f"is:{name}", marks) == where(state, test), name
        others = [each for each in state.candidates if each not in where(state, test)]
        assert shown(state, f"is!={name}", marks) == others


def _comparable(state: RunState) -> list[CandidateState]:
    known = [each for each in state.candidates.values() if each.dev and state.is_complete(each)]
    return [each for each in known if each.status != "vetoed"]


def _beats(state: RunState, other: CandidateState, each: CandidateState) -> bool:
    if other.dev is None or each.dev is None:
        return False
    mine = (each.dev.mean, -len(each.text.split()))
    its = (other.dev.mean, -len(other.text.split()))
    return its != mine and its[0] >= mine[0] and its[1] >= mine[1]


@given(states())
def test_the_front_begins_with_the_best_score(state: RunState) -> None:
    means = [each.dev.mean for each in front(state) if each.dev]
    assert means == sorted(means, reverse=True)
    assert bool(means) == bool(_comparable(state))


@given(states())
def test_texts_in_fields(state: RunState) -> None:
    assert shown(state, "op:edit") == where(state, lambda each: each.operation == "edit")
    assert shown(state, "op:EDI,seed") == where(
        state, lambda each: each.operation in ("edit", "seed")
    )
    assert shown(state, "status:out") == where(state, lambda each: each.status == "dropped")
    assert shown(state, "status!=kept") == where(state, lambda each: each.status != "kept")
    assert shown(state, "id:c003") == shown(state, "id:3") == where(state, lambda e: e.id == 3)
    assert shown(state, "parent:c000") == where(state, lambda each: 0 in each.parents)
    assert shown(state, 'outcome:"sent back"') == where(
        state, lambda each: each.edit_outcome == "sent back"
    )
    seed = state.seed_prompt
    base = seed.dev if seed is not None and state.is_complete(seed) else None
    assert shown(state, "gain>0") == where(
        state,
        lambda each: base and each.dev and state.is_complete(each) and each.dev.mean > base.mean,
    )


TERMS = (
    "a",
    "-a",
    '"b c"',
    "score>0.5",
    "-score>0.5",
    "step:1..2",
    "is:best,front",
    "-op:edit",
    "n>=10",
)


@given(states(), st.lists(st.sampled_from(TERMS), max_size=4))
def test_all_terms_hold_in_any_order(state: RunState, terms: list[str]) -> None:
    each_alone = [set(shown(state, term)) for term in terms]
    expected = [each for each in state.candidates if all(each in one for one in each_alone)]
    assert shown(state, " ".join(terms)) == expected
    assert shown(state, "  ".join(reversed(terms))) == expected


@pytest.mark.parametrize("order", ORDERS)
@given(state=states(), reverse=st.booleans())
def test_orders(order: str, state: RunState, reverse: bool) -> None:
    falling, value = ORDERS[order]
    everyone = list(state.candidates.values())
    got = in_order(state, everyone[::-1], order, reverse=reverse)
    if value is None:
        best = state.best
        expected = [each for each in ranked(state) if each is not best]
        expected = ([best] if best else []) + expected
        assert got == (expected[::-1] if reverse else expected)
        return

    def compare(first: CandidateState, second: CandidateState) -> int:
        one, two = value(state, first), value(state, second)
        if one is None or two is None or one == two:
            return (one is None) - (two is None) or first.id - second.id
        smaller = -1 if one < two else 1  # type: ignore[operator]
        return -smaller if falling != reverse else smaller

    assert got == sorted(everyone, key=cmp_to_key(compare))


@given(st.text(st.sampled_from('ab:"-><=! ,.\tscoreis08'), max_size=20))
def test_any_text_is_a_filter_or_is_refused_with_a_reason(text: str) -> None:
    try:
        chosen = candidate_filter(text)
    except FilterError as error:
        message = str(error)
    else:
        message = str(chosen.select(RunState("r", setup=SETUP), []))
    assert message


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  \t ", []),
        ("one two", [Term("one"), Term("two")]),
        ('"one two"', [Term("one two")]),
        ('""', []),
        ("-one", [Term("one", negated=True)]),
        ("-", [Term("-")]),
        ('-"a b"', [Term("a b", negated=True)]),
        ("score>=0.8", [Term("", "score", ">=", ("0.8",))]),
        ("Step:3,4", [Term("", "step", ":", ("3", "4"))]),
        ('-op:"a b"', [Term("", "op", ":", ("a b",), negated=True)]),
        ("3:4", [Term("3:4")]),
        ("->", [Term(">", negated=True)]),
    ],
)
def test_terms(text: str, terms: list[Term]) -> None:
    assert parse_filter(text) == terms


@pytest.mark.parametrize(
    ("text", "said", "unfinished"),
    [
        ("score>", "something has to stand after score>", True),
        ("score> a", "something has to stand after score>", False),
        ('"open', "is not closed", True),
        ("score>high", "score is a number; high is none", False),
        ("score>nan", "is a number", False),
        ("scoer>1", "there is no field scoer; did you mean score?", False),
        ("note:this", 'for the text: "note:"', False),
        ("op>3", "op has no greater or less", False),
        ("status:gone", "there is no status gone; there are new", False),
        ("is:good", "nothing is good; there are best", False),
        ("parent:abc", "parent is a candidate such as c003", False),
        ("score>1..2", "a range stands after a colon", False),
        ("step:1..x", "step is a number; x is none", False),
        ('"a"b', "put a blank", False),
        ("step:1,", "something has to stand after step:", True),
        ("step:5..2", "wrong way round; write step:2..5", True),
        ("is:f", "nothing is f; there are best", True),
        ("status:wi", "there is no status wi", True),
    ],
)
def test_what_means_nothing_is_refused(text: str, said: str, unfinished: bool) -> None:
    with pytest.raises(FilterError) as caught:
        candidate_filter(text)
    assert said in str(caught.value)
    assert caught.value.unfinished == unfinished


def test_all_fields_are_known() -> None:
    values = {"id": "c1", "parent": "seed", "status": "new", "is": "best"}
    for field in FIELDS:
        assert candidate_filter(f"{field}:{values.get(field, '1')}")
