"""Taking part in runs that real engines are at work on, and in runs without one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events as textual_events
from textual.widgets import Input

from promptopt.runs import control
from promptopt.runs import events as ev
from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from tests.tui.conftest import (
    NARROW,
    SIZES,
    WIDE,
    OpenApp,
    do,
    enter_text,
    press,
    screen_text,
    settle,
    workbench,
)
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.test_hostile_text import HOSTILE
from tests.workspace import PATIENCE, Workspace, wait_until
from tui.screens.candidate import CandidateScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.limits import LimitsDialog
from tui.screens.writing import WritingDialog
from tui.widgets.key_footer import KeyFooter

MINE = "Give the plural form of each noun, and nothing else."


def at_work(workspace: Workspace, **changes: Any) -> str:
    """A run with an engine at work on it, and some fifteen seconds of work left."""
    store = workspace.store()
    model = {"spec": "scripted:plural?delay=0.1", "concurrency": 2}
    run_id = control.start(store, workspace.config(model, method={"proposals": 30}, **changes))
    wait_until(lambda: len(store.state(run_id).candidates) > 5)
    return run_id


def state_of(run_id: str) -> RunState:
    with Store() as store:
        return store.state(run_id)


async def until(pilot: Any, holds: Callable[[], object]) -> None:
    """Let time go by until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain:\n{screen_text(pilot)}"
        await pilot.pause(0.02)
        await settle(pilot)


async def write(pilot: Any, text: str) -> None:
    """Put a text in the place of what stands in the field."""
    screen = workbench(pilot).screen
    assert isinstance(screen, WritingDialog)
    screen.area.select_all()
    pilot.app.post_message(textual_events.Paste(text))
    await settle(pilot)
    await settle(pilot)


def dashboard(pilot: Any) -> DashboardScreen:
    (found,) = (each for each in pilot.app.screen_stack if isinstance(each, DashboardScreen))
    return found


def on_dashboard(pilot: Any) -> bool:
    return isinstance(pilot.app.screen, DashboardScreen)


def persons(state: RunState) -> list[Any]:
    return [each for each in state.candidates.values() if each.operation == "person"]


# Candidates of one's own


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
        await until(pilot, lambda: persons(dashboard(pilot).feed.state))
        (mine,) = persons(dashboard(pilot).feed.state)
        assert mine.parents == (parent.id,)
        assert mine.distance == 3
        dashboard(pilot).table.move_to(mine.id, by_hand=True)
        await do(pilot, "dashboard.open", "candidate.pane-4")
        assert f"by a person at step {mine.step} from c{parent.id:03d}" in screen_text(pilot)
        await do(pilot, "candidate.edit")
        assert f"Edit c{mine.id:03d}" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "candidate.add")
        assert "Write a candidate" in screen_text(pilot)


def editor(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    script = folder / "editor.sh"
    script.write_text(f"#!/bin/sh\n{code}\n")
    script.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(script))


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


# Vetoes, marks, remarks


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
            await press(pilot, "m")
            assert 3 not in screen.feed.marked or screen.table.cursor != 3


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
        await until(pilot, lambda: not state_of(run_id).marked)
        assert not screen.feed.state.marked


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
        await until(pilot, lambda: on_dashboard(pilot))
        await until(pilot, lambda: screen.feed.state.notes)
        await do(pilot, "dashboard.remark-run")
        assert "There is none yet." in screen_text(pilot)
        await write(pilot, "A slow model today.")
        await do(pilot, "writing.send")
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


# Limits


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
    run_id = at_work(workspace, budget={"max_calls": 900})
    async with open_app(size, run_id=run_id) as pilot:
        state = dashboard(pilot).feed.state
        await do(pilot, "dashboard.limits")
        await until(pilot, lambda: "spent, at least" in screen_text(pilot))
        assert "900" in screen_text(pilot)
        await do(pilot, "limits.apply")
        assert "Nothing is changed yet." in screen_text(pilot)
        await set_field(pilot, 0, "many")
        await do(pilot, "limits.apply")
        assert "calls: a whole number above 0 is asked for" in screen_text(pilot)
        await set_field(pilot, 0, "1,500")
        await set_field(pilot, 3, "5000")
        await press(pilot, "enter")
        await until(pilot, lambda: "the concurrency is from 1 to 1,000" in screen_text(pilot))
        assert state.limits == {"max_calls": 1_500}
        await until(pilot, lambda: "1,500" in screen_text(pilot))
        await set_field(pilot, 3, "5")
        await set_field(pilot, 0, "1")
        await do(pilot, "limits.apply")
        await until(pilot, lambda: on_dashboard(pilot))
        await until(pilot, lambda: state.concurrency == 5)
        await until(pilot, lambda: "not 1:" in screen_text(pilot))
    assert 1 < (state_of(run_id).limits["max_calls"] or 0) < 1_500


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


# Without an engine


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
