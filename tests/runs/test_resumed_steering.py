"""What was asked of a run holds in the engine that takes it up, from its first call on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from promptopt.methods.orders import Order
from promptopt.runs import control
from promptopt.runs.commands import Add, SetLimit
from promptopt.runs.engine import Engine
from promptopt.runs.events import CandidateOffered, LimitChanged, SearchRestarted, StageStarted
from promptopt.runs.steering import Steering

from ..workspace import Workspace
from .steered import broken_off, came_to, carry_out, last_answer, steered

MINE = "Give the plural form of each noun, and nothing else."


async def test_a_lower_cap_holds_before_the_search_has_come_to_where_it_was_set(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was set in a stage that goes on: the search plans by it from the next one on only."""
    store = workspace.store()
    config = workspace.config(
        {"spec": "scripted:plural", "concurrency": 1}, method={"proposals": 40}
    )
    run_id = await steered(store, config, monkeypatch, {8: [SetLimit("max_calls", 20)]})
    (lowered,) = [e.event for e in store.events(run_id) if isinstance(e.event, LimitChanged)]
    assert lowered.value == 20
    begun = [e.event for e in store.events(run_id) if isinstance(e.event, StageStarted)]
    assert begun[0].calls == 40  # far more than it leaves
    assert store.calls_sent(run_id) <= 20

    with broken_off(store, run_id, workspace.folder, last_answer(store, run_id), 8) as copy:
        engine = Engine(copy, run_id)
        assert engine._budget.hard.max_calls == 20
        assert engine._budget.caps.max_calls is None  # what it plans with, as it did before
        await carry_out(copy, run_id, monkeypatch)
        assert copy.calls_sent(run_id) <= 20


async def test_what_is_asked_between_two_stages_is_taken_in_after_the_second(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a search that goes on after its limit was raised: so it is when that is resumed again."""
    store = workspace.store()
    method = {"proposals": 10, "resample_rounds": 1, "variations": 2}
    run_id = control.create(store, workspace.config(method=method, budget={"max_calls": 60}))
    assert await carry_out(store, run_id, monkeypatch) == "done"
    control.steer(store, run_id, SetLimit("max_calls", 400))
    assert store.state(run_id).reopened
    take, asked = Steering.take, []

    def take_and_be_asked(self: Steering) -> Sequence[Order]:
        """A person's word that comes when the search has just looked for it."""
        orders = take(self)
        if len(self._journal.state.candidates) > 3 and not asked:
            asked.append(self._journal.stages)
            number = self._store.send_command(run_id, Add(MINE))
            self._take(Add(MINE), number)
            self._store.take_commands(run_id, number)
        return orders

    with monkeypatch.context() as patched:
        patched.setattr(Steering, "take", take_and_be_asked)
        assert await carry_out(store, run_id, monkeypatch) == "done"
    (offered,) = [e.event for e in store.events(run_id) if isinstance(e.event, CandidateOffered)]
    assert offered.stage == asked[0] + 1

    answered = last_answer(store, run_id)
    with broken_off(store, run_id, workspace.folder, answered, 60) as copy:
        assert await carry_out(copy, run_id, monkeypatch) == "done"
        again = [type(e.event) for e in copy.events(run_id)].count(SearchRestarted)
        assert again == [type(e.event) for e in store.events(run_id)].count(SearchRestarted)
        assert came_to(copy, run_id) == came_to(store, run_id)
