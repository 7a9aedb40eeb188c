"""Writing a prompt to a file from the workbench."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from textual.widgets import Input

from promptopt.runs.store import Store
from tests.tui.conftest import SIZES, OpenApp, press, screen_text
from tests.tui.run_player import RunPlayer
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


async def test_best_of_a_run_from_the_list(store: Store, open_app: OpenApp, tmp_path: Path) -> None:
    player = RunPlayer(store).play_all()
    async with open_app() as pilot:
        await press(pilot, "e")
        await name_the_file(pilot, str(tmp_path / "best.txt"))
    best = store.state(player.run_id).best
    assert best is not None
    assert (tmp_path / "best.txt").read_text() == best.text
