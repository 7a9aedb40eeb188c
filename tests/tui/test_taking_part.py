"""Taking part in runs without an engine: over, or broken off."""

from __future__ import annotations

from tests.tui.conftest import (
    NARROW,
    OpenApp,
    do,
    press,
    screen_text,
    settle,
)
from tests.tui.taking_part import (
    MINE,
    at_work,
    dashboard,
    on_dashboard,
    state_of,
    until,
    write,
)
from tests.workspace import Workspace


async def test_of_a_run_that_is_done_what_comes_too_late_is_told(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = workspace.finish(workspace.config())
    async with open_app(NARROW, run_id=run_id) as pilot:
        assert "a Write" not in screen_text(pilot)
        await press(pilot, "a")
        assert on_dashboard(pilot)
        await until(pilot, lambda: "The run is done." in screen_text(pilot))
        await press(pilot, "v", "I", "A", "i")
        assert on_dashboard(pilot)
        await press(pilot, "C")
        await until(pilot, lambda: "nothing can be raised" in screen_text(pilot))
        await do(pilot, "dashboard.remark")
        await write(pilot, "The one for the newsletter.")
        await do(pilot, "writing.send")
        await until(pilot, lambda: state_of(run_id).notes)


async def test_a_run_that_broke_off_takes_everything_at_once(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = at_work(workspace)
    workspace.kill_engine(workspace.store(), run_id)
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        screen.table.move_to(2, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.edit")
        await write(pilot, MINE)
        await do(pilot, "writing.send")
        await until(pilot, lambda: on_dashboard(pilot) and screen.feed.state.orders)
        assert "1 of yours waiting" in screen_text(pilot)
        screen.table.move_to(3, by_hand=True)
        await press(pilot, "v", "v")
        await until(pilot, lambda: screen.feed.state.candidates[3].status == "vetoed")
        # What is vetoed is no parent; its text may be edited all the same.
        await do(pilot, "dashboard.edit")
        assert "has no parent" in " ".join(screen_text(pilot).split())
        await write(pilot, "Quite another one.")
        await do(pilot, "writing.send")
        await until(pilot, lambda: len(screen.feed.state.orders) == 3)
    offered = [each.event for each in state_of(run_id).orders]
    assert [getattr(each, "parent", "veto") for each in offered] == [2, "veto", None]
