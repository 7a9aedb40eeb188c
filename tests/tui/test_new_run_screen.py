"""Setting up a run: data, form, estimate, file, editor, start."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from promptopt.runs.config import config_from_dict, load_config
from promptopt.runs.data_reader import LARGE, DataReader
from promptopt.runs.forecast import Forecast
from promptopt.runs.store import Store
from tests.tui.conftest import (
    NARROW,
    SIZES,
    WIDE,
    OpenApp,
    do,
    enter_text,
    press,
    screen_lines,
    screen_text,
    settle,
)
from tests.workspace import Workspace, wait_until, workspace
from tui.forecaster import Forecaster
from tui.screens.browse import BrowseDialog
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.new_run import NewRunScreen
from tui.screens.pick import PickDialog
from tui.screens.row import RowDialog
from tui.screens.runs import RunsScreen
from tui.screens.save import SaveDialog
from tui.widgets.folder_table import FolderTable
from tui.widgets.form import FieldInput, Form

__all__ = ["workspace"]

PATIENCE = 2_000
"""How often the app is let settle for something that should happen."""


def form_of(pilot: Pilot[None]) -> NewRunScreen:
    screen = next(each for each in pilot.app.screen_stack if isinstance(each, NewRunScreen))
    assert isinstance(screen, NewRunScreen)
    return screen


async def known(pilot: Pilot[None]) -> NewRunScreen:
    """Wait until the estimate of what the form says now is there."""
    screen = form_of(pilot)
    for _ in range(PATIENCE):
        await pilot.pause(0.005)
        if not screen.forecaster.busy:
            break
    assert not screen.forecaster.busy, "no estimate comes"
    await settle(pilot)
    return screen


async def shown_after(pilot: Pilot[None], kind: type) -> None:
    """Wait until a screen of this kind is on top."""
    for _ in range(PATIENCE):
        await pilot.pause(0.005)
        if isinstance(pilot.app.screen, kind):
            return
    raise AssertionError(f"{kind.__name__} does not come, but {pilot.app.screen}")


def field(pilot: Pilot[None], path: str) -> FieldInput:
    return next(each for each in form_of(pilot).query(FieldInput) if each.field.path == path)


async def fill(pilot: Pilot[None], path: str, text: str) -> None:
    """Type into a field what is to stand there."""
    entry = field(pilot, path)
    entry.focus()
    await pilot.pause()
    entry.value = ""
    await settle(pilot)
    if text:
        await enter_text(pilot, text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sixty rows, with two columns that could be asked for and two that are no words known."""
    path = tmp_path / "words.csv"
    with path.open("w", newline="") as file:
        rows = ([f"word{n}", f"words{n}", f"mot{n}"] for n in range(60))
        csv.writer(file).writerows([("noun", "plural", "french"), *rows])
    return path


@pytest.mark.parametrize("size", SIZES)
async def test_from_a_file_that_is_browsed_to_a_run_on_its_dashboard(
    workspace: Workspace, open_app: OpenApp, size: tuple[int, int]
) -> None:
    workspace.home.mkdir(exist_ok=True)
    folder = workspace.folder / "data"
    folder.mkdir()
    workspace.data.rename(folder / "plurals.csv")
    async with open_app(size) as pilot:
        await do(pilot, "runs.new", "new.browse")
        browser = pilot.app.screen
        assert isinstance(browser, BrowseDialog)
        table = browser.query_one(FolderTable)
        names = [row.name for row in table.items]
        assert names[0] == "../"
        assert "data/" in names
        assert "sentiment" in names
        await press(pilot, *["j"] * names.index("data/"), "l")
        await press(pilot, "down")
        assert table.chosen is not None
        assert table.chosen.name == "plurals.csv"
        await do(pilot, "browse.open")
        await known(pilot)
        assert field(pilot, "task.source").value == str(folder / "plurals.csv")
        await fill(pilot, "task_model.spec", "scripted:plural")
        await fill(pilot, "method.proposals", "8")
        await fill(pilot, "task.dev", "12")
        screen = await known(pilot)
        found = screen.found
        assert found is not None
        assert found.cost is not None
        assert found.problem == ""
        assert f"at most {found.cost.calls:,} calls" in screen_text(pilot)
        assert "dev 12" in screen_text(pilot)
        await do(pilot, "new.start")
        assert isinstance(pilot.app.screen, ChoiceDialog)
        assert f"At most {found.cost.calls:,} calls" in screen_text(pilot)
        await press(pilot, "s")
        await shown_after(pilot, DashboardScreen)
        await settle(pilot)
        assert "plurals" in screen_lines(pilot)[0]
        with Store() as store:
            (run,) = store.runs()
            wait_until(lambda: store.state(run.id).status == "done")
            assert len(store.task(run.id).dev) == 12


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
        assert "train 30" in screen_text(pilot) or "sentiment" in screen_text(pilot)


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


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("task.metric", "exact_mach", "did you mean exact_match?"),
        ("budget.max_calls", "many", "budget.max_calls: expected a whole number"),
        ("preset", "gpoo", "did you mean gpo?"),
        ("method.keep", "2", "method.keep"),
        ("task_model.spec", "gpt-9", "unknown model"),
        ("task_model.base_url", "nowhere", "is no web address"),
        ("task_model.spec", "local:missing.gguf", "missing.gguf"),
        ("task.dev", "100000", "asked for: dev 100000"),
        ("budget.max_tokens", "1", "does not reach for one call"),
        ("task.source", "nowhere.csv", "there is no file nowhere.csv"),
        ("task.source", "~nobody/\u200bx", "there is no file"),
        ("task.source", "x" * 5000, "there is no file"),
        ("task_model.api_key_env", "sk-very-secret", "takes the name of an environment variable"),
    ],
)
async def test_what_is_wrong_is_said_and_keeps_the_run_from_starting(
    open_app: OpenApp, path: str, text: str, problem: str
) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        await fill(pilot, path, text)
        screen = await known(pilot)
        assert screen.found is not None
        assert problem in screen.found.problem
        if path == "budget.max_calls":
            assert field(pilot, path).has_class("-wrong")
        await do(pilot, "new.start")
        assert isinstance(pilot.app.screen, ErrorDialog)
        await press(pilot, "escape")
        await fill(pilot, path, "sentiment" if path == "task.source" else "")
        await known(pilot)
        assert screen.found.cost is not None


@pytest.mark.parametrize("text", ["nowhere.toml", "no/where.toml", "bad.toml", "dir.toml"])
async def test_a_configuration_that_cannot_be_used_changes_nothing(
    open_app: OpenApp, tmp_path: Path, text: str
) -> None:
    (tmp_path / "bad.toml").write_text('task = "sentiment"\nsedd = 1\n')
    (tmp_path / "dir.toml").mkdir()
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        screen = form_of(pilot)
        await enter_text(pilot, text)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ErrorDialog)
        assert text.rpartition("/")[2] in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, NewRunScreen)
        assert screen.draft.path is None


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
        await press(pilot, "escape")
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


async def test_quitting_asks_for_a_form_that_is_not_saved(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "plurals")
        await fill(pilot, "seed", "3")
        await do(pilot, "new.back")
        await press(pilot, "q")
        assert "The form for a new run is not saved" in screen_text(pilot)
        await press(pilot, "escape")
        assert pilot.app.is_running
        await do(pilot, "runs.new", "new.save")
        await press(pilot, "enter")
        assert not form_of(pilot).draft.unsaved
        await press(pilot, "ctrl+q")
        assert not pilot.app.is_running


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


async def test_the_latest_change_wins_and_the_form_goes_on_meanwhile(
    open_app: OpenApp, tmp_path: Path
) -> None:
    with (tmp_path / "large.csv").open("w") as file:
        file.write("input,output\n")
        file.writelines(f"{n} {'some words ' * 10},{n % 7}\n" for n in range(LARGE // 100))
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        screen = form_of(pilot)
        await fill(pilot, "task.source", "plurals")
        await known(pilot)
        assert "exact_match" in screen_lines(pilot)[1]
        reader = screen.forecaster._reader
        assert isinstance(reader, DataReader)
        with reader._one_at_a_time:  # as another large file that is being read holds it
            await fill(pilot, "task.source", "large.csv")
            screen._look_soon(0)
            await settle(pilot)
            # Nothing is said of it that was found of other data.
            assert screen.forecaster.busy
            assert "reading" in screen_lines(pilot)[1]
            assert "plurals" not in screen_text(pilot)
            # While it is read, keys are typed, and another change overtakes it.
            await fill(pilot, "seed", "12")
            assert field(pilot, "seed").value == "12"
            assert screen.forecaster.busy
            await fill(pilot, "task.source", "antonyms")
            await known(pilot)
            assert screen_lines(pilot)[1].startswith(" antonyms")
            assert screen.found is not None
            assert screen.found.config is not None
            assert screen.found.config.seed == 12
        # An answer that was on its way when it was overtaken says nothing.
        screen.post_message(Forecaster.Told(1, Forecast(problem="overtaken"), ""))
        await settle(pilot)
        assert screen_lines(pilot)[1].startswith(" antonyms")
        await fill(pilot, "task.source", "large.csv")
        await known(pilot)
        assert screen.found.data is not None
        assert screen.found.data.name == "large"


async def test_what_breaks_while_it_is_estimated_is_told(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by a mistake of ours")

    monkeypatch.setattr("promptopt.runs.forecast.forecast", broken)
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "plurals")
        await known(pilot)
        assert "something broke in promptopt-tui" in screen_text(pilot)


async def test_a_click_on_the_mark_offers_what_is_known(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        entry = field(pilot, "task.metric")
        await pilot.click(entry, offset=(entry.size.width - 1, 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, PickDialog)
        await press(pilot, *"token", "enter")
        assert entry.value == "token_f1"


@pytest.mark.parametrize("size", [NARROW, WIDE, (200, 60), (40, 12)])
async def test_every_pane_can_be_reached_at_every_size(
    open_app: OpenApp, size: tuple[int, int]
) -> None:
    async with open_app(size) as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "odd_one_out")
        screen = await known(pilot)
        for number, inside in {2: "#rows", 3: "#data", 4: "#cost"}.items():
            await press(pilot, f"f{number + 4}")
            assert pilot.app.focused is screen.query_one(inside)
            assert screen.query_one(inside).region.height > 2
        await press(pilot, "f5")
        assert pilot.app.focused is field(pilot, "task.source")
        assert screen.query_one(Form).region.width > 30
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        assert pilot.app.focused is not None
        assert pilot.app.focused.display
