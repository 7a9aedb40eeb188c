"""The form for a new run: its fields, the rows of the data, what can be chosen."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from textual.widgets import OptionList

from promptopt.runs.config import load_config
from tests.tui.conftest import (
    NARROW,
    SIZES,
    WIDE,
    OpenApp,
    do,
    press,
    screen_lines,
    screen_text,
    settle,
)
from tests.tui.new_run_form import data, field, fill, form_of, known
from tests.workspace import workspace
from tui.cells import shown
from tui.screens.browse import BrowseDialog
from tui.screens.error import ErrorDialog
from tui.screens.new_run import NewRunScreen
from tui.screens.pick import PickDialog
from tui.screens.row import RowDialog
from tui.screens.runs import RunsScreen
from tui.widgets.folder_table import FolderTable
from tui.widgets.form import Form

__all__ = ["data", "workspace"]


async def test_columns_are_chosen_and_the_rows_follow(data: Path, open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "words.csv")
        screen = await known(pilot)
        # Two of three columns have no names that are known, so one has to be told.
        assert screen.found is not None
        assert screen.found.data is None
        assert "is known to be" in screen_text(pilot).replace("\n", " ")
        for path, name in (("task.input_column", "noun"), ("task.output_column", "french")):
            field(pilot, path).focus()
            await pilot.pause()
            await do(pilot, "new.choose")
            assert isinstance(pilot.app.screen, PickDialog)
            assert pilot.app.screen.query_one(OptionList).option_count == 4
            await press(pilot, *name[:4], "enter")
            assert field(pilot, path).value == name
            await known(pilot)
        assert "mot1" in screen_text(pilot)
        await fill(pilot, "task.output_column", "plural")
        await known(pilot)
        assert "words1" in screen_text(pilot)
        assert "mot1" not in screen_text(pilot)
        # Test stays sealed.
        counts = screen.found.data.counts if screen.found and screen.found.data else {}
        assert counts["test"] > 0
        rows = screen.found.data.rows if screen.found and screen.found.data else ()
        assert {row.split for row in rows} == {"train", "dev"}
        assert len(rows) == counts["train"] + counts["dev"]


async def test_a_row_is_read_whole(data: Path, open_app: OpenApp) -> None:
    async with open_app(NARROW) as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "antonyms")
        screen = await known(pilot)
        await do(pilot, "new.pane-2", "list.down", "new.choose")
        assert isinstance(pilot.app.screen, RowDialog)
        assert screen.found is not None
        assert screen.found.data is not None
        assert screen.found.data.rows[1].input in screen_text(pilot)
        await do(pilot, "dialog.cancel")
        assert isinstance(pilot.app.screen, NewRunScreen)


async def test_a_preset_brings_its_method_and_a_method_of_its_own_drops_the_preset(
    open_app: OpenApp,
) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        screen = form_of(pilot)
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, "method.proposals", "7")
        before = await known(pilot)
        assert before.found is not None
        calls = before.found.cost.calls if before.found.cost else 0
        field(pilot, "preset").focus()
        await pilot.pause()
        await do(pilot, "new.choose")
        await press(pilot, *"gpo-edit", "enter")
        await known(pilot)
        assert screen.draft.tables["preset"] == "gpo-edit"
        assert "method" not in screen.draft.tables  # APE's proposals mean nothing to GPO
        assert field(pilot, "method.name").placeholder == "gpo"
        assert field(pilot, "method.refinement").placeholder == "edit"
        assert screen.found is not None
        assert screen.found.problem == ""
        assert screen.found.cost is not None
        assert screen.found.cost.calls != calls
        await fill(pilot, "method.name", "ape")
        await known(pilot)
        assert screen.draft.tables["method"] == {"name": "ape"}
        assert "preset" not in screen.draft.tables
        assert field(pilot, "method.proposals").placeholder == "50"


async def test_the_form_is_still_there_when_one_comes_back(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, "seed", "5")
        await do(pilot, "new.back")
        assert isinstance(pilot.app.screen, RunsScreen)
        await do(pilot, "runs.new")
        await known(pilot)
        assert field(pilot, "seed").value == "5"
        assert screen_lines(pilot)[1].startswith(" sentiment")


@pytest.mark.parametrize("size", SIZES)
async def test_a_bad_row_is_shown_in_its_place(
    open_app: OpenApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    rows = "".join(f"q{n},a{n}\n" for n in range(30))
    (tmp_path / "bad.csv").write_text(f"input,output\n{rows}one,two,three\nlast,row\n")
    async with open_app(size) as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "bad.csv")
        await known(pilot)
        assert "bad.csv:32" in screen_text(pilot)
        await do(pilot, "new.pane-2")
        lines = screen_lines(pilot)
        assert any("▸     32  one,two,three" in line for line in lines)
        assert any("       33  last,row" in line for line in lines)
        await do(pilot, "new.start")
        assert isinstance(pilot.app.screen, ErrorDialog)


HOSTILE = "[/INST] [@click=app.quit]\x1b[31mred\x1b[0m \u202eabc 東京 👩‍👩‍👧"


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_and_cells_are_text(
    open_app: OpenApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    name = HOSTILE.replace("/", "") + ".csv"
    with (tmp_path / name).open("w", newline="") as file:
        rows = [[f"{n} {HOSTILE}", f"{HOSTILE} {n}"] for n in range(30)]
        csv.writer(file).writerows([("input", HOSTILE), *rows])
    async with open_app(size) as pilot:
        await do(pilot, "runs.new", "new.browse")
        browser = pilot.app.screen
        assert isinstance(browser, BrowseDialog)
        assert "[@click=app.quit]␛[31mred" in screen_text(pilot)
        table = browser.query_one(FolderTable)
        table.move_to(next(n for n, row in enumerate(table.items) if row.name == name))
        await press(pilot, "enter")
        screen = await known(pilot)
        # The field shows the name made safe, and means the file all the same.
        assert screen.draft.get("task.source") == str(tmp_path / name)
        assert screen.found is not None
        assert screen.found.problem == ""
        field(pilot, "task.output_column").focus()
        await pilot.pause()
        await do(pilot, "new.choose")
        assert "[/INST]" in screen_text(pilot)
        # The column that is chosen is meant, and shown made safe.
        await press(pilot, *"INST", "enter")
        assert screen.draft.get("task.output_column") == HOSTILE
        assert field(pilot, "task.output_column").value == shown(HOSTILE)
        assert "\x1b" not in screen_text(pilot)
        await known(pilot)
        assert screen.found.problem == ""
        for action in ("pane-2", "pane-3", "pane-4"):
            if action == "pane-2":
                await do(pilot, "new.pane-2")
            elif action == "pane-3":
                await do(pilot, "new.pane-3")
            else:
                await do(pilot, "new.pane-4")
            assert "\x1b" not in screen_text(pilot)
            assert "\u202e" not in screen_text(pilot)
        await do(pilot, "new.pane-2", "new.choose")
        assert "[@click=app.quit]" in screen_text(pilot)
        await press(pilot, "escape")
        await do(pilot, "new.pane-1", "new.save")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, NewRunScreen)
        assert screen.draft.path is not None
        assert load_config(screen.draft.path).task.source == str(tmp_path / name)


async def test_fields_take_letters_and_the_arrows_go_from_field_to_field(
    open_app: OpenApp,
) -> None:
    async with open_app(NARROW) as pilot:
        await do(pilot, "runs.new")
        await press(pilot, *"jkq?n")
        assert field(pilot, "task.source").value == "jkq?n"
        assert isinstance(pilot.app.screen, NewRunScreen)
        # What the footer says works in a field, too.
        assert "f1 Help" in screen_lines(pilot)[-1]
        await do(pilot, "new.next")
        assert pilot.app.focused is field(pilot, "task.input_column")
        await do(pilot, "new.before")
        assert pilot.app.focused is field(pilot, "task.source")
        await do(pilot, "screen.focus-next", "screen.focus-next", "screen.focus-previous")
        assert pilot.app.focused is field(pilot, "task.input_column")


async def test_a_click_on_the_mark_offers_what_is_known(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        entry = field(pilot, "task.metric")
        await pilot.click(entry, offset=(entry.size.width - 1, 0))
        await settle(pilot)
        assert isinstance(pilot.app.screen, PickDialog)
        await press(pilot, *"token", "enter")
        assert entry.value == "token_f1"


async def test_every_pane_can_be_reached_at_every_size(open_app: OpenApp) -> None:
    async with open_app(WIDE) as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "odd_one_out")
        screen = await known(pilot)
        for size in (WIDE, (40, 12), (200, 60), NARROW):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert pilot.app.focused is not None
            assert pilot.app.focused.display
            for number, inside in {2: "#rows", 3: "#data", 4: "#cost"}.items():
                await press(pilot, f"f{number + 4}")
                assert pilot.app.focused is screen.query_one(inside)
                assert screen.query_one(inside).region.height > 2
            await press(pilot, "f5")
            assert pilot.app.focused is field(pilot, "task.source")
            assert screen.query_one(Form).region.width > 30
