"""Writing a prompt to a file from the workbench."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path

import pytest
from textual.widgets import Input

from promptopt.results.export import export_text
from promptopt.results.export.several import together
from promptopt.results.front import front
from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, OpenApp, do, press, screen_text, settle, workbench
from tests.tui.run_player import PROMPTS, RunPlayer
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.export import FORMATS, ExportDialog, FormatList


async def name_the_file(pilot: object, path: str) -> None:
    screen = pilot.app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, ExportDialog)
    field = screen.query_one(Input)
    field.value = path
    field.focus()
    await press(pilot, "enter")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
async def test_text_to_the_offered_file(
    store: Store, open_app: OpenApp, tmp_path: Path, size: tuple[int, int]
) -> None:
    player = RunPlayer(store).play_all()
    best = store.state(player.run_id).best
    assert best is not None
    async with open_app(size, run_id=player.run_id) as pilot:
        # What the dialog says of ⏎ holds from the first moment.
        await press(pilot, "e", "enter")
        assert isinstance(pilot.app.screen, DashboardScreen)
        told = "".join(each.message for each in pilot.app._notifications)
        assert told == f"Wrote {tmp_path / player.run_id}-c{best.id:03d}.txt"
    written = tmp_path / f"{player.run_id}-c{best.id:03d}.txt"
    assert written.read_text() == best.text


async def test_a_table_of_all_candidates_bears_the_name_of_the_run(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "e", *["down"] * list(FORMATS).index("csv"), "enter")
        await press(pilot, "e", *["down"] * list(FORMATS).index("csv"), "up", "enter")
    rows = csv.reader(io.StringIO((tmp_path / f"{player.run_id}.csv").read_text()))
    assert len(list(rows)) == 12
    assert (tmp_path / f"{player.run_id}-c{player.kept[0]:03d}.md").is_file()


async def test_another_candidate_in_another_format(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        dashboard = pilot.app.screen
        assert isinstance(dashboard, DashboardScreen)
        dashboard.table.move_to(5, by_hand=True)
        await press(pilot, "e", *["down"] * list(FORMATS).index("json"))
        screen = pilot.app.screen
        assert isinstance(screen, ExportDialog)
        assert screen.query_one(Input).value.endswith("-c005.json")
        await press(pilot, "down")
        assert screen.query_one(Input).value.endswith("-c005.yaml")
        await press(pilot, "up")
        await name_the_file(pilot, str(tmp_path / "chosen.json"))
    assert player.prompts[5] in json.dumps(
        json.loads((tmp_path / "chosen.json").read_text()), ensure_ascii=False
    ).replace("\\n", "\n")


async def test_enter_writes_the_format_that_is_chosen_and_a_click_only_chooses(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "e")
        await pilot.click(FormatList, offset=(4, list(FORMATS).index("markdown")))
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ExportDialog)
        assert screen.format == "markdown"
        await press(pilot, "up", "enter")
        assert isinstance(pilot.app.screen, DashboardScreen)
    (written,) = tmp_path.glob("*.toml")
    assert tomllib.loads(written.read_text())


async def test_asks_before_it_overwrites(store: Store, open_app: OpenApp, tmp_path: Path) -> None:
    player = RunPlayer(store).play_all()
    precious = tmp_path / "precious.txt"
    precious.write_text("precious")
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "e")
        await name_the_file(pilot, str(precious))
        assert isinstance(pilot.app.screen, ChoiceDialog)
        assert "exists already" in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ExportDialog)
        assert precious.read_text() == "precious"
        await press(pilot, "enter", "o")
        assert isinstance(pilot.app.screen, DashboardScreen)
    best = store.state(player.run_id).best
    assert best is not None
    assert precious.read_text() == best.text


async def test_a_folder_that_is_missing_is_named(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        await press(pilot, "e")
        await name_the_file(pilot, str(tmp_path / "nowhere" / "prompt.txt"))
        assert isinstance(pilot.app.screen, ExportDialog)
        assert "there is no folder" in " ".join(screen_text(pilot).split())
        await press(pilot, "escape")
    assert list(tmp_path.glob("*.txt")) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [("~nobody-of-this-name/x", "there is no folder"), ("x" * 300, "File name too long")],
)
async def test_a_name_that_no_file_can_have(
    store: Store, open_app: OpenApp, name: str, told: str
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id, size=(120, 36)) as pilot:
        await press(pilot, "e")
        await name_the_file(pilot, name)
        assert isinstance(pilot.app.screen, ExportDialog)
        assert told in " ".join(screen_text(pilot).replace("│", " ").split())


async def test_best_of_a_run_from_the_list(store: Store, open_app: OpenApp, tmp_path: Path) -> None:
    player = RunPlayer(store).play_all()
    async with open_app() as pilot:
        await press(pilot, "e")
        await name_the_file(pilot, str(tmp_path / "best.txt"))
    best = store.state(player.run_id).best
    assert best is not None
    assert (tmp_path / "best.txt").read_text() == best.text


async def test_to_the_clipboard_in_any_format(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_all()
    best = store.state(player.run_id).best
    assert best is not None
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.export", "export.clipboard")
        assert pilot.app.clipboard == best.text
        assert "were sent to the terminal's clipboard" in screen_text(pilot)
        await do(pilot, "dashboard.export")
        await press(pilot, "down", "down", "down")
        await do(pilot, "export.clipboard")
        assert json.loads(pilot.app.clipboard)["prompt"] == best.text


async def test_the_marked_to_files_of_their_own(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    player = RunPlayer(store).play_all()
    async with open_app(run_id=player.run_id) as pilot:
        screen = workbench(pilot).screen
        assert isinstance(screen, DashboardScreen)
        player.mark(5, 1)
        await settle(pilot)
        await do(pilot, "dashboard.export-several")
        assert "Export 2 candidates marked" in screen_text(pilot)
        assert "one file for each" in screen_text(pilot)
        await name_the_file(pilot, str(tmp_path / "prompts.txt"))
        for each in (5, 1):
            written = tmp_path / f"prompts-c{each:03d}.txt"
            assert written.read_bytes().decode() == player.prompts[each]
        assert "and 1 more" in screen_text(pilot)
        await do(pilot, "dashboard.export-several")
        await name_the_file(pilot, str(tmp_path / "prompts.txt"))
        assert "exists already, and 1 more" in screen_text(pilot)


async def test_without_marks_the_front_in_one_json(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    player = RunPlayer(store).play_all()
    state = store.state(player.run_id)
    async with open_app(run_id=player.run_id) as pilot:
        await do(pilot, "dashboard.export-several")
        await press(pilot, "down", "down", "down")
        await name_the_file(pilot, str(tmp_path / "front.json"))
        written = json.loads((tmp_path / "front.json").read_text())
        assert [each["prompt"] for each in written] == [each.text for each in front(state)]


def test_csv_of_some_keeps_line_breaks_as_they_are(store: Store) -> None:
    texts = ("Seed.", "line\nbreak", "carriage\r\nreturn", 'a "quote", and\rmore')
    state = store.state(RunPlayer(store, prompts=(*texts, *PROMPTS[4:])).play_all().run_id)
    text = together("csv", [1, 3], lambda each: export_text(state, "csv", each))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sorted(row["prompt"] for row in rows) == sorted([texts[1], texts[3]])


async def test_half_a_character_does_not_break_the_clipboard(
    store: Store, open_app: OpenApp
) -> None:
    async with open_app() as pilot:
        workbench(pilot).copy("half \ud83d of it", "prompt")
        await settle(pilot)
        assert pilot.app.clipboard == "half \ufffd of it"
