"""Other keys for the actions: what a keymap file may say, and that it is heeded everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.screen import Screen

from promptopt.errors import InputError
from promptopt.runs.preview import PreviewRow
from promptopt.runs.store import Store
from tests.tui.conftest import OpenApp, press, screen_lines, screen_text, settle, workbench
from tests.tui.run_player import RunPlayer
from tests.tui.terminal import Terminal
from tui.actions import ACTIONS
from tui.app import WorkbenchApp
from tui.key_names import is_typed, key_name, shown_key
from tui.keymap import Keymap, keymap_path, keymap_template, load_keymap
from tui.main import main
from tui.palette import ActionsProvider
from tui.run_draft import RunDraft
from tui.screens.browse import BrowseDialog
from tui.screens.dashboard import DashboardScreen
from tui.screens.error import ErrorDialog
from tui.screens.export import ExportDialog
from tui.screens.pick import PickDialog
from tui.screens.questions import stop_question
from tui.screens.row import RowDialog
from tui.screens.runs import RunsScreen
from tui.screens.save import SaveDialog


def written(text: str) -> Path:
    path = keymap_path()
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_all_keys_are_as_by_default() -> None:
    assert load_keymap() == Keymap()


def test_the_file_lies_in_the_home_of_promptopt_or_the_users_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert keymap_path() == Path(os.environ["PROMPTOPT_HOME"]) / "keys.toml"
    monkeypatch.delenv("PROMPTOPT_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert keymap_path().name == "keys.toml"
    assert keymap_path().parent.name == "promptopt"


def test_a_key_a_list_of_keys_and_a_table_for_a_scope() -> None:
    written('dashboard.freeze = "f"\n"runs.demo" = ["f5", "ctrl+T"]\n[list]\ndown = ["down", "J"]')
    keymap = load_keymap()
    assert keymap.changed == {
        "dashboard.freeze": ("f",),
        "runs.demo": ("f5", "ctrl+t"),
        "list.down": ("down", "J"),
    }


def test_two_actions_may_swap_their_keys() -> None:
    written('dashboard.filter = "s"\ndashboard.sort = "/"')
    assert load_keymap().changed == {"dashboard.filter": ("s",), "dashboard.sort": ("slash",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys\n", "is no TOML"),
        ("\ndashboard.pauze = 'p'", "line 2: there is no action dashboard.pauze; did you mean"),
        ("[nothing.at]\nall = 'p'", "line 2: there is no action nothing.at.all; promptopt-tui"),
        ("dashboard.pause = 3", "line 1: dashboard.pause takes a key"),
        ("dashboard.pause = []", "needs at least one key"),
        ("dashboard.pause = 'ctrk+x'", "line 1: dashboard.pause: 'ctrk' is no modifier"),
        ("dashboard.pause = 'fx'", "dashboard.pause: there is no key 'fx'"),
        ("dashboard.pause = 'shift+p'", "write P for shift and p"),
        ("# a\n[dashboard]\npause = 's'", "line 3: dashboard.pause and dashboard.sort would both"),
        ("dashboard.pause = 'j'", "dashboard.pause and list.down would both have j"),
        ("list.down = ['j', 'h']", "list.down and pane.left would both have h"),
        ("app.leave = 'p'", "app.leave and runs.pause would both have p"),
        ("dashboard.pause = 'ctrl+i'", "dashboard.pause and screen.focus-next would both"),
        ("app.quit = 'Q'", "could not be typed any more"),
        ("dashboard.pause = 'ctrl+p'", "dashboard.pause and app.command-palette would both"),
    ],
)
def test_what_cannot_be_heeded_is_refused_with_its_place(text: str, said: str) -> None:
    path = written(text)
    with pytest.raises(InputError) as caught:
        load_keymap()
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    path = written(
        "dashboard.pauze = 'P'\nruns.demo = 'ctrk+x'\ndashboard.pause = 'j'\nruns.filter = 'F'"
    )
    with pytest.raises(InputError) as caught:
        load_keymap()
    lines = str(caught.value).splitlines()
    assert [line.removeprefix(f"{path}, ").partition(":")[0] for line in lines] == [
        "line 1",
        "line 2",
        "line 3",
        "line 3",
    ]
    assert "there is no action" in lines[0]
    assert "is no modifier" in lines[1]
    assert "dashboard.pause and list.down would both have j" in lines[2]
    assert "dashboard.pause and text.down would both have j" in lines[3]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_keymap(tmp_path)


def test_the_template_names_every_action_and_is_valid_when_uncommented() -> None:
    text = keymap_template()
    written(text)
    assert load_keymap() == Keymap()
    lines = [line[2:] for line in text.splitlines() if " = " in line]
    assert len(lines) == len(ACTIONS)
    written("\n".join(lines))
    keymap = load_keymap()
    assert set(keymap.changed) == {action.id for action in ACTIONS}
    for action in ACTIONS:
        assert keymap.action(action.id).keys == action.keys


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("?", "question_mark", "?"),
        ("G", "G", "G"),
        ("ctrl+P", "ctrl+p", "^p"),
        ("Enter", "enter", "⏎"),
        ("esc", "escape", "esc"),
        (" ", "space", "space"),
        ("+", "plus", "+"),
        ("shift+tab", "shift+tab", "⇧tab"),
        ("PgUp", "pageup", "PgUp"),
        ("-", "minus", "-"),
        ("shift+ctrl+left", "ctrl+shift+left", "ctrl+shift+←"),
        ("ö", "ö", "ö"),
    ],
)
def test_names_of_keys(text: str, name: str, shown: str) -> None:
    assert key_name(text) == name
    assert key_name(name) == name
    assert shown_key(name) == shown


def test_which_keys_put_a_character_into_a_field() -> None:
    assert all(map(is_typed, ("a", "space", "slash", "question_mark")))
    assert not any(map(is_typed, ("tab", "enter", "f5", "ctrl+a", "up", "delete")))


async def test_footer_help_palette_and_hints_show_the_new_keys(
    store: Store, open_app: OpenApp
) -> None:
    player = RunPlayer(store).play_all()
    keymap = Keymap({"dashboard.freeze": ("f6",), "app.help": ("f3",), "runs.demo": ("Z",)})
    async with open_app(run_id=player.run_id, keymap=keymap) as pilot:
        footer = screen_lines(pilot)[-1]
        assert "f6 Freeze" in footer
        assert "f3 Help" in footer
        hits = [hit async for hit in ActionsProvider(pilot.app.screen).discover()]
        freeze = next(hit for hit in hits if hit.text == "candidates: freeze the table")
        assert "f6" in str(freeze.help)
        await press(pilot, "f3")
        text = screen_text(pilot)
        assert " f6 " in text
        assert " space " not in text


async def test_the_new_key_acts_and_the_old_one_does_not(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    keymap = Keymap({"dashboard.freeze": ("f6",), "dashboard.sort": ("space",)})
    async with open_app(run_id=player.run_id, keymap=keymap) as pilot:
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        before = screen.sorting
        await press(pilot, "space")
        assert not screen.frozen
        assert screen.sorting != before
        await press(pilot, "f6")
        assert screen.frozen


async def test_the_welcome_names_the_keys_that_work(store: Store, open_app: OpenApp) -> None:
    async with open_app(keymap=Keymap({"runs.demo": ("Z",)})) as pilot:
        assert isinstance(pilot.app.screen, RunsScreen)
        assert "Z  start the demonstration" in screen_text(pilot)


def test_a_keymap_that_cannot_be_heeded_is_told_before_the_workbench_opens() -> None:
    path = written("dashboard.pause = 's'\nruns.demo = 'fx'")
    with Terminal() as terminal:
        assert terminal.end() == 2
        assert sum(line.startswith("error: ") for line in terminal.text.splitlines()) == 2
        said = terminal.text.replace("\n", "")
    assert "dashboard.pause and dashboard.sort would both have s" in " ".join(said.split())
    assert path.name in said
    assert b"\x1b[?1049h" not in terminal.written


def test_all_keys_are_printed_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print-keys"]) == 0
    assert capsys.readouterr().out == keymap_template()


@pytest.mark.parametrize(
    ("opened", "named"),
    [
        (lambda _: stop_question("a-run", 1), {"f12": "Cancel"}),
        (lambda _: ErrorDialog("It broke", "for a reason"), {"f10 f12": "Close", "f11": "Copy"}),
        (lambda _: RowDialog(PreviewRow("dev", "in", ("out",))), {"f12": "Close"}),
        (lambda _: SaveDialog(RunDraft(), "mine.toml"), {"f12": "cancel"}),
        (lambda _: PickDialog("Choose", [], "", "left out"), {"f9f8": "choose", "f12": "cancel"}),
        (lambda _: BrowseDialog(Path.cwd()), {"f7": "up", "f12": "cancel"}),
        (
            lambda app: ExportDialog(app.store, app.store.state(app.store.runs()[0].id), [1], "it"),
            {"f6": "file", "f12": "Cancel"},
        ),
    ],
    ids=["question", "error", "row", "save", "pick", "browse", "export"],
)
async def test_dialogs_name_the_keys_that_actions_have_now(
    store: Store,
    open_app: OpenApp,
    opened: Callable[[WorkbenchApp], Screen[object]],
    named: dict[str, str],
) -> None:
    RunPlayer(store).play_all()
    others = {
        "dialog.cancel": "f12",
        "error.copy": "f11",
        "error.close": "f10",
        "dialog.before": "f9",
        "dialog.next": "f8",
        "pane.left": "f7",
        "screen.focus-next": "f6",
    }
    async with open_app(keymap=Keymap({each: (key,) for each, key in others.items()})) as pilot:
        workbench(pilot).push_screen(opened(workbench(pilot)))
        await settle(pilot)
        text = " ".join(screen_text(pilot).split())
        for keys, what in named.items():
            assert f"{keys} {what}" in text
        assert "esc " not in text


async def test_the_form_names_the_key_that_chooses_now(store: Store, open_app: OpenApp) -> None:
    async with open_app(keymap=Keymap({"new.choose": ("f12",)})) as pilot:
        await press(pilot, "n")
        assert "or choose them with f12." in screen_text(pilot)
        await press(pilot, "down")
        assert "f12 choose" in screen_text(pilot)
