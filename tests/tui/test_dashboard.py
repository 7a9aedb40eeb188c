"""One run on the dashboard."""

from __future__ import annotations

import pytest

from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import (
    NARROW,
    SIZES,
    WIDE,
    OpenApp,
    enter_text,
    press,
    screen_lines,
    screen_text,
    settle,
    workbench,
)
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.screens.candidate import CandidateScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.log import LogScreen
from tui.screens.runs import RunsScreen
from tui.widgets.event_log import EventLog
from tui.widgets.inspector import Inspector
from tui.widgets.score_chart import ScoreChart


def dashboard(pilot: object) -> DashboardScreen:
    screen = workbench(pilot).screen  # type: ignore[arg-type]
    assert isinstance(screen, DashboardScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_what_must_always_be_seen(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    with held_by_an_engine(store, player.run_id):
        async with open_app(size, run_id=player.run_id) as pilot:
            text = screen_text(pilot)
    state = store.state(player.run_id)
    best = state.best
    assert best is not None
    assert "RUNNING" in text
    assert player.run_id in text
    assert "stage filter 2" in text
    assert f"calls {state.usage.calls:,} of 5,000" in text
    assert f"★ ~{best.dev} c{best.id:03d}" in text
    assert "gain +" in text
    assert "rejected 1" in text
    assert "errors 0" in text
    assert "retries 1" in text
    assert "live " in text


@pytest.mark.parametrize("size", SIZES)
async def test_after_the_end_the_test_scores_of_winner_and_seed_prompt(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        lines = screen_lines(pilot)
    state = store.state(player.run_id)
    assert state.best is not None
    assert state.seed_prompt is not None
    assert "✓ DONE" in lines[0]
    tested = next(line for line in lines if line.strip().startswith("test"))
    assert str(state.best.test) in tested
    assert str(state.seed_prompt.test) in tested


async def test_without_a_limit_calls_stand_against_the_plan(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store, max_calls=None).play_until(ev.StageFinished, 2)
    async with open_app(run_id=player.run_id) as pilot:
        assert "of ≤1,000" in screen_text(pilot)
        assert "INTERRUPTED" in screen_text(pilot)


async def test_a_live_run_moves(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.CandidateAdded, 3)
    with held_by_an_engine(store, player.run_id):
        async with open_app(run_id=player.run_id) as pilot:
            assert "Candidates 3" in screen_text(pilot)
            assert "3 candidates so far" in screen_text(pilot)
            player.go_on()
            await settle(pilot)
            text = screen_text(pilot)
            assert "Candidates 11" in text
            assert "final n=60" in text
            assert "run done" in text


async def test_cursor_stays_on_its_candidate_when_rows_move(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    async with open_app(run_id=player.run_id) as pilot:
        table = dashboard(pilot).table
        await press(pilot, "j", "j", "j")
        assert table.cursor == 3
        moved = False
        for _ in range(4):
            before = list(table.ids)
            player.go_on(12)
            await settle(pilot)
            assert table.cursor == 3
            assert table.ids[table.place] == 3
            moved |= before != table.ids
        assert moved
        await press(pilot, "s")
        assert table.ids[:2] != sorted(table.ids)[:2]
        assert table.cursor == 3
        assert "c003" in str(dashboard(pilot).query_one(Inspector).border_title)


async def test_follows_the_best_until_the_cursor_is_moved(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        first = screen.table.cursor
        assert first == player.kept[0]
        assert "follows the best" in screen_text(pilot)
        player.go_on()
        await settle(pilot)
        best = store.state(player.run_id).best
        assert best is not None
        assert screen.table.cursor == best.id != first
        await press(pilot, "G")
        last = screen.table.cursor
        assert last == screen.table.ids[-1]
        assert "follows the best" not in screen_text(pilot)
        await press(pilot, "b")
        assert screen.table.cursor == best.id


async def test_moving_with_vim_keys(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        table = dashboard(pilot).table
        await press(pilot, "g")
        assert table.place == 0
        await press(pilot, "j", "j", "k")
        assert table.place == 1
        await press(pilot, "G")
        assert table.place == len(table.ids) - 1
        await press(pilot, "j")
        assert table.place == len(table.ids) - 1
        await press(pilot, "l")
        assert isinstance(dashboard(pilot).focused, Inspector)
        await press(pilot, "h")
        assert dashboard(pilot).focused is table


async def test_filter_by_words(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        await press(pilot, "slash")
        await enter_text(pilot, "body size")
        await press(pilot, "enter")
        assert sorted(screen.table.ids) == [5, 10]
        assert "2 with “body size”" in screen_text(pilot)
        assert screen.focused is screen.table
        await press(pilot, "slash")
        await enter_text(pilot, "zzz")
        assert screen.table.ids == []
        assert "No candidate is like that." in screen_text(pilot)
        await press(pilot, "escape")
        assert len(screen.table.ids) == 11
        assert screen.focused is screen.table


@pytest.mark.parametrize("size", SIZES)
async def test_a_filter_that_means_nothing_is_told_and_the_one_before_it_stays(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        await press(pilot, "slash")
        await enter_text(pilot, "op:resample")
        assert screen.table.ids == [each for each in screen.table.ids if each >= 8]
        await press(pilot, "enter", "slash", "end")
        await enter_text(pilot, " scoer>0.1")
        assert "there is no field scoer; did you mean score?" in screen_text(pilot)
        assert sorted(screen.table.ids) == [8, 9, 10]
        await press(pilot, *["backspace"] * 10)
        assert "there is no field" not in screen_text(pilot)
        await enter_text(pilot, " is:[/INST]\x1b")
        assert "nothing is [/inst]; there are best" in screen_text(pilot)
        await press(pilot, "escape")
        assert "nothing is" not in screen_text(pilot)
        assert len(screen.table.ids) == 11


async def test_on_the_way_to_a_condition_the_rows_stay(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        await press(pilot, "slash")
        for key in ("s", "c", "o", "r", "e", "greater_than_sign"):
            await press(pilot, key)
            assert len(screen.table.ids) == 11, key
        await press(pilot, *"2")
        assert screen.table.ids == []
        await press(pilot, *"x")
        assert "score is a number; 2x is none" in screen_text(pilot)
        assert len(screen.table.ids) == 11
        await press(pilot, "backspace", "backspace", *"foo")
        assert len(screen.table.ids) == 11
        await press(pilot, "enter")
        assert screen.focused is screen.table
        text = screen_text(pilot)
        assert "score is a number; foo is none" in text
        assert "with “" not in text
        assert len(screen.table.ids) == 11
        await press(pilot, "slash", "end", *["backspace"] * 4)
        assert len(screen.table.ids) == 11
        assert "enter looks for the word score" in screen_text(pilot)
        await press(pilot, "enter")
        assert screen.table.ids == []
        assert "0 with “score”" in screen_text(pilot)


async def test_sorting_by_any_column_with_keys_and_mouse(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        state = screen.feed.state
        await press(pilot, "j")
        cursor = screen.table.cursor
        await press(pilot, "o", "n")
        sizes = [state.candidates[each].dev.n for each in screen.table.ids]  # type: ignore[union-attr]
        assert sizes == sorted(sizes, reverse=True)
        assert "n▾" in screen_text(pilot)
        await press(pilot, "o", "n")
        assert "n▴" in screen_text(pilot)
        assert screen.table.cursor == cursor
        await press(pilot, "o", "i")
        assert screen.table.ids == sorted(state.candidates)
        header = screen.table.region.y + 1
        column = screen_lines(pilot)[header].index("dev")
        await pilot.click(offset=(column, header))
        await settle(pilot)
        scores = [state.candidates[each].dev.mean for each in screen.table.ids]  # type: ignore[union-attr]
        assert scores == sorted(scores, reverse=True)
        await pilot.click(offset=(column, header))
        await settle(pilot)
        assert "by dev score ▴" in screen_text(pilot)


async def test_marked_candidates_are_seen_and_can_be_filtered(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        first, second = screen.table.ids[:2]
        await press(pilot, "g", "m", "m")
        assert set(screen.feed.marked) == {first, second}
        text = screen_text(pilot)
        assert "2 marked" in text
        assert text.count("◆") == 2
        await press(pilot, "slash")
        await enter_text(pilot, "is:marked")
        assert set(screen.table.ids) == {first, second}
        await press(pilot, "escape", "g", "m")
        assert set(screen.feed.marked) == {second}


async def test_diff_against_the_parent_marks_words(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        screen.table.move_to(10, by_hand=True)
        await settle(pilot)
        assert "Write only the name" in screen_text(pilot)
        await press(pilot, "d")
        text = screen_text(pilot)
        parent = store.state(player.run_id).candidates[10].parent
        assert f"diff against c{parent:03d}" in text
        assert "{+" in text
        await press(pilot, "d")
        assert "{+" not in screen_text(pilot)


async def test_inspector_shows_wrong_answers_with_what_was_wanted(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        best = store.state(player.run_id).best
        assert best is not None
        text = screen_text(pilot)
        wrong = [
            each for each in store.predictions(player.run_id, best.id, "dev") if each.score == 0
        ]
        assert f"{len(wrong)} wrong of 60 examples" in text
        assert f"✗ {player.task.dev[wrong[0].example].input}" in text
        assert f"want {player.task.dev[wrong[0].example].references[0]}" in text
        assert f"got  {wrong[0].text}" in text


async def test_freeze_holds_the_rows_while_the_header_goes_on(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        await press(pilot, "space")
        before = list(screen.table.ids)
        player.go_on()
        await settle(pilot)
        assert screen.table.ids == before
        assert "FROZEN, 3 not shown" in screen_text(pilot)
        assert "DONE" in screen_text(pilot)
        await press(pilot, "space")
        assert len(screen.table.ids) == 11


async def test_panes_by_number(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        for key, kind in (("1", ScoreChart), ("3", Inspector), ("4", EventLog)):
            await press(pilot, key)
            assert isinstance(screen.focused, kind)
        await press(pilot, "2")
        assert screen.focused is screen.table


async def test_narrow_window_opens_prompt_and_events_in_screens(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(NARROW, run_id=player.run_id) as pilot:
        assert "4 events: warnings 2, errors 0" in screen_text(pilot)
        await press(pilot, "4")
        assert isinstance(pilot.app.screen, LogScreen)
        assert "winner on dev" in screen_text(pilot)
        await press(pilot, "escape", "3")
        assert isinstance(pilot.app.screen, CandidateScreen)
        await press(pilot, "escape", "d")
        screen = pilot.app.screen
        assert isinstance(screen, CandidateScreen)
        assert "2 diff against" in screen_text(pilot)


@pytest.mark.parametrize("size", [(200, 60), (120, 24), (80, 50), (20, 5)])
async def test_resized_at_any_moment(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    async with open_app(WIDE, run_id=player.run_id) as pilot:
        await press(pilot, "4")
        await pilot.resize_terminal(*size)
        await settle(pilot)
        screen = dashboard(pilot)
        assert screen.focused is not None
        assert screen.focused.display
        assert len(screen_lines(pilot)) == size[1]
        player.go_on(10)
        await press(pilot, "j")
        await pilot.resize_terminal(*WIDE)
        await settle(pilot)
        assert "3 c0" in screen_text(pilot)
        header = screen_lines(pilot)[1]
        assert "retries" in header


async def test_zoom_and_back(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        await press(pilot, "z")
        assert screen.table.size.width > 110
        assert "DONE" in screen_text(pilot)
        await press(pilot, "z")
        assert screen.table.size.width < 80


async def test_back_to_the_runs(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, RunsScreen)


async def test_a_search_that_begins_anew(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "G", "enter")
        player.write(ev.SearchRestarted("failed calls are asked again"))
        await settle(pilot)
        assert "The search was begun anew" in screen_text(pilot)
        await press(pilot, "escape")
        assert "Candidates 0" in screen_text(pilot)
        assert "No candidates yet." in screen_text(pilot)


async def test_events_follow_until_scrolled_up(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 3)
    async with open_app(run_id=player.run_id) as pilot:
        log = dashboard(pilot).query_one(EventLog)
        assert log.following
        await press(pilot, "4", "g")
        assert not log.following
        player.write(ev.Warned("something new"))
        await settle(pilot)
        assert "something new" not in screen_text(pilot)
        assert "+1 below" in screen_text(pilot)
        await press(pilot, "G")
        assert log.following
        assert "something new" in screen_text(pilot)


async def test_mouse_moves_the_cursor_and_presses_keys_of_the_footer(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = dashboard(pilot)
        await pilot.click(screen.table, offset=(10, 4))
        await settle(pilot)
        assert screen.table.place == 2
        footer = screen_lines(pilot)[-1]
        await pilot.click(offset=(footer.index("Diff"), 35))
        await settle(pilot)
        assert screen.diff
        assert screen_lines(pilot)[-1].index("d Prompt")


async def test_double_click_opens_the_candidate(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        row = dashboard(pilot).table.ids[1]
        await pilot.click(dashboard(pilot).table, offset=(10, 3), times=2)
        await settle(pilot)
        opened = pilot.app.screen
        assert isinstance(opened, CandidateScreen)
        assert opened.candidate_id == row


async def test_copying_a_prompt(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard(pilot).table.move_to(5, by_hand=True)
        await press(pilot, "y")
        assert pilot.app.clipboard == player.prompts[5]
        assert "sent to the terminal" in " ".join(screen_text(pilot).split())
