from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from promptopt.evaluation.score import Score
from promptopt.results.progress import final_lines
from promptopt.results.statistics import PairedDifference, stored_difference
from promptopt.results.verdict import others_above, verdict
from promptopt.runs import events as ev
from promptopt.runs.state import RunState

from .played_run import Script, play_run

if TYPE_CHECKING:
    from promptopt.runs.store import Store


def judged(store: Store, script: Script, *, paired: bool = True) -> str:
    run = play_run(store, script)
    difference = stored_difference(store, run, script.winner, 0, "test") if paired else None
    return verdict(store.state(run), difference)


def test_a_clear_gain(store: Store) -> None:
    assert judged(store, Script()) == (
        "On test the best prompt beats the seed prompt by +.400 (± .064) "
        "(n=60: 24 fixed, 0 broken; 95% from +.283 to +.533)."
    )


def test_a_clear_loss_says_keep_the_seed_prompt(store: Store) -> None:
    text = judged(store, Script(right={0: 9, 1: 9, 2: 5, 3: 0, 4: 0}))
    assert "does worse than the seed prompt: -.400 (± .064)" in text
    assert text.endswith("Keep the seed prompt.")


@pytest.mark.parametrize(
    ("mean", "stderr", "fixed", "broken", "start"),
    [
        (0.02, 0.03, 7, 5, "On test the best prompt scores +.020 (± .030) over the seed prompt"),
        (-0.02, 0.03, 5, 7, "On test the best prompt does not beat the seed prompt: -.020"),
        (0.05, 0.02, 5, 0, "On test the best prompt scores +.050"),
        (0.0, 0.03, 6, 6, "On test the best prompt does not beat the seed prompt: ±.000"),
    ],
)
def test_a_difference_that_may_be_chance(
    store: Store, mean: float, stderr: float, fixed: int, broken: int, start: str
) -> None:
    state = store.state(play_run(store))
    text = verdict(state, PairedDifference(mean, stderr, 100, fixed, broken))
    assert text.startswith(start)
    assert text.endswith("within the noise, it may be chance.")
    assert "beats" not in text


def test_of_graded_answers_none_is_fixed_or_broken(store: Store) -> None:
    text = judged(store, Script(wrong=0.25))
    assert "beats the seed prompt by +.300 (± .048) (n=60; 95% from" in text
    equal = judged(store, Script(right={0: 5, 1: 5, 2: 5, 3: 0, 4: 0}, wrong=0.25))
    assert "scores just as the seed prompt does (n=60)" in equal


def test_equal_on_every_example(store: Store) -> None:
    text = judged(store, Script(right={0: 5, 1: 5, 2: 5, 3: 0, 4: 0}))
    assert "scores just as the seed prompt does (n=60: 0 fixed, 0 broken)" in text


def test_without_predictions_the_error_is_the_larger_one(store: Store) -> None:
    assert judged(store, Script(), paired=False) == (
        "On test the best prompt beats the seed prompt by +.400 (± .076, unpaired) (n=60)."
    )
    close = Script(right={0: 5, 1: 5, 2: 6, 3: 0, 4: 0})
    assert "may be chance" in judged(store, close, paired=False)


def test_the_seed_prompt_won(store: Store) -> None:
    assert "the seed prompt stays" in judged(store, Script(winner=0))


def test_test_was_not_scored(store: Store) -> None:
    assert "no proof" in judged(store, Script(until="winner"))


def test_before_the_end(store: Store) -> None:
    assert verdict(RunState("r")) == "No candidate has a score yet."
    text = judged(store, Script(until="final"))
    assert "c002 is the best so far, on dev" in text
    assert "beats" not in text


def test_why_others_stand_above_the_leader_of_the_last_stage(store: Store) -> None:
    state = store.state(play_run(store, Script(until="filter")))
    assert others_above(state) == ""
    state.apply(900, 1.0, ev.CandidateScored(1, "dev", 1, Score(1.0, 0.0, 12)))
    assert others_above(state) == (
        "c002 was in front when the last stage ended, where all were compared on the same 10 "
        "examples; by all answers so far c001 is ahead of it, and the next stage decides."
    )
    state.apply(901, 1.0, ev.CandidateScored(2, "dev", 1, Score(0.8, 0.1, 12)))
    state.apply(902, 1.0, ev.CandidateScored(3, "dev", 1, Score(1.0, 0.0, 11)))
    assert "c001 is ahead of it" in others_above(state)  # on fewer examples it may be luck
    state.apply(903, 1.0, ev.CandidateScored(0, "dev", 1, Score(0.9, 0.1, 12)))
    assert "so far c000, c001 are ahead of it" in others_above(state)
    state.apply(904, 1.0, ev.CandidateVetoed(1, state.candidates[1].text, 2))
    assert "so far c000 is ahead of it" in others_above(state)
    assert others_above(state) in final_lines(state)
    state.apply(905, 1.0, ev.WinnerChosen(2))
    assert others_above(state) == ""


def test_a_search_without_any_candidate_has_none_that_lost() -> None:
    state = RunState("r")
    told: list[ev.Event] = [
        ev.CandidateAdded(0, "seed", "seed", 0),
        ev.ProposalRejected("x", "generate", 1, "9 words from c000, at most 2"),
        ev.ProposalRejected("y", "generate", 1, "8 words from c000, at most 2"),
        ev.WinnerChosen(0),
    ]
    for seq, event in enumerate(told, 1):
        state.apply(seq, float(seq), event)
    assert verdict(state) == (
        "No proposal passed (2 beyond the edit budget): there was no candidate but the seed prompt."
    )
