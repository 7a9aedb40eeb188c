"""The files of a new run: what is browsed, saved, opened and edited."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from promptopt.errors import InputError
from promptopt.runs.config import config_from_dict, load_config
from promptopt.runs.data_reader import DataReader
from promptopt.runs.forecast import forecast
from tests.tui.conftest import (
    NARROW,
    OpenApp,
    do,
    enter_text,
    press,
    screen_lines,
    screen_text,
    settle,
)
from tests.tui.new_run_form import data, field, fill, form_of, known
from tests.workspace import workspace
from tui.cells import shown
from tui.folder_rows import FolderListing, folder_rows
from tui.run_draft import RunDraft
from tui.screens.browse import BrowseDialog
from tui.screens.dialog import ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.new_run import NewRunScreen
from tui.screens.save import SaveDialog
from tui.widgets.folder_table import FolderTable

__all__ = ["data", "workspace"]

SECONDS = 60
"""After which what should be over counts as hanging."""


async def test_what_is_saved_loads_back_and_is_shown_again(
    data: Path, open_app: OpenApp, tmp_path: Path
) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        for path, text in {
            "task.source": "words.csv",
            "task.input_column": "noun",
            "task.output_column": "plural",
            "task.choices_column": '""',
            "task.seed_prompt": r"Say it.\nIn one \\word.",
            "task.train": "10",
            "task_model.spec": "openai:some/model",
            "task_model.base_url": "http://127.0.0.1:1/v1",
            "optimizer_model.spec": "scripted:plural",
            "budget.max_calls": "1,000",
            "task_model.concurrency": "3",
            "name": "mine",
        }.items():
            await fill(pilot, path, text)
        screen = await known(pilot)
        assert screen.found is not None
        meant = screen.found.config
        assert meant is not None
        assert meant.task.seed_prompt == "Say it.\nIn one \\word."
        assert meant.task.choices_column == ""
        assert meant.budget.max_calls == 1000
        # What a model costs that nobody knows is said to be unknown.
        assert "price unknown" in screen_text(pilot)
        await do(pilot, "new.save")
        dialog = pilot.app.screen
        assert isinstance(dialog, SaveDialog)
        assert dialog.query_one(Input).value == "words-ape.toml"
        await press(pilot, "enter")
        written = tmp_path / "words-ape.toml"
        loaded = load_config(written)
        assert loaded.task.source == str(data)
        assert config_from_dict(screen.draft.tables, "x").method == loaded.method
        for name in ("task_model", "optimizer_model", "budget", "name"):
            assert getattr(loaded, name) == getattr(meant, name)
        # It is not overwritten without a word.
        await fill(pilot, "name", "other")
        await do(pilot, "new.save")
        await press(pilot, "enter")
        assert "exists already" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert load_config(written).name == "mine"
        # Emptied, and opened again by its path: the form shows the file.
        await do(pilot, "new.clear")
        assert "Drop what is in the form?" in screen_text(pilot)
        await press(pilot, "d")
        assert field(pilot, "name").value == ""
        await fill(pilot, "task.source", str(written))
        await press(pilot, "enter")
        await known(pilot)
        assert field(pilot, "name").value == "mine"
        assert field(pilot, "task.seed_prompt").value == r"Say it.\nIn one \\word."
        assert screen.found is not None
        assert screen.found.config == loaded
        assert not screen.draft.unsaved


def editor(folder: Path, script: str) -> str:
    """A program that edits the file it is given."""
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def test_editing_fills_the_form_and_keeps_comments(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.toml"
    file.write_text('# mine\ntask = "sentiment"\nseed = 1\n')
    monkeypatch.setenv("VISUAL", editor(tmp_path, 'sed -i "s/seed = 1/seed = 22/" "$1"'))
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "run.toml")
        await press(pilot, "enter")
        await known(pilot)
        await do(pilot, "new.edit")
        screen = await known(pilot)
        assert field(pilot, "seed").value == "22"
        assert screen.draft.unsaved
        assert file.read_text() == '# mine\ntask = "sentiment"\nseed = 1\n'
        await do(pilot, "new.save")
        await press(pilot, "enter", "o")
        assert file.read_text() == '# mine\ntask = "sentiment"\nseed = 22\n'


async def test_a_bad_edit_is_told_with_its_line_and_not_lost(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = editor(tmp_path, 'printf \'task = "sentiment"\\nseed = oops\\n\' > "$1"')
    monkeypatch.setenv("VISUAL", bad)
    async with open_app(NARROW) as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "plurals")
        screen = await known(pilot)
        await do(pilot, "new.edit")
        assert isinstance(pilot.app.screen, ChoiceDialog)
        assert "line 2" in screen_text(pilot).replace("\n", " ")
        await press(pilot, "escape")
        # The form is as it was, and what was written waits.
        assert field(pilot, "task.source").value == "plurals"
        assert "has a mistake: f4" in screen_lines(pilot)[0]
        editor(tmp_path, 'sed -i "s/oops/9/" "$1"')
        await do(pilot, "new.edit")
        await known(pilot)
        assert field(pilot, "seed").value == "9"
        assert field(pilot, "task.source").value == "sentiment"
        assert screen.draft.broken == ("", "")


async def test_a_configuration_that_cannot_be_used_changes_nothing(
    open_app: OpenApp, tmp_path: Path
) -> None:
    (tmp_path / "bad.toml").write_text('task = "sentiment"\nsedd = 1\n')
    (tmp_path / "dir.toml").mkdir()
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        screen = form_of(pilot)
        for text in ("nowhere.toml", "no/where.toml", "bad.toml", "dir.toml"):
            await fill(pilot, "task.source", text)
            await press(pilot, "enter", "d")  # what stands in the form is not saved
            assert isinstance(pilot.app.screen, ErrorDialog)
            assert text.rpartition("/")[2] in screen_text(pilot)
            await press(pilot, "escape")
            assert isinstance(pilot.app.screen, NewRunScreen)
            assert screen.draft.path is None


async def test_the_browser_goes_up_and_in_and_takes_what_is_typed(
    data: Path, open_app: OpenApp, tmp_path: Path
) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (tmp_path / "mine.toml").write_text("[task]\nsource = 'nowhere.csv'\n")
    (tmp_path / "other.toml").write_text("[tool]\n")
    (tmp_path / "notes.txt").write_text("not data")
    for split in ("train", "test"):
        (folder / f"{split}.csv").write_text(
            "input,output\n" + "".join(f"{split}{n},{n}\n" for n in range(20))
        )
    async with open_app() as pilot:
        await do(pilot, "runs.new", "new.browse")
        browser = pilot.app.screen
        assert isinstance(browser, BrowseDialog)
        names = [row.name for row in browser.query_one(FolderTable).items]
        # Of the TOML files those that speak of a task; hidden files and other ones are left out.
        assert names[:5] == ["../", "words.csv", "mine.toml", "home/", "parts/"]
        await do(pilot, "browse.parent")
        assert browser.folder == tmp_path.parent
        await press(pilot, "l")  # back into the folder that it came from
        assert browser.folder == tmp_path
        await do(pilot, "browse.path")
        await press(pilot, *"wor")
        assert [row.name for row in browser.query_one(FolderTable).items] == ["words.csv"]
        await press(pilot, *"x", "enter")
        assert "there is no file worx" in screen_text(pilot)
        browser.query_one(Input).value = ""
        await enter_text(pilot, "parts")
        await press(pilot, "enter")
        assert browser.folder == folder
        browser.query_one(FolderTable).focus()
        await pilot.pause()
        await do(pilot, "browse.take")
        screen = await known(pilot)
        assert screen.draft.get("task.source") == str(folder)
        assert screen.found is not None
        assert screen.found.data is not None
        assert screen.found.data.counts["test"] == 20


async def test_a_folder_that_cannot_be_read_is_told(open_app: OpenApp, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    async with open_app() as pilot:
        await do(pilot, "runs.new", "new.browse")
        browser = pilot.app.screen
        assert isinstance(browser, BrowseDialog)
        table = browser.query_one(FolderTable)
        table.move_to(next(n for n, row in enumerate(table.items) if row.name == "gone/"))
        (tmp_path / "gone").rmdir()
        await do(pilot, "browse.open")
        problem = browser.query_one("#problem", Static).visual
        assert f"{tmp_path / 'gone'} cannot be read: No such file" in str(problem)
        assert "cannot be read" in screen_text(pilot)
        assert browser.folder == tmp_path


async def test_a_configuration_has_its_ending_in_any_case(
    open_app: OpenApp, tmp_path: Path
) -> None:
    (tmp_path / "CONF.TOML").write_text('task = "sentiment"\nseed = 8\n')
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "CONF.TOML")
        await press(pilot, "enter")
        screen = await known(pilot)
        assert field(pilot, "seed").value == "8"
        for typed, written in {
            "gpo-lr0.5": "gpo-lr0.5.toml",
            "MINE.Toml": "MINE.Toml",
            ".hidden": ".hidden.toml",
        }.items():
            await do(pilot, "new.save")
            pilot.app.screen.query_one(Input).value = ""
            await enter_text(pilot, typed)
            await press(pilot, "enter")
            assert pilot.app.screen is screen
            assert load_config(tmp_path / written).seed == 8
        await do(pilot, "new.clear", "new.browse")
        table = pilot.app.screen.query_one(FolderTable)
        table.move_to(next(n for n, row in enumerate(table.items) if row.name == "CONF.TOML"))
        await press(pilot, "enter")
        await known(pilot)
        assert screen.draft.path == tmp_path / "CONF.TOML"


async def test_a_file_of_a_hostile_name_is_saved_where_it_was(
    open_app: OpenApp, tmp_path: Path
) -> None:
    path = tmp_path / "x\x1b[31m\u202eevil.toml"
    path.write_text('task = "sentiment"\nseed = 1\n')
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await form_of(pilot).take(str(path))
        await fill(pilot, "seed", "2")
        await do(pilot, "new.save")
        offered = pilot.app.screen.query_one(Input)
        assert offered.value == shown(str(path))
        assert "\x1b" not in screen_text(pilot)
        await press(pilot, "enter", "o")
        assert isinstance(pilot.app.screen, NewRunScreen)
        assert load_config(path).seed == 2
        # Whatever is put into any field.
        entry = field(pilot, "name")
        entry.value = "a\x1b[31mb\u202ec"
        await settle(pilot)
        assert entry.value == "a[31mbc"


async def test_a_folder_is_listed_beside_the_app_and_tells_what_it_leaves_out(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.folder_rows.MOST_ENTRIES", 3)
    for name in ("d.csv", "a.csv", "c.csv", "b.csv", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_text("input,output\n1,2\n")
    threads: list[threading.Thread] = []

    def listed(folder: Path) -> FolderListing:
        threads.append(threading.current_thread())
        return folder_rows(folder)

    monkeypatch.setattr("tui.screens.browse.folder_rows", listed)
    async with open_app() as pilot:
        await do(pilot, "runs.new", "new.browse")
        browser = pilot.app.screen
        names = [row.name for row in browser.query_one(FolderTable).items]
        assert names[:4] == ["../", "a.csv", "b.csv", "c.csv"]
        assert "2 more entries are not listed" in screen_text(pilot)
        assert threading.main_thread() not in threads
        # What is not listed is found by its name.
        await do(pilot, "browse.path")
        await enter_text(pilot, "d.csv")
        await press(pilot, "enter")
        screen = await known(pilot)
        assert screen.draft.get("task.source") == str(tmp_path / "d.csv")


def test_a_pipe_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("input,output\n1,2\n")
    for name in ("x.toml", "x.csv"):
        os.mkfifo(tmp_path / name)
    found: list[object] = []

    def work() -> None:
        found.append([row.name for row in folder_rows(tmp_path).rows if row.kind != "bundled"])
        sources = (str(tmp_path / "x.csv"), "/dev/zero")
        found.extend(forecast({"task": {"source": each}}, DataReader()).problem for each in sources)
        try:
            RunDraft().open(tmp_path / "x.toml")
        except InputError as error:
            found.append(str(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "it waits for what never comes"
    assert found[0] == ["../", "real.csv", "home/"]
    assert [str(each).partition(" is ")[2][:17] for each in found[1:]] == ["a pipe or a devic"] * 3
