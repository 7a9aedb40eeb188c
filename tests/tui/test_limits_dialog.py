"""Limits and concurrency, changed while a run goes on and after it has ended."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from textual.widgets import Input

from promptopt.runs import events as ev
from promptopt.runs.limits_now import LimitsNow
from promptopt.runs.store import Store
from tests.tui.conftest import (
    SIZES,
    OpenApp,
    do,
    enter_text,
    press,
    screen_text,
    settle,
    workbench,
)
from tests.tui.taking_part import (
    at_work,
    dashboard,
    on_dashboard,
    state_of,
    until,
)
from tests.workspace import Workspace
from tui.screens import limits
from tui.screens.limits import LimitsDialog


async def set_field(pilot: Any, at: int, text: str) -> None:
    screen = workbench(pilot).screen
    assert isinstance(screen, LimitsDialog)
    field = list(screen.query(Input))[at]
    field.focus()
    field.value = ""
    await settle(pilot)
    await enter_text(pilot, text)


@pytest.mark.parametrize("size", SIZES)
async def test_limits_and_concurrency_of_a_run_at_work(
    workspace: Workspace, open_app: OpenApp, size: tuple[int, int]
) -> None:
    run_id = at_work(workspace, budget={"max_calls": 90_000})
    async with open_app(size, run_id=run_id) as pilot:
        state = dashboard(pilot).feed.state
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: "spent, at least" in screen_text(pilot))
        assert "90,000" in screen_text(pilot)
        await do(pilot, "limits.apply")
        assert "Nothing is changed yet." in screen_text(pilot)
        await set_field(pilot, 0, "many")
        await do(pilot, "limits.apply")
        assert "calls: a whole number above 0 is asked for" in screen_text(pilot)
        for at, text in ((0, "90,0001"), (2, "2,5"), (2, "$0,50")):
            await set_field(pilot, at, text)
            await do(pilot, "limits.apply")
            assert "write decimals" in screen_text(pilot)
            await set_field(pilot, at, "90,000" if at == 0 else "")
        await set_field(pilot, 0, "150,000")
        await set_field(pilot, 3, "5000")
        await press(pilot, "enter")
        await until(pilot, lambda: "the concurrency is from 1 to 1,024" in screen_text(pilot))
        assert state.limits == {"max_calls": 150_000}
        await until(pilot, lambda: "150,000" in screen_text(pilot))
        await set_field(pilot, 3, "5")
        await set_field(pilot, 0, "1")
        await do(pilot, "limits.apply")
        await until(pilot, lambda: on_dashboard(pilot))
        await until(pilot, lambda: state.concurrency == 5)
        await until(pilot, lambda: "not 1:" in screen_text(pilot))
    assert 1 < (state_of(run_id).limits["max_calls"] or 0) < 150_000


async def test_a_run_that_ended_at_its_limit_goes_on(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = workspace.finish(workspace.config(budget={"max_calls": 60}))
    before = state_of(run_id)
    assert (before.status, before.limit) == ("done", "max_calls")
    async with open_app(run_id=run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: "ended the run: more than 60" in screen_text(pilot))
        await set_field(pilot, 0, "50")
        await press(pilot, "enter")
        await until(pilot, lambda: "is no more than that" in screen_text(pilot))
        await set_field(pilot, 0, "400")
        await press(pilot, "enter")
        await until(pilot, lambda: "Resume the run?" in screen_text(pilot))
        await press(pilot, "escape")
        assert "R Resume" in screen_text(pilot)
        assert "a Write" in screen_text(pilot)
        await do(pilot, "dashboard.resume")
        await until(pilot, lambda: on_dashboard(pilot) and "✓ DONE" in screen_text(pilot))
        await until(pilot, lambda: dashboard(pilot).feed.state.usage.calls > 60)


async def test_no_limit_is_claimed_to_be_none_before_it_is_known(
    workspace: Workspace, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = workspace.finish(workspace.config(budget={"max_calls": 60}))
    known, look = threading.Event(), limits.limits_now

    def late(store: Store, run_id: str) -> LimitsNow:
        known.wait()
        return look(store, run_id)

    monkeypatch.setattr(limits, "limits_now", late)
    async with open_app(run_id=run_id) as pilot:
        await do(pilot, "dashboard.limits")
        assert isinstance(workbench(pilot).screen, LimitsDialog)
        assert "no limit" not in screen_text(pilot)
        assert "the default" not in screen_text(pilot)
        known.set()
        await until(pilot, lambda: "ended the run: more than 60" in screen_text(pilot))
        assert "no limit" in screen_text(pilot)  # on tokens and dollars


async def test_what_is_typed_before_the_limits_are_known_stays(
    workspace: Workspace, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = workspace.finish(workspace.config(budget={"max_calls": 60}))
    known, look = threading.Event(), limits.limits_now

    def late(store: Store, run_id: str) -> LimitsNow:
        known.wait()
        return look(store, run_id)

    monkeypatch.setattr(limits, "limits_now", late)
    async with open_app(run_id=run_id) as pilot:
        await do(pilot, "dashboard.limits")
        await set_field(pilot, 0, "700")
        known.set()
        await until(pilot, lambda: "ended the run: more than 60" in screen_text(pilot))
        assert next(iter(pilot.app.screen.query(Input))).value == "700"


async def test_what_was_taken_is_not_asked_for_again_beside_what_was_refused(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = workspace.finish(workspace.config(budget={"max_calls": 60}))
    async with open_app(run_id=run_id) as pilot:
        await do(pilot, "dashboard.limits")
        dialog = pilot.app.screen
        assert isinstance(dialog, LimitsDialog)
        await until(pilot, lambda: "ended the run: more than 60" in screen_text(pilot))
        await set_field(pilot, 0, "400")
        await set_field(pilot, 3, "5000")
        await press(pilot, "enter")
        await until(pilot, lambda: "the concurrency is from 1 to 1,024" in screen_text(pilot))
        await until(pilot, lambda: "400" in dialog._before.values())
        await set_field(pilot, 3, "5")
        await press(pilot, "enter")
        await until(pilot, lambda: "Resume the run?" in screen_text(pilot))
    changes = [
        each.event
        for each in workspace.store().events(run_id)
        if isinstance(each.event, ev.LimitChanged | ev.ConcurrencyChanged)
    ]
    assert [type(each) for each in changes] == [ev.LimitChanged, ev.ConcurrencyChanged]
