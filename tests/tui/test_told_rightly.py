"""Who made a candidate, what a limit has done, and what belongs to a prompt and what does not."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, WIDE, OpenApp, do, press, screen_lines, screen_text, settle
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.workspace import Workspace
from tui.run_feed import RunFeed
from tui.run_header_text import header_lines
from tui.screens.candidate import CandidateScreen
from tui.screens.dashboard import DashboardScreen
from tui.widgets.lineage_tree import LineageTree

MINE = "Of the two animals name the larger:"


@pytest.mark.parametrize("size", SIZES)
async def test_a_candidate_of_a_persons_is_told_as_one_everywhere(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    known = len(store.state(player.run_id).candidates)
    player.write(ev.CandidateAdded(known, MINE, "person", 1))
    player.write(ev.CandidateAdded(known + 1, f"{MINE} only", "person", 1, (known,), 1))
    async with open_app(size, run_id=player.run_id) as pilot:
        assert "✎ person" in screen_text(pilot)
        dashboard = pilot.app.screen
        assert isinstance(dashboard, DashboardScreen)
        dashboard.table.move_to(known + 1, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.open")
        screen = pilot.app.screen
        assert isinstance(screen, CandidateScreen)
        assert "✎ by a person" in screen_text(pilot)
        await do(pilot, "candidate.pane-4")
        tree = screen.query_one(LineageTree)
        for candidate in (known, known + 1):
            assert tree.cells(candidate)["tree"].text.endswith("✎")
        assert screen_text(pilot).count("✎") >= 3  # in the facts, and of both in the tree
        screen.candidate_id = known
        await settle(pilot)
        await do(pilot, "candidate.diff")
        text = " ".join(screen_text(pilot).replace("│", " ").split())
        assert "written by a person" in text
        assert "proposed from examples" not in text
        await do(pilot, "app.help")
        await press(pilot, "G")
        assert "written or edited by a person" in screen_text(pilot)


class Local(RunPlayer):
    def write(self, event: ev.Event) -> None:
        if isinstance(event, ev.SearchStarted):
            event = replace(event, task_model="local", optimizer_model="local")
        if isinstance(event, ev.CandidateAdded):
            event = replace(event, text=f"{event.text} They said:")
        super().write(event)


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_stands_below_a_prompt_that_is_no_part_of_it(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = Local(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        if size == WIDE:
            lines = screen_lines(pilot)
            (end,) = (at for at, line in enumerate(lines) if "They said:" in line[67:])
            assert "───" in lines[end + 1][67:]
            (note,) = (at for at, line in enumerate(lines) if "a very small model" in line)
            assert note < end
        await press(pilot, "enter")
        await do(pilot, "candidate.pane-1")
        lines = screen_lines(pilot)
        (end,) = (at for at, line in enumerate(lines) if "They said:" in line.split("││")[0])
        (foot,) = (at for at, line in enumerate(lines) if "from a very small model" in line)
        assert "╯" in lines[foot]
        assert not any(line.split("││")[0].strip("│ ") for line in lines[end + 1 : foot])


def header(store: Store, player: RunPlayer) -> str:
    feed = RunFeed(store, player.run_id)
    feed.poll()
    return header_lines(feed, 118, time.time())[0].plain


def test_a_plan_that_was_cut_is_no_limit_that_was_reached(store: Store) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        assert "max_calls" not in header(store, player)
        player.write(ev.LimitReached("max_calls", "the calls reach for 6 of 12", cut=True))
        assert "cut to max_calls" in header(store, player)
        assert "limit:" not in header(store, player)
        player.write(ev.LimitReached("max_calls", "no call is left"))
        assert "limit: max_calls" in header(store, player)


@pytest.mark.parametrize("method", ["ape", "gpo"])
def test_an_engine_tells_a_plan_that_was_cut_from_a_limit_that_was_reached(
    workspace: Workspace, method: str
) -> None:
    store = workspace.store()
    run_id = workspace.finish(workspace.config(method=method, budget={"max_calls": 90}), store)
    told = [each.event for each in store.events(run_id)]
    first, *_ = (each for each in told if isinstance(each, ev.LimitReached))
    assert first.cut
    assert first.limit == "max_calls"
    estimated = store.state(run_id).estimate
    assert estimated is not None
    assert estimated.test_calls == 20


@pytest.mark.parametrize("size", SIZES)
async def test_all_runs_are_unmarked(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    for name in ("one", "two", "three"):
        RunPlayer(store, name).play_all()
    async with open_app(size) as pilot:
        await do(pilot, "runs.mark", "runs.mark")
        assert "2 marked" in screen_text(pilot)
        await do(pilot, "runs.unmark")
        assert "2 marked" not in screen_text(pilot)
        assert "◆" not in screen_text(pilot)
        await do(pilot, "runs.unmark")
        await do(pilot, "runs.delete")
        assert "Delete the run?" in screen_text(pilot)
