"""What is said of a candidate that is there: vetoes, marks and remarks."""

from __future__ import annotations

import pytest

from promptopt.runs import events as ev
from promptopt.runs.commands import Veto
from promptopt.runs.store import Store
from tests.tui.conftest import (
    SIZES,
    WIDE,
    OpenApp,
    do,
    enter_text,
    press,
    screen_text,
    settle,
)
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.taking_part import (
    all_answered,
    at_work,
    dashboard,
    on_dashboard,
    state_of,
    until,
    write,
)
from tests.workspace import Workspace
from tui.screens.candidate import CandidateScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.limits import LimitsDialog
from tui.widgets.key_footer import KeyFooter


@pytest.mark.parametrize("place", ["dashboard", "candidate"])
async def test_a_veto_asks_and_is_shown(
    workspace: Workspace, open_app: OpenApp, place: str
) -> None:
    run_id = at_work(workspace)
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        screen.table.move_to(0, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.veto")
        assert on_dashboard(pilot)  # the seed prompt
        await until(pilot, lambda: "cannot be vetoed" in screen_text(pilot))
        screen.table.move_to(2, by_hand=True)
        await settle(pilot)
        if place == "dashboard":
            await do(pilot, "dashboard.veto")
        else:
            await do(pilot, "dashboard.open", "candidate.veto")
        assert "Veto c002?" in screen_text(pilot)
        await do(pilot, "dialog.cancel")
        await press(pilot, "v", "v")
        await until(pilot, lambda: "c002 is vetoed." in screen_text(pilot))
        assert screen.feed.state.candidates[2].status == "vetoed"
        assert "vetoed" in screen_text(pilot)
        assert "⊘" in screen_text(pilot)
        await press(pilot, "v")
        await until(pilot, lambda: "vetoed already" in screen_text(pilot))
        assert not isinstance(pilot.app.screen, ChoiceDialog)
        if place == "candidate":
            await press(pilot, "escape")
        await press(pilot, "slash")
        await enter_text(pilot, "is:vetoed")
        assert screen.table.ids == [2]
        assert "a person vetoed c002" in " ".join(line.text for line in screen.feed.state.log)


async def test_nothing_is_vetoed_until_it_is_confirmed(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):  # one that answers nothing
        async with open_app(run_id=player.run_id) as pilot:
            screen = dashboard(pilot)
            screen.table.move_to(3, by_hand=True)
            await do(pilot, "dashboard.veto", "dialog.cancel")
            assert not screen.feed.asked_here.commands
            await do(pilot, "dashboard.veto")
            await press(pilot, "v")
            assert screen.feed.asked_here.commands == (Veto(3),)


async def test_a_veto_is_of_a_text_and_not_of_a_number(store: Store, open_app: OpenApp) -> None:
    """A search that is begun anew may give the number to another candidate."""
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    player.write(ev.CandidateVetoed(3, "What c003 was in the search of before.", stage=2))
    player.write(ev.CandidateVetoed(4, player.prompts[4], stage=2))
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "slash")
        await enter_text(pilot, "is:vetoed")
        assert dashboard(pilot).table.ids == [4]


async def test_what_is_asked_shows_before_it_is_answered(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):  # one that answers when the test does
        async with open_app(run_id=player.run_id) as pilot:
            screen = dashboard(pilot)
            screen.table.move_to(3, by_hand=True)
            await press(pilot, "m", "k", "v", "v")
            assert "VETOING C003…" in screen_text(pilot).upper()
            assert list(screen.feed.marked) == [3]
            assert not screen.feed.state.marked
            await until(pilot, lambda: len(store.open_commands(player.run_id)) == 2)
            mark, veto = store.open_commands(player.run_id)
            text = player.prompts[3]
            player.write(ev.CandidateMarked(3, text, command=mark.id))
            player.write(ev.CommandRefused("veto", "the engine says no", command=veto.id))
            store.take_commands(player.run_id, veto.id)
            await until(pilot, lambda: "the engine says no" in screen_text(pilot))
            assert "VETOING" not in screen_text(pilot).upper()
            assert list(screen.feed.state.marked) == [3]
            # Unmarking shows at once as well, and the engine has not heard of it yet.
            screen.table.move_to(3, by_hand=True)
            await press(pilot, "m")
            assert not screen.feed.marked
            assert list(screen.feed.state.marked) == [3]


async def test_marks_outlive_the_workbench_and_the_run(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = workspace.finish(workspace.config())
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        await press(pilot, "g")
        first, second = screen.table.ids[:2]
        await do(pilot, "dashboard.mark")
        assert list(screen.feed.marked) == [first]
        await do(pilot, "dashboard.mark")
        await until(pilot, lambda: list(screen.feed.state.marked) == [first, second])
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        assert list(screen.feed.marked) == [first, second]
        assert "2 marked" in screen_text(pilot)
        await press(pilot, "g")
        await do(pilot, "dashboard.open", "candidate.mark")
        assert "◆ marked" not in screen_text(pilot)
        await do(pilot, "candidate.back", "dashboard.unmark")
        assert not screen.feed.marked
        await until(pilot, lambda: not screen.feed.state.marked)
        assert not state_of(run_id).marked


async def test_a_mark_that_is_taken_back_at_once_stays_taken_back(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = at_work(workspace)
    async with open_app(run_id=run_id) as pilot:
        await press(pilot, "g")
        await do(pilot, "dashboard.open")
        await press(pilot, *"mmmmmm")
        opened = pilot.app.screen
        assert isinstance(opened, CandidateScreen)
        assert not opened.feed.marked
        await until(pilot, lambda: not opened.feed.asked_here.commands)
        assert not opened.feed.marked
    marked = [
        each.event.marked
        for each in workspace.store().events(run_id)
        if isinstance(each.event, ev.CandidateMarked)
    ]
    assert marked == [True, False] * 3


@pytest.mark.parametrize("size", SIZES)
async def test_remarks_on_a_candidate_and_on_the_run(
    workspace: Workspace, open_app: OpenApp, size: tuple[int, int]
) -> None:
    run_id = at_work(workspace)
    workspace.kill_engine(workspace.store(), run_id)
    async with open_app(size, run_id=run_id) as pilot:
        screen = dashboard(pilot)
        screen.table.move_to(1, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.remark")
        assert "Remark on c001" in screen_text(pilot)
        await write(pilot, "Too short,\rI think.")  # as terminals paste lines
        footer = pilot.app.screen.query_one(KeyFooter)
        await pilot.click(footer, offset=(4, 0))
        await all_answered(pilot)
        await until(pilot, lambda: on_dashboard(pilot))
        await until(pilot, lambda: screen.feed.state.notes)
        await do(pilot, "dashboard.remark-run")
        assert "There is none yet." in screen_text(pilot)
        await write(pilot, "A slow model today.")
        await do(pilot, "writing.send")
        await all_answered(pilot)
        await until(pilot, lambda: len(screen.feed.state.notes) == 2)
        if size == WIDE:
            assert "Too short," in screen_text(pilot)  # in the inspector
        await do(pilot, "dashboard.remark-run")
        assert "A slow model today." in screen_text(pilot)
        await do(pilot, "dialog.cancel", "dashboard.open", "candidate.pane-1")
        assert "I think." in screen_text(pilot)
        await do(pilot, "candidate.remark")
        assert "Too short," in screen_text(pilot)
        await do(pilot, "dialog.cancel", "candidate.remark-run")
        assert "A slow model today." in screen_text(pilot)
        await do(pilot, "dialog.cancel", "candidate.limits")
        assert isinstance(pilot.app.screen, LimitsDialog)
    notes = [(each.candidate, each.text) for each in state_of(run_id).notes]
    assert notes == [(1, "Too short,\nI think."), (None, "A slow model today.")]


async def test_taking_part_from_a_comparison(workspace: Workspace, open_app: OpenApp) -> None:
    run_id = at_work(workspace)
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        screen.table.move_to(3, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.compare", "compare.mark")
        assert "◆ marked" in screen_text(pilot)
        await do(pilot, "compare.remark")
        assert "Remark on c003" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "compare.edit")
        assert "Edit c003" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "compare.veto")
        assert "Veto c003?" in screen_text(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: "c003 is vetoed." in screen_text(pilot))
        await until(pilot, lambda: list(screen.feed.state.marked) == [3])
