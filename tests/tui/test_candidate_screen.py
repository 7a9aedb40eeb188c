"""One candidate in the whole window."""

from __future__ import annotations

import pytest

from promptopt.runs import events as ev
from promptopt.runs.state import CandidateState, RunState
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
from tui.lineage_rows import DESCENDANTS_SHOWN, lineage_rows
from tui.prompt_text import diff_content
from tui.screens.candidate import CandidateScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.example import ExampleScreen
from tui.widgets.example_table import ExampleTable
from tui.widgets.lineage_tree import LineageTree


async def opened(pilot: object, candidate: int) -> CandidateScreen:
    """The candidate's screen, opened from the dashboard's table."""
    app = workbench(pilot)  # type: ignore[arg-type]
    screen = app.screen
    assert isinstance(screen, DashboardScreen)
    screen.table.move_to(candidate, by_hand=True)
    await press(pilot, "enter")  # type: ignore[arg-type]
    assert isinstance(app.screen, CandidateScreen)
    return app.screen


async def test_prompt_diff_lineage_and_every_example(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 10)
        text = screen_text(pilot)
        candidate = store.state(player.run_id).candidates[10]
        assert "1 Prompt c010" in text
        assert "Write only the name" in text
        assert f"2 diff against c{candidate.parent:03d}" in text
        assert "▸└ c010" in text
        tree = screen.query_one(LineageTree)
        assert tree.ids == [candidate.parent, 10]
        assert tree.cursor == 10
        assert str(candidate.dev) in text
        assert "fixed " in text
        right = sum(player.scores[10, "dev"].values())
        assert f"3 Examples dev 60 · right {right:.0f}" in text
        table = screen.query_one(ExampleTable)
        assert table.ids == list(range(60))
        for row in screen.rows:
            example = player.task.dev[row.index]
            assert (row.input, row.references) == (example.input, example.references)
            assert row.score == player.scores[10, "dev"][row.index]
            before = player.scores[candidate.parent or 0, "dev"][row.index]
            assert row.before == before


async def test_a_row_shows_input_prediction_reference_and_score(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store, answer="something else").play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 2)
        wrong = next(row for row in screen.rows if row.score == 0)
        screen.query_one(ExampleTable).move_to(wrong.index)
        await settle(pilot)
        line = next(
            line
            for line in screen_text(pilot).splitlines()
            if f" {wrong.index} " in line and "✗" in line
        )
        assert wrong.input in line
        assert "something else" in line
        assert wrong.references[0] in line
        assert "0.00" in line


async def test_what_the_parent_got_where_that_was_partly_right(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    mine, seeds = player.scores[1, "dev"], player.scores[0, "dev"]
    better = [each for each in mine if mine[each] > seeds[each]]
    store._rows(
        "UPDATE predictions SET score = 0.5 WHERE candidate = 0 AND split = 'dev' AND example = ?",
        better[0],
    )
    async with open_app(run_id=player.run_id) as pilot:
        table = (await opened(pilot, 1)).table
        assert table.cells(better[0])["change"].text == "◐→"
        assert table.cells(better[1])["change"].text == "✗→"
        same = next(each for each in mine if mine[each] == seeds[each])
        assert table.cells(same)["change"].text == ""


async def test_showing_wrong_fixed_and_broken(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 1)
        mine, seeds = player.scores[1, "dev"], player.scores[0, "dev"]
        await press(pilot, "f")
        assert {row.index for row in screen.rows} == {i for i, score in mine.items() if not score}
        await press(pilot, "f")
        assert {row.index for row in screen.rows} == {i for i in mine if mine[i] > seeds[i]}
        await press(pilot, "f")
        assert {row.index for row in screen.rows} == {i for i in mine if mine[i] < seeds[i]}
        await press(pilot, "f")
        assert {row.index for row in screen.rows} == {i for i in mine if mine[i] == seeds[i]}
        await press(pilot, "f")
        assert screen.rows == []
        assert "No such examples." in screen_text(pilot)
        await press(pilot, "f")
        assert len(screen.rows) == 60


async def test_the_diff_counts_words_against_the_edit_budget(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store, dev=12, test=4).play_all()
    for number, (distance, outcome) in enumerate(((3, "sent back"), (9, "over")), 11):
        player.write(
            ev.CandidateAdded(number, "Name the larger.", "edit", 2, (1,), distance, 5, outcome)
        )
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 11)
        state = screen.feed.state
        assert "5 allowed" in screen_text(pilot)
        diff = diff_content(state, state.candidates[11]).plain
        assert diff.startswith("6 words changed of 5 allowed, at the second try\n\n")
        diff = diff_content(state, state.candidates[12]).plain
        assert diff.startswith("6 words changed of 5 allowed, which was only recorded\n\n")


async def test_the_lineage_is_walked(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    state = store.state(player.run_id)
    parent = state.candidates[8].parent
    children = [each.id for each in state.candidates.values() if each.parent == parent]
    assert parent is not None
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 8)
        await do(pilot, "candidate.parent")
        assert screen.candidate_id == parent
        tree = screen.query_one(LineageTree)
        assert tree.ids == [parent, *children]
        await do(pilot, "candidate.pane-4", "list.down", "candidate.open")
        assert screen.candidate_id == children[0]
        assert tree.ids == [parent, children[0]]
        assert screen.focused is tree
        await do(pilot, "list.up", "candidate.open")
        assert screen.candidate_id == parent


def test_a_tree_of_many_generations() -> None:
    state = RunState("r")
    parents = {0: None, 1: 0, 2: 0, 3: 1, 4: 1, 5: 3, 6: 99}
    for number, parent in parents.items():
        line = () if parent is None else (parent,)
        state.candidates[number] = CandidateState(number, "", "edit", 0, line, None)

    def ids(candidate: int) -> list[int]:
        return [row.id for row in lineage_rows(state, state.candidates[candidate])[0]]

    rows, cut = lineage_rows(state, state.candidates[1])
    assert not cut
    assert [f"{row.joint}{row.id}" for row in rows] == ["0", "└ 1", "  ├ 3", "  │ └ 5", "  └ 4"]
    assert ids(5) == [0, 1, 3, 5]
    assert ids(6) == [6]
    state.candidates[0].parents = (3,)  # a damaged store must not hang the screen
    assert sorted(ids(0)) == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [*SIZES, (200, 60)])
async def test_names_can_be_read_however_deep_they_stand(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    last = max(store.state(player.run_id).candidates)
    for number in range(last + 1, last + 31):
        parent = number - 1 if number > last + 1 else 8
        player.write(ev.CandidateAdded(number, f"Name the {number}.", "edit", 2, (parent,), 3))
    async with open_app(size, run_id=player.run_id) as pilot:
        screen = await opened(pilot, last + 30)
        await do(pilot, "candidate.pane-4")
        tree = screen.query_one(LineageTree)
        assert len(tree.ids) == 32
        seen = screen_text(pilot)
        for each in tree.ids[-tree.size.height + 1 :]:
            assert f"└ c{each:03d} " in seen


@pytest.mark.parametrize("more", [0, 1, 2_000])
def test_a_prompt_with_very_many_descendants(more: int) -> None:
    state = RunState("r")
    for number in range(DESCENDANTS_SHOWN + 1 + more):
        state.candidates[number] = CandidateState(number, "", "edit", 0, (0,)[:number], None)
    rows, cut = lineage_rows(state, state.candidates[0])
    assert len(rows) == DESCENDANTS_SHOWN + 1
    assert cut is bool(more)


async def test_a_lineage_that_is_cut_says_so(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tui.lineage_rows", "tui.widgets.lineage_tree"):
        monkeypatch.setattr(f"{module}.DESCENDANTS_SHOWN", 1)
    player = RunPlayer(store).play_all()
    for number in (11, 12):
        player.write(ev.CandidateAdded(number, f"Name the {number}.", "edit", 2, (8,), 3))
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 8)
        tree = screen.query_one(LineageTree)
        assert tree.ids[-2:] == [8, 11]
        assert "4 Lineage · first 1 " in screen_text(pilot)
        screen._go_to(12)
        await settle(pilot)
        assert tree.ids[-2:] == [8, 12]
        assert "4 Lineage ─" in screen_text(pilot)


async def test_examples_by_one_key_each(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 1)
        mine, seeds = player.scores[1, "dev"], player.scores[0, "dev"]

        def shown() -> set[int]:
            return {row.index for row in screen.rows}

        await do(pilot, "candidate.show-wrong")
        assert shown() == {i for i in mine if not mine[i]}
        await do(pilot, "candidate.show-fixed")
        assert shown() == {i for i in mine if mine[i] > seeds[i]}
        await do(pilot, "candidate.show-broken")
        assert shown() == {i for i in mine if mine[i] < seeds[i]}
        await do(pilot, "candidate.show-same")
        assert shown() == {i for i in mine if mine[i] == seeds[i]}
        await do(pilot, "candidate.show-failed")
        assert shown() == set()
        await do(pilot, "candidate.show-all")
        assert shown() == set(mine)


@pytest.mark.parametrize("size", SIZES)
async def test_the_exact_messages_that_were_sent(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        screen = await opened(pilot, 2)
        await do(pilot, "candidate.pane-3", "candidate.open", "example.messages")
        example = pilot.app.screen
        assert isinstance(example, ExampleScreen)
        sent = player.task.template.render(player.prompts[2], player.task.dev[0])
        flat = " ".join(screen_text(pilot).replace("│", " ").split())
        assert " ".join(sent.split()) in flat
        await do(pilot, "example.messages")
        assert "Accepted answers" in screen_text(pilot)
        assert f"What c{screen.feed.state.candidates[0].id:03d} answered" in screen_text(pilot)


async def test_second_turns_are_shown_as_they_were(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    said = "[user]\nthe question\n\n[assistant]\na long answer\n\n[user]\nand now in short"
    store._rows(
        "UPDATE responses SET request = ? WHERE id = (SELECT response FROM predictions "
        "WHERE candidate = 2 AND split = 'dev' AND example = 0)",
        said,
    )
    async with open_app(run_id=player.run_id) as pilot:
        await opened(pilot, 2)
        await do(pilot, "candidate.open", "example.messages")
        for line in said.splitlines():
            assert line in screen_text(pilot)


async def test_filter_examples(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 1)
        await press(pilot, "slash")
        await enter_text(pilot, "whale")
        await press(pilot, "enter")
        expected = [i for i, each in enumerate(player.task.dev) if "whale" in each.input]
        assert [row.index for row in screen.rows] == expected
        await press(pilot, "escape")
        assert len(screen.rows) == 60
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, DashboardScreen)


async def test_test_examples_only_once_there_are_scores(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        best = store.state(player.run_id).best
        assert best is not None
        screen = await opened(pilot, best.id)
        await press(pilot, "t")
        assert "3 Examples test 80" in screen_text(pilot)
        assert [row.input for row in screen.rows] == [each.input for each in player.task.test]
        # A candidate that was never tested shows its dev examples.
        await press(pilot, "right_square_bracket")
        assert screen.split == "dev"
        await press(pilot, "t")
        assert screen.split == "dev"


async def test_next_and_previous_candidate_in_the_order_of_the_table(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = workbench(pilot).screen
        assert isinstance(dashboard, DashboardScreen)
        order = list(dashboard.table.ids)
        screen = await opened(pilot, order[0])
        await press(pilot, "left_square_bracket")
        assert screen.candidate_id == order[0]
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert screen.candidate_id == order[2]
        assert f"1 Prompt c{order[2]:03d}" in screen_text(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_reading_an_example_whole(
    store: Store, open_app: OpenApp, size: tuple[int, int]
) -> None:
    long_answer = "because " * 30 + "the end"
    player = RunPlayer(store, answer=long_answer).play_all()
    async with open_app(size, run_id=player.run_id) as pilot:
        screen = await opened(pilot, 3)
        await press(pilot, "3", "f", "enter")
        example = pilot.app.screen
        assert isinstance(example, ExampleScreen)
        text = screen_text(pilot)
        assert example.row.input in text
        assert "the end" in text
        assert "Accepted answers" in text
        first = example.row.index
        await press(pilot, "n")
        assert example.row.index != first
        await press(pilot, "escape")
        assert pilot.app.screen is screen


async def test_narrow_window_shows_one_pane_at_a_time(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(NARROW, run_id=player.run_id) as pilot:
        screen = await opened(pilot, 10)
        seen = {}
        for number, mark in enumerate(("1 Prompt", "2 diff", "3 Examples", "4 Lineage"), 1):
            await press(pilot, str(number))
            text = screen_text(pilot)
            assert mark in text
            assert "1 prompt · 2 diff · 3 examples · 4 lineage" in text
            assert screen.focused is not None
            seen[number] = screen.focused.id
        assert list(seen.values()) == ["prompt", "diff", "examples", "lineage"]
        await press(pilot, "tab")
        assert "1 Prompt" in screen_text(pilot)
        await pilot.resize_terminal(120, 36)
        await settle(pilot)
        assert "4 Lineage" in screen_text(pilot)
        assert "3 Examples" in screen_text(pilot)


async def test_examples_come_in_while_the_candidate_is_scored(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 1)
    async with open_app(run_id=player.run_id) as pilot:
        screen = await opened(pilot, 1)
        assert "No examples scored yet." in screen_text(pilot)
        player.go_on(8)
        await settle(pilot)
        assert len(screen.rows) == 10
        assert "3 Examples dev 10" in screen_text(pilot)
