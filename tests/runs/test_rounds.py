"""What each round of a search added and kept, and what was saved, told by the events alone."""

from __future__ import annotations

from collections.abc import Sequence

from promptopt.evaluation.score import Score
from promptopt.llm.scripted import ScriptedModel
from promptopt.llm.settings import ModelSettings
from promptopt.methods.ape import ape
from promptopt.methods.ape_settings import ApeSettings
from promptopt.runs.events import (
    CandidateAdded,
    CandidateScored,
    Event,
    SearchRestarted,
    SearchStarted,
    StageFinished,
    WinnerChosen,
)
from promptopt.runs.rounds import Saved
from promptopt.runs.state import RunState

from ..evaluation.searching import searching
from ..methods.test_ape import plural_task


async def played() -> tuple[RunState, Sequence[Event]]:
    """A search in three rounds, folded."""
    settings = ApeSettings(proposals=12, subset=5, finalists=4, resample_rounds=2, variations=3)
    async with searching(plural_task(), ScriptedModel(ModelSettings("scripted:plural"))) as here:
        winner = await ape(here.search, settings)
        told = [stored.event for stored in here.store.events(here.run_id)]
    setup = SearchStarted("t", "exact_match", "ape", 0, "seed", 10, 20, 5, "m", "m", 100)
    state = RunState("run")
    for seq, event in enumerate([setup, *told, WinnerChosen(winner.id)], 1):
        state.apply(seq, float(seq), event)
    return state, told


async def test_survival_is_counted_round_by_round() -> None:
    state, told = await played()
    assert list(state.rounds) == [0, 1, 2]
    for step, each in state.rounds.items():
        new = {
            event.candidate
            for event in told
            if isinstance(event, CandidateAdded) and event.step == step and event.candidate
        }
        stages = [
            event
            for event in told
            if isinstance(event, StageFinished)
            and event.step == step
            and event.stage.startswith("filter")
        ]
        assert each.made == len(new) > 0
        assert each.survived == len(new & set(stages[-1].survivors))
        assert (each.n, each.best, each.mean) == (
            stages[-1].n,
            stages[-1].best,
            stages[-1].mean,
        )
    # Some of them survive and some do not, or the counts would say nothing.
    assert 0 < state.rounds[0].survived < state.rounds[0].made


async def test_what_was_saved_is_the_table_less_what_was_scored() -> None:
    state, told = await played()
    last = {
        event.candidate: event
        for event in told
        if isinstance(event, CandidateScored) and event.split == "dev"
    }
    scored = sum((event.score.n if event.score else 0) + event.unscored for event in last.values())
    assert state.saved == (scored, 20 * len(state.candidates))
    assert 0 < state.saved.share < 1
    assert any(line.text == str(state.saved) for line in state.log)


async def test_a_search_begun_anew_forgets_its_rounds() -> None:
    state, _ = await played()
    state.apply(state.last_seq + 1, 1e6, SearchRestarted("other replies"))
    assert state.rounds == {}
    assert state.saved == Saved(0, 0)


def test_what_was_answered_on_train_is_no_dev_score() -> None:
    state = RunState("run")
    seed = CandidateAdded(0, "seed", "seed", 0)
    for seq, split in enumerate(("train", "dev-worked"), 2):
        for event in (seed, CandidateScored(0, split, 0, Score(1.0, None, 1))):
            state.apply(seq, float(seq), event)
    assert state.candidates[0].dev is None
    assert state.saved == Saved(0, 0)


def test_what_a_limit_took_away_is_not_saved() -> None:
    state = RunState("run")
    state.apply(1, 1.0, SearchStarted("t", "exact_match", "ape", 0, "seed", 10, 61, 5, "m", "m", 9))
    # The limit leaves 21 of 61 dev examples: on these, c001 is dropped at 5. It leaves c002
    # without its last ones, c003 in the midst of a stage, and c004 with nothing.
    seen = {0: 21, 1: 5, 2: 15, 3: 3, 4: 0}
    told: list[Event] = []
    for each, n in seen.items():
        told.append(CandidateAdded(each, f"p{each}", "forward" if each else "seed", 0))
        if n:
            told.append(CandidateScored(each, "dev", 0, Score(0.5, 0.1, n)))
    told.append(StageFinished("filter 1", 0, (0, 2), (1,), 0, 5, Score(0.5, 0.1, 5), 0.5, None))
    for seq, event in enumerate(told, 2):
        state.apply(seq, float(seq), event)
    assert state.saved == Saved(21 + 5 + 15 + 3, 21 + 21 + 15 + 3)


def test_in_words() -> None:
    assert str(Saved(412, 1040)) == "scored 412 of 1,040 cells, 60% saved"
    assert str(Saved(40, 40)) == "scored 40 of 40 cells"
    assert Saved(0, 0).share == 0
