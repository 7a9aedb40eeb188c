"""Candidates of one's own: written in the workbench or in an editor, and sent into the race."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.runs import events as ev
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
from tests.tui.run_player import RunPlayer
from tests.tui.taking_part import (
    MINE,
    all_answered,
    at_work,
    dashboard,
    editor,
    on_dashboard,
    persons,
    state_of,
    until,
    write,
)
from tests.tui.test_hostile_text import HOSTILE
from tests.workspace import Workspace
from tui.screens.candidate import CandidateScreen
from tui.screens.writing import WritingDialog


@pytest.mark.parametrize("size", SIZES)
async def test_a_candidate_of_ones_own_goes_into_the_race(
    workspace: Workspace, open_app: OpenApp, size: tuple[int, int]
) -> None:
    run_id = at_work(workspace)
    async with open_app(size, run_id=run_id) as pilot:
        await do(pilot, "dashboard.add")
        assert "Write a candidate" in screen_text(pilot)
        await do(pilot, "writing.send")
        assert "There is nothing in it yet." in screen_text(pilot)
        await write(pilot, MINE)
        await do(pilot, "writing.send")
        await until(pilot, lambda: on_dashboard(pilot))
        await until(pilot, lambda: persons(dashboard(pilot).feed.state))
        (mine,) = persons(dashboard(pilot).feed.state)
        assert mine.text == MINE
        assert mine.parent is None
        await press(pilot, "slash")
        await enter_text(pilot, "op:person")
        assert dashboard(pilot).table.ids == [mine.id]
        assert "person" in screen_text(pilot)
        assert not workbench(pilot).drafts
    offered = [
        each.event
        for each in workspace.store().events(run_id)
        if isinstance(each.event, ev.CandidateOffered)
    ]
    assert [each.text for each in offered] == [MINE]


async def test_what_the_engine_refuses_is_not_lost(workspace: Workspace, open_app: OpenApp) -> None:
    run_id = at_work(workspace)
    known = state_of(run_id).candidates[1].text
    async with open_app(run_id=run_id) as pilot:
        await do(pilot, "dashboard.add")
        await write(pilot, known)
        await do(pilot, "writing.send")
        await until(pilot, lambda: "the same as c001" in screen_text(pilot))
        screen = pilot.app.screen
        assert isinstance(screen, WritingDialog)
        assert screen.area.text == known
        assert not screen.area.read_only
        await write(pilot, known + " Or so.")
        await do(pilot, "dialog.cancel")
        assert on_dashboard(pilot)
        await do(pilot, "dashboard.add")
        screen = pilot.app.screen
        assert isinstance(screen, WritingDialog)
        assert screen.area.text == known + " Or so."
        assert "written before and not sent" in screen_text(pilot)
    assert not state_of(run_id).orders


async def test_an_edit_names_its_parent(workspace: Workspace, open_app: OpenApp) -> None:
    run_id = at_work(workspace)
    async with open_app(run_id=run_id) as pilot:
        await press(pilot, "g")
        parent = dashboard(pilot).candidate
        assert parent is not None
        await do(pilot, "dashboard.edit")
        assert f"Edit c{parent.id:03d}" in screen_text(pilot)
        await do(pilot, "writing.send")
        assert "Nothing is changed yet." in screen_text(pilot)
        await write(pilot, parent.text + " In one word.")
        await do(pilot, "writing.send")
        await all_answered(pilot)
        await until(pilot, lambda: persons(dashboard(pilot).feed.state))
        (mine,) = persons(dashboard(pilot).feed.state)
        assert mine.parents == (parent.id,)
        assert mine.distance == 3
        await until(pilot, lambda: mine.id in dashboard(pilot).table.ids)
        dashboard(pilot).table.move_to(mine.id, by_hand=True)
        await do(pilot, "dashboard.open", "candidate.pane-4")
        assert f"by a person at step {mine.step} from c{parent.id:03d}" in screen_text(pilot)
        await do(pilot, "candidate.edit")
        assert f"Edit c{mine.id:03d}" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "candidate.add")
        assert "Write a candidate" in screen_text(pilot)


async def test_in_an_editor_of_ones_own(
    workspace: Workspace, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = at_work(workspace)
    known = state_of(run_id).candidates[1].text
    async with open_app(run_id=run_id) as pilot:
        editor(tmp_path, monkeypatch, ":")
        await press(pilot, "g")
        await do(pilot, "dashboard.edit-editor")
        await until(pilot, lambda: "Nothing was written" in screen_text(pilot))
        editor(tmp_path, monkeypatch, f'printf "%s" "{known}" > "$1"')
        await do(pilot, "dashboard.add-editor")
        await until(pilot, lambda: isinstance(pilot.app.screen, WritingDialog))
        assert "the same as c001" in screen_text(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, WritingDialog)
        assert screen.area.text == known
        editor(tmp_path, monkeypatch, 'printf "%s" " Say it." >> "$1"')
        await do(pilot, "writing.editor")
        assert screen.area.text == known + " Say it."
        editor(tmp_path, monkeypatch, "exit 3")
        await do(pilot, "writing.editor")
        assert "ended with status 3" in " ".join(screen_text(pilot).split())
        assert screen.area.text == known + " Say it."
        await do(pilot, "writing.send")
        await until(pilot, lambda: on_dashboard(pilot))
        editor(tmp_path, monkeypatch, 'printf "%s" " Or this." >> "$1"')
        await do(pilot, "dashboard.open", "candidate.edit-editor")
        await until(pilot, lambda: len(dashboard(pilot).feed.state.orders) == 2)
        editor(tmp_path, monkeypatch, 'printf "Another way\\n" > "$1"')
        await do(pilot, "candidate.add-editor")
        await until(pilot, lambda: len(dashboard(pilot).feed.state.orders) == 3)
        opened = pilot.app.screen
        assert isinstance(opened, CandidateScreen)
    first, second, third = (each.event for each in state_of(run_id).orders)
    assert isinstance(first, ev.CandidateOffered)
    assert isinstance(second, ev.CandidateOffered)
    assert isinstance(third, ev.CandidateOffered)
    assert (first.text, first.parent) == (known + " Say it.", None)
    assert second.parent == opened.candidate_id
    assert second.text.endswith(" Or this.")
    assert (third.text, third.parent) == ("Another way", None)


async def test_the_editor_from_a_comparison(
    workspace: Workspace, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = at_work(workspace)
    editor(tmp_path, monkeypatch, 'printf "%s" " And so on." >> "$1"')
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        screen.table.move_to(3, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.compare", "compare.edit-editor")
        await until(pilot, lambda: screen.feed.state.orders)
    (order,) = state_of(run_id).orders
    assert isinstance(order.event, ev.CandidateOffered)
    assert order.event.parent == 3


# Hostile texts


async def test_hostile_texts_are_edited_without_what_cannot_be_seen(
    workspace: Workspace, open_app: OpenApp
) -> None:
    run_id = at_work(workspace)
    workspace.kill_engine(workspace.store(), run_id)
    text = " ".join(HOSTILE[:6]) + "\n" + HOSTILE[7][:200]
    async with open_app(run_id=run_id) as pilot:
        screen = dashboard(pilot)
        await do(pilot, "dashboard.add")
        await write(pilot, text)
        dialog = pilot.app.screen
        assert isinstance(dialog, WritingDialog)
        assert "[/INST] [bold]not bold[/bold]" in dialog.area.text
        assert "\x1b" not in dialog.area.text
        assert "\u202e" not in screen_text(pilot)
        assert "\x1b" not in screen_text(pilot)
        await do(pilot, "writing.send")
        await until(pilot, lambda: on_dashboard(pilot))
        await do(pilot, "dashboard.remark")
        await write(pilot, text)
        await do(pilot, "writing.send")
        await all_answered(pilot)
        await until(pilot, lambda: screen.feed.state.notes)
        await do(pilot, "dashboard.open", "candidate.pane-1")
        assert "[@click=app.quit]press me[/]" in screen_text(pilot)


async def test_a_hostile_candidate_in_the_field_and_in_questions(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store, prompts=HOSTILE[:7]).play_until(ev.StageFinished, 1)
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        for each in range(1, 7):
            screen.table.move_to(each, by_hand=True)
            await settle(pilot)
            await do(pilot, "dashboard.edit")
            text = screen_text(pilot)
            assert "\x1b" not in text
            assert "\u200b" not in text
            left_out = "left out" in text
            assert left_out is (each in (2, 3, 4, 5, 6))
            await do(pilot, "writing.send")
            assert "Nothing is changed yet." in screen_text(pilot)
            await do(pilot, "dialog.cancel", "dashboard.veto")
            assert f"Veto c{each:03d}?" in screen_text(pilot)
            assert "\x1b" not in screen_text(pilot)
            await do(pilot, "dialog.cancel")
    assert not state_of(player.run_id).vetoed
