"""Two candidates side by side, of one run and of two."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from promptopt.results.comparison import Chosen, compare
from promptopt.results.numbers import short, signed_with_error
from promptopt.runs import events as ev
from promptopt.runs.store import Store
from tests.tui.conftest import (
    NARROW,
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
from tui.run_words import score_text
from tui.screens.compare import CompareScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.example import ExampleScreen
from tui.screens.export import ExportDialog
from tui.screens.runs import RunsScreen


def compared(pilot: object) -> CompareScreen:
    screen = workbench(pilot).screen  # type: ignore[arg-type]
    assert isinstance(screen, CompareScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_the_marked_are_compared(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        await press(pilot, "g")
        await do(pilot, "dashboard.mark", "dashboard.mark", "dashboard.compare")
        screen = compared(pilot)
        one, two = list(dashboard.feed.marked)
        assert screen.first.candidate == one
        assert screen.second.candidate == two
        expected = compare(
            store, Chosen(player.run_id, one), Chosen(player.run_id, two), screen.split
        )
        assert expected.difference is not None
        text = screen_text(pilot)
        assert signed_with_error(expected.difference.mean, expected.difference.stderr) in text
        assert "95% interval" in text
        assert f"A better {expected.difference.fixed}" in text
        assert f"B better {expected.difference.broken}" in text
        assert f"A c{one:03d}" in text
        assert f"B c{two:03d}" in text
        await do(pilot, "compare.swap")
        assert screen.first.candidate == two
        assert f"A better {expected.difference.broken}" in screen_text(pilot)


async def test_with_none_marked_a_candidate_is_compared_with_its_parent(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        dashboard.table.move_to(10, by_hand=True)
        await do(pilot, "dashboard.open", "candidate.compare")
        screen = compared(pilot)
        parent = dashboard.feed.state.candidates[10].parent
        assert (screen.first.candidate, screen.second.candidate) == (10, parent)
        await do(pilot, "compare.back", "candidate.mark")
        assert list(dashboard.feed.marked) == [10]
        assert "◆ marked" in screen_text(pilot)
        dashboard.table.move_to(0, by_hand=True)
        await do(pilot, "candidate.back", "dashboard.compare")
        assert {side.candidate for side in compared(pilot)._sides} == {0, 10}


async def test_the_seed_prompt_alone_has_nothing_to_be_compared_with(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        dashboard.table.move_to(0, by_hand=True)
        await press(pilot, "c")
        assert workbench(pilot).screen is dashboard
        assert "mark another one" in screen_text(pilot)


async def test_examples_with_both_answers(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store, answer="something else").play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        player.mark(1, 0)
        await settle(pilot)
        await do(pilot, "dashboard.compare")
        screen = compared(pilot)
        if screen.split == "test":
            await do(pilot, "compare.split")
        mine, its = player.scores[1, "dev"], player.scores[0, "dev"]

        def shown() -> set[int]:
            return {row.index for row in screen.rows}

        await do(pilot, "compare.show-fixed")
        assert shown() == {i for i in mine if mine[i] > its[i]} != set()
        assert "A better" in screen_text(pilot)
        await do(pilot, "compare.show-broken")
        assert shown() == {i for i in mine if mine[i] < its[i]}
        await do(pilot, "compare.show-same")
        assert shown() == {i for i in mine if mine[i] == its[i]}
        await do(pilot, "compare.show-wrong")
        assert shown() == {i for i in mine if not mine[i]}
        await do(pilot, "compare.show-failed")
        assert shown() == set()
        await do(pilot, "compare.show-all")
        assert shown() == set(mine)
        await do(pilot, "compare.show")
        assert screen.showing == "both"
        await do(pilot, "compare.show")
        assert screen.showing == "wrong"
        await do(pilot, "compare.show-fixed", "compare.open")
        example = workbench(pilot).screen
        assert isinstance(example, ExampleScreen)
        text = screen_text(pilot)
        assert "What A answered (c001)" in text
        assert "What B answered (c000)" in text
        assert "something else" in text
        await do(pilot, "example.messages")
        assert player.prompts[1][:20] in screen_text(pilot)
        await do(pilot, "example.back", "compare.filter")
        assert isinstance(pilot.app.focused, Input)
        await enter_text(pilot, "whale")
        assert all("whale" in row.input for row in screen.rows)
        await do(pilot, "filter.clear", "compare.back")
        assert workbench(pilot).screen is dashboard


async def test_panes_copy_split_and_several(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(NARROW, run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        winner = player.kept[0]
        player.mark(winner, 0, 2 if winner != 2 else 3)
        await settle(pilot)
        dashboard.table.move_to(winner, by_hand=True)
        await do(pilot, "dashboard.compare")
        screen = compared(pilot)
        assert screen.split == "test"  # both were scored on it
        await do(pilot, "compare.split")
        assert screen.split == "dev"
        await do(pilot, "compare.copy")
        assert pilot.app.clipboard == dashboard.feed.state.candidates[winner].text
        second = screen.second.candidate
        await do(pilot, "compare.next")
        assert screen.second.candidate not in (second, winner)
        await do(pilot, "compare.previous")
        assert screen.second.candidate == second
        await do(pilot, "compare.pane-1")
        assert "1 A c" in screen_text(pilot)
        await do(pilot, "compare.pane-2")
        assert "2 B c" in screen_text(pilot)
        await do(pilot, "compare.pane-3")
        assert "3 Words from B to A" in screen_text(pilot)
        await do(pilot, "compare.pane-4")
        assert "4 Examples dev 60" in screen_text(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_each_has_its_own_score_and_what_one_was_not_asked_is_no_failure(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        candidates = dashboard.feed.state.candidates
        whole = player.kept[0]
        part = next(
            each.id for each in candidates.values() if each.dev is not None and each.dev.n < 60
        )
        player.mark(part, whole)
        await settle(pilot)
        dashboard.table.move_to(part, by_hand=True)
        await do(pilot, "dashboard.compare", "compare.pane-4")
        screen = compared(pilot)
        assert screen.first.candidate == part
        if screen.split == "test":
            await do(pilot, "compare.split")
        scores = candidates[part].dev, candidates[whole].dev
        assert scores[0] is not None
        assert scores[1] is not None
        assert scores[0].n < scores[1].n == 60
        text = screen_text(pilot)
        for score in scores:
            assert f"dev {score_text(score)}" in text
        assert screen.comparison is not None
        common = screen.comparison.first, screen.comparison.second
        assert common[1] is not None
        assert common[1].n == scores[0].n
        assert f"there A {short(scores[0].mean)}, B {short(common[1].mean)}" in text.replace(
            "\n ", " "
        )
        unasked = [row for row in screen.rows if not row.asked]
        assert len(unasked) == 60 - scores[0].n
        assert {row.sign for row in unasked} == {"·"}
        await do(pilot, "compare.show-failed")
        assert screen.rows == []
        await do(pilot, "compare.show-both")
        assert len(screen.rows) == scores[0].n
        assert all(row.asked for row in screen.rows)
        assert f"of both {scores[0].n}" in screen_text(pilot)
        assert "not asked" not in screen_text(pilot)
        await do(pilot, "compare.show-all", "list.last")
        assert "not asked" in screen_text(pilot)
        assert "· ✓" in screen_text(pilot) or "· ✗" in screen_text(pilot)
        await do(pilot, "compare.open")
        assert "A was not asked" in screen_text(pilot)
        await do(pilot, "example.back", "compare.swap", "list.last", "compare.open")
        assert "not asked" in screen_text(pilot)


async def test_what_is_compared_is_exported(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        player.mark(3, 1)
        dashboard.table.move_to(3, by_hand=True)
        await settle(pilot)
        await do(pilot, "dashboard.compare", "compare.export")
        assert isinstance(workbench(pilot).screen, ExportDialog)
        assert "Export c003" in screen_text(pilot)
        await do(pilot, "dialog.cancel", "compare.swap", "compare.open", "example.export")
        assert "Export c001" in screen_text(pilot)
        await do(pilot, "dialog.cancel")
        assert isinstance(workbench(pilot).screen, ExampleScreen)


async def test_two_runs_are_compared_by_their_best(store: Store, open_app: OpenApp) -> None:
    first = RunPlayer(store, "one").play_all()
    second = RunPlayer(store, "two").play_until(ev.StageFinished, 4)
    async with open_app() as pilot:
        await do(pilot, "runs.compare")
        assert isinstance(workbench(pilot).screen, RunsScreen)
        assert "Mark two runs with m" in screen_text(pilot)
        await do(pilot, "runs.mark", "runs.mark")
        assert screen_text(pilot).count("◆") == 2
        await do(pilot, "runs.compare")
        screen = compared(pilot)
        text = screen_text(pilot)
        assert f"c{second.kept[0]:03d} of two" in text
        assert f"c{first.kept[0]:03d} of one" in text
        assert screen.split == "dev"
        second.go_on()
        await settle(pilot)
        assert screen.split == "test"  # a live run goes on while one looks
        assert "test" in screen_text(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_scores_by_two_metrics_are_not_subtracted(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    RunPlayer(store, "one").play_all()
    RunPlayer(store, "two", metric="token_f1", task_model="openai:m").play_all()
    async with open_app(size) as pilot:
        await do(pilot, "runs.mark", "runs.mark", "runs.compare")
        text = screen_text(pilot)
        assert "not to be subtracted: A is scored by token_f1, B by exact_match" in text
        assert "asked of different models: A on openai:m, B on scripted:animals" in text
        assert "A better" not in text
        assert "interval" not in text
        await do(pilot, "compare.swap")
        assert "A is scored by exact_match, B by token_f1" in screen_text(pilot)


async def test_examples_are_called_by_their_numbers_in_the_split(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    part = next(each for (each, _), known in player.scores.items() if len(known) < 60)
    asked = len(player.scores[part, "dev"])
    answer = store.add_response(
        player.run_id, b"late", 0, role="task", request=None, text="the last one"
    )
    store.add_predictions(player.run_id, part, "dev", [(59, answer, 1.0)])
    player.mark(part, player.kept[0])
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        dashboard.table.move_to(part, by_hand=True)
        await do(pilot, "dashboard.compare")
        screen = compared(pilot)
        assert [row.number for row in screen.rows][: asked + 2] == [*range(asked), 59, asked]
        screen.table.move_to(asked)
        await do(pilot, "compare.open")
        assert "Example dev #59" in screen_text(pilot)
        assert "the last one" in screen_text(pilot)


@pytest.mark.parametrize("damaged", ["one", "two"])
async def test_what_is_wrong_with_one_of_two_runs_is_told_once(
    store: Store, open_app: OpenApp, damaged: str
) -> None:
    for name in ("one", "two"):
        RunPlayer(store, name).play_all()
    async with open_app() as pilot:
        await do(pilot, "runs.mark", "runs.mark", "runs.compare")
        store._rows("INSERT INTO events VALUES (?, 9999, 0, '{')", damaged)
        for _ in range(3):
            await settle(pilot)
        (told,) = (each.message for each in pilot.app._notifications)
        assert f"run {damaged}" in told
        assert "damaged" in told
