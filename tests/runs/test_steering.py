"""What a person does to a search, and that a resumed one comes to the same end."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from promptopt.runs.commands import Add, AnyCommand, Remark, SetConcurrency, SetLimit, Veto
from promptopt.runs.events import (
    CandidateAdded,
    CandidateOffered,
    CandidateVetoed,
    CommandRefused,
    SearchRestarted,
    StageFinished,
    StageStarted,
    StepPlanned,
)
from promptopt.runs.state import RunState
from promptopt.runs.store import Store

from ..workspace import Workspace
from .steered import answers, broken_off, came_to, carry_out, last_answer, steered

MINE = "Give the plural form of each noun, and nothing else."

APE: dict[str, Any] = {"method": {"proposals": 10, "resample_rounds": 1, "variations": 2}}
POLICIES: list[dict[str, Any]] = [
    {"method": {"proposals": 10, "selection": name}} for name in ("ucb1", "race", "ucb-e")
]
THRESHOLD: dict[str, Any] = {"method": {"proposals": 8, "threshold": 0.2, "resample_rounds": 1}}
HALVING: dict[str, Any] = {"method": {"proposals": 10, "selection": "successive_halving"}}


def configurations(workspace: Workspace) -> dict[str, Any]:
    ape = {"ape": APE, "ucb": POLICIES[0], "race": POLICIES[1], "threshold": THRESHOLD}
    found = {name: workspace.config(**tables) for name, tables in ape.items()}
    found["halving"] = workspace.config(**HALVING)
    for momentum in ("relevance", "summary"):
        found[f"gpo {momentum}"] = gpo_config(workspace, momentum=momentum)
    return found


def gpo_config(workspace: Workspace, **method: Any) -> Any:
    from promptopt.runs.config import config_from_dict

    return config_from_dict(
        {
            "task": {"source": str(workspace.data), "train": 6, "dev": 12, "test": 10},
            "method": {"name": "gpo", "steps": 4, "candidates": 3, **method},
            "task_model": {"spec": "scripted:plural"},
        },
        "the test",
    )


def stages(store: Store, run_id: str) -> list[str]:
    found = (stored.event for stored in store.events(run_id))
    return [event.stage for event in found if isinstance(event, StageStarted)]


def mine(state: RunState) -> Any:
    (found,) = [each for each in state.candidates.values() if each.operation == "person"]
    return found


# A candidate of one's own


@pytest.mark.parametrize("call", [1, 5, 30, 70, 100])
async def test_a_persons_candidate_enters_ape_at_the_next_stage(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    store = workspace.store()
    run_id = await steered(store, workspace.config(**APE), monkeypatch, {call: [Add(MINE)]})
    events = [stored.event for stored in store.events(run_id)]
    offered = next(i for i, event in enumerate(events) if isinstance(event, CandidateOffered))
    added = next(
        i
        for i, event in enumerate(events)
        if isinstance(event, CandidateAdded) and event.operation == "person"
    )
    between = [event for event in events[offered:added] if isinstance(event, StageStarted)]
    assert between == []  # it waited for the end of one stage, and no other began
    after = next(event for event in events[added:] if isinstance(event, StageStarted))
    assert after.calls > 0
    state = store.state(run_id)
    candidate = mine(state)
    assert candidate.text == MINE
    assert candidate.dev is not None
    assert after.stage.startswith("filter")
    if candidate.status == "dropped":
        # By its scores alone: who was kept was as good or better.
        kept = [each for each in state.candidates.values() if each.status in ("kept", "winner")]
        assert any(each.dev and each.dev.mean >= candidate.dev.mean for each in kept)
        return
    final = [e for e in events if isinstance(e, StageFinished) and e.stage == "final"]
    assert candidate.id in final[0].survivors


@pytest.mark.parametrize("last", [True, False])
async def test_a_persons_candidate_in_the_final_stage(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    """Up to the very last call before the choice: there is another final stage for it."""
    store = workspace.store()
    config = workspace.config(method={"proposals": 10, "finalists": 6})
    free = await steered(store, config, monkeypatch, {})
    best = store.state(free).winner
    assert best is not None
    begun = [e.event for e in store.events(free) if isinstance(e.event, StageStarted)]
    final, test = begun[-2:]
    assert (final.stage, test.stage) == ("final", "test")
    assert final.calls > 1
    at = store.calls_sent(free) - test.calls - (0 if last else final.calls - 1)
    run_id = await steered(store, config, monkeypatch, {at: [Add(MINE), Veto(best)]})
    assert stages(store, run_id)[-3:] == ["final", "final", "test"]
    state = store.state(run_id)
    assert mine(state).dev.n == 12
    assert state.winner != best
    assert mine(state).status in ("kept", "winner")


@pytest.mark.parametrize("call", [1, 15, 40, 75, 130])
async def test_a_persons_candidate_enters_gpo_and_can_become_current(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    store = workspace.store()
    config = gpo_config(workspace)
    run_id = await steered(store, config, monkeypatch, {call: [Add(MINE)]})
    state = store.state(run_id)
    candidate = mine(state)
    assert candidate.dev is not None
    assert candidate.dev.n == 12
    later = [step for step in state.steps.values() if step.step > candidate.step]
    if not later:
        assert stages(store, run_id)[-2:] == ["final", "test"]
        return
    # The best of its step goes on, and it may be that.
    peers = [each for each in state.candidates.values() if each.step == candidate.step]
    best = max(peers, key=lambda each: (each.dev.mean if each.dev else 0, -each.id))
    if best.id == candidate.id:
        assert later[0].current == candidate.id
        assert all(candidate.id in step.trajectory for step in later[:2])
    else:
        assert best.dev is not None
        assert best.dev.mean >= candidate.dev.mean


async def test_an_edit_names_its_parent(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    plan = {40: [Add("Write the plural form of each noun, please.", parent=2)]}
    run_id = await steered(store, workspace.config(**APE), monkeypatch, plan)
    state = store.state(run_id)
    candidate = mine(state)
    assert candidate.parents == (2,)
    from promptopt.methods.edit_budget import distance

    assert candidate.distance == distance(state.candidates[2].text, candidate.text)
    assert any("a person wrote a candidate, from c002" in line.text for line in state.log)


async def test_what_a_person_may_not_add(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    config = workspace.config(
        task={"seed_prompt": "Answer for {name}."}, method={"proposals": 4, "max_words": 5}
    )
    long = "word " * 500 + "{name}"
    refused = {
        "  ": "the candidate is empty",
        "Answer.": "the candidate lost the placeholder {name}",
        "answer for {name}": "the candidate is the same as c000",
        long: None,
        f"{long}.": "the candidate is written already",
    }
    plan: dict[int, list[AnyCommand]] = {3: [Add(text) for text in refused]}
    plan[3].append(Add("An edit of {name}.", parent=77))
    run_id = await steered(store, config, monkeypatch, plan)
    told = answers(store, run_id)
    reasons = [each.reason if isinstance(each, CommandRefused) else None for each in told]
    assert len(reasons) == 6
    for reason, expected in zip(reasons, refused.values(), strict=False):
        assert (reason is None) == (expected is None)
        assert expected is None or expected in (reason or "")
    assert "there is no candidate c077" in (reasons[-1] or "")
    # No length is too long for a person.
    assert mine(store.state(run_id)).text == long


async def test_a_persons_candidate_that_a_model_has_proposed_meanwhile(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    config = workspace.config(method={"proposals": 10})
    run_id = await steered(store, config, monkeypatch, {})
    text = store.state(run_id).candidates[3].text
    # Offered before it was proposed.
    again = await steered(store, config, monkeypatch, {1: [Add(text.upper())]})
    state = store.state(again)
    assert isinstance(answers(store, again)[0], CandidateOffered)
    assert sum(each.text.casefold() == text.casefold() for each in state.candidates.values()) == 1
    assert state.rejected > store.state(run_id).rejected


# A veto


@pytest.mark.parametrize("name", ["ape", "ucb", "race", "threshold", "halving", "gpo relevance"])
@pytest.mark.parametrize("call", [45, 65, 90, 115])
async def test_a_vetoed_candidate_is_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, call: int
) -> None:
    """Whoever would have won is vetoed while the search goes on."""
    store = workspace.store()
    config = configurations(workspace)[name]
    free = await steered(store, config, monkeypatch, {})
    best = store.state(free).winner
    assert best is not None
    run_id = await steered(store, config, monkeypatch, {call: [Veto(best)]})
    state = store.state(run_id)
    told = answers(store, run_id)
    if not told or isinstance(told[0], CommandRefused):
        # Not made yet, the winner chosen already, or fewer calls than that.
        return
    assert state.candidates[best].status == "vetoed"
    assert state.winner != best
    events = [stored.event for stored in store.events(run_id)]
    vetoed = next(i for i, event in enumerate(events) if isinstance(event, CandidateVetoed))
    # The stage that was going on ends; after that there is nothing of it any more.
    begun = [
        i for i, event in enumerate(events[vetoed:], vetoed) if isinstance(event, StageStarted)
    ]
    for event in events[begun[0] :]:
        assert getattr(event, "candidate", None) != best
        assert best not in getattr(event, "parents", ())
        if isinstance(event, StageFinished):
            assert best not in (*event.survivors, *event.dropped, event.leader)
        if isinstance(event, StepPlanned):
            assert best not in (*event.trajectory, event.current)


@pytest.mark.parametrize("momentum", ["relevance", "recency", "importance", "summary"])
async def test_the_current_prompt_of_gpo_is_vetoed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, momentum: str
) -> None:
    """It goes out of the trajectory, and the search goes on from the one before it."""
    store = workspace.store()
    config = gpo_config(workspace, momentum=momentum)
    free = store.state(await steered(store, config, monkeypatch, {}))
    current = free.steps[3].current
    # The seed prompt was scored in the first stage, so step 3 is the fourth.
    run_id = await steered(store, config, monkeypatch, {}, {4: [Veto(current)]})
    state = store.state(run_id)
    (told,) = answers(store, run_id)
    assert isinstance(told, CandidateVetoed)
    assert state.steps[3] == free.steps[3]
    remembered = (free.steps[4].current, *free.steps[4].trajectory)
    assert current in remembered or momentum in ("importance", "summary")
    assert current not in (state.steps[4].current, *state.steps[4].trajectory)
    assert state.winner != current


async def test_what_cannot_be_vetoed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = workspace.store()
    plan: dict[int, list[AnyCommand]] = {
        40: [Veto(0), Veto(99), Veto(1), Veto(1), Add("Write plurals.", parent=1)],
        # In the test.
        -1: [],
    }
    config = workspace.config(method={"proposals": 10})
    free = await steered(store, config, monkeypatch, {})
    calls = store.calls_sent(free)
    run_id = await steered(store, config, monkeypatch, plan | {calls - 5: [Veto(2), Add(MINE)]})
    told = answers(store, run_id)
    reasons = [each.reason for each in told if isinstance(each, CommandRefused)]
    assert [type(each) is CandidateVetoed for each in told[:5]] == [
        *(False, False, True, False, False)
    ]
    assert "cannot be vetoed" in reasons[0]
    assert "there is no candidate c099" in reasons[1]
    assert "c001 is vetoed already" in reasons[2]
    assert "c001 is vetoed" in reasons[3]
    assert all("the winner is chosen" in reason for reason in reasons[4:])
    assert len(reasons) == 6


# Remarks, and the rest


async def test_a_remark_is_kept_and_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    config = workspace.config()
    free = await steered(store, config, monkeypatch, {})
    plan = {
        30: [Remark("why so short?", 1), Remark("late night run"), Remark(" "), Remark("x", 50)]
    }
    run_id = await steered(store, config, monkeypatch, plan)
    state = store.state(run_id)
    assert [(note.candidate, note.text) for note in state.notes] == [
        (1, "why so short?"),
        (None, "late night run"),
    ]
    assert sum(isinstance(each, CommandRefused) for each in answers(store, run_id)) == 2
    assert came_to(store, run_id) == came_to(store, free)


async def test_concurrency_changes_nothing_but_the_pace(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store()
    config = workspace.config()
    free = await steered(store, config, monkeypatch, {})
    plan: dict[int, list[AnyCommand]] = {20: [SetConcurrency(64)], 60: [SetConcurrency(1)]}
    run_id = await steered(store, config, monkeypatch, plan | {61: [SetConcurrency(0)]})
    assert store.state(run_id).concurrency == 1
    assert isinstance(answers(store, run_id)[2], CommandRefused)
    assert came_to(store, run_id) == came_to(store, free)


# Breaking off


def _some_command(rng: random.Random, number: int) -> AnyCommand:
    kind = rng.randrange(5)
    if kind == 0:
        return Add(f"{MINE} Number {number}.", parent=rng.choice([None, 0, 1, 2]))
    if kind in (1, 2):
        return Veto(rng.randrange(1, 9))
    if kind == 3:
        return SetLimit("max_calls", rng.choice([60, 90, 120, 150, 400]))
    return Remark(f"remark {number}")


NAMES = ["ape", "ucb", "race", "threshold", "halving", "gpo relevance", "gpo summary"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
async def test_a_steered_run_that_breaks_off_comes_to_the_same_end(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, seed: int
) -> None:
    """Steered at random calls in random ways, and killed at random points after that."""
    rng = random.Random(f"{name} {seed}")
    store = workspace.store()
    plan: dict[int, list[AnyCommand]] = {}
    for number in range(rng.randrange(1, 5)):
        plan.setdefault(rng.randrange(1, 130), []).append(_some_command(rng, number))
    run_id = await steered(store, configurations(workspace)[name], monkeypatch, plan)
    expected = came_to(store, run_id)
    assert expected["status"] == "done"
    last = store.state(run_id).last_seq
    responses = int(store._rows("SELECT count(*) FROM responses")[0][0])
    for _ in range(4):
        seq = rng.randrange(max(1, last_answer(store, run_id)), last + 1)
        # What was paid for before a limit fell is there; the rest may be lost.
        kept = rng.randrange(min(max(plan) + 8, responses), responses + 1)
        with broken_off(store, run_id, tmp_path, seq, kept) as broken:
            assert await carry_out(broken, run_id, monkeypatch) == "done"
            assert came_to(broken, run_id) == expected, (plan, seq, kept)
            assert not any(
                isinstance(each.event, SearchRestarted) for each in broken.events(run_id)
            )
