from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from promptopt.errors import InputError
from promptopt.results.candidates import find_candidate, lineage, ranked
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

from .played_run import Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store


@pytest.mark.parametrize("name", ["c001", "C1", "1", 1, " c001 "])
def test_names_of_a_candidate(store: Store, name: str | int) -> None:
    assert find_candidate(store.state(play_run(store)), name).id == 1


def test_best_and_seed(store: Store) -> None:
    state = store.state(play_run(store))
    assert find_candidate(state).id == find_candidate(state, "best").id == 2
    assert find_candidate(state, "seed").id == find_candidate(state, "c000").id == 0


@pytest.mark.parametrize("name", ["c099", "99", -1, "", "c", "winner", "c٣", "\x1b[2J", "9" * 40])
def test_unknown_names(store: Store, name: str | int) -> None:
    with pytest.raises(InputError, match="c000 to c004") as caught:
        find_candidate(store.state(play_run(store)), name)
    assert "\x1b" not in str(caught.value)


def test_no_best_before_the_first_score(store: Store) -> None:
    state = store.state(play_run(store, Script(until="propose")))
    with pytest.raises(InputError, match="no best prompt"):
        find_candidate(state)
    with pytest.raises(InputError, match="no candidates yet"):
        find_candidate(RunState("r"), "c000")


def test_a_score_on_few_examples_does_not_lead(store: Store) -> None:
    # The candidate that was dropped after 10 examples had a better score on them than the
    # others have on all of dev.
    script = Script(right={0: 5, 1: 7, 2: 9, 3: 4, 4: 0})
    state = store.state(play_run(store, script))
    state.candidates[3].dev = state.candidates[2].dev.__class__(1.0, 0.0, 10)  # type: ignore[union-attr]
    assert [each.id for each in ranked(state)] == [2, 1, 0, 3, 4]


def test_ties_go_to_the_older(store: Store) -> None:
    script = Script(right=dict.fromkeys(range(5), 5), winner=0)
    assert [each.id for each in ranked(store.state(play_run(store, script)))] == [0, 1, 2, 3, 4]


def test_lineage_is_oldest_first_and_survives_nonsense() -> None:
    state = RunState("r")
    for number, parents in enumerate([(), (0,), (1, 0), (9,)]):
        state.apply(number + 1, 0.0, ev.CandidateAdded(number, "x", "forward", 0, parents))
    assert [each.id for each in lineage(state, state.candidates[2])] == [0, 1, 2]
    assert [each.id for each in lineage(state, state.candidates[3])] == [3]
    state.candidates[0].parents = (2,)
    assert [each.id for each in lineage(state, state.candidates[2])] == [0, 1, 2]
