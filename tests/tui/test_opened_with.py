"""What the workbench opens on: data, and a configuration whose name is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptopt.runs import events as ev
from promptopt.runs.config import RunConfig
from promptopt.runs.store import Store
from tests.tui.conftest import NARROW, SIZES, OpenApp, do, press, screen_lines, screen_text
from tests.tui.new_run_form import data, field, form_of, known, shown_after
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.tui.taking_part import until
from tests.tui.terminal import Terminal
from tests.workspace import Workspace, wait_until, workspace
from tui.main import _app, _parse
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.steering import given
from tui.taken_name import free_name

__all__ = ["data", "workspace"]


@pytest.mark.parametrize("size", SIZES)
def test_data_open_the_form_with_them(data: Path, store: Store, size: tuple[int, int]) -> None:
    repository = str(Path(__file__).parents[2])
    environment = {"PYTHONPATH": repository}
    with Terminal(data.name, size=size, environment=environment) as terminal:
        terminal.wait_for("is known to be")  # two of its columns have to be told
        assert "New run" in terminal.screen.display[0]
        assert "words.csv" in terminal.text
        terminal.press("\x1b")
        terminal.wait_for("No runs yet")
        terminal.press("q")
        assert terminal.end() == 0  # a name of data alone is not worth a question
        assert terminal.sane
    assert store.runs() == []


@pytest.mark.parametrize("what", ["words.csv", "folder", "folder:x", "absent.jsonl"])
async def test_what_is_taken_for_data(
    what: str, data: Path, store: Store, open_app: OpenApp
) -> None:
    (data.parent / "folder").mkdir()
    app = _app(_parse([what]), store)
    assert (app._data, app._run_id, app._begin) == (what, None, None)
    async with open_app(NARROW, data=what) as pilot:
        await known(pilot)
        assert form_of(pilot).draft.get("task.source") == what
        assert field(pilot, "task.source").value == what
        assert not form_of(pilot).draft.unsaved


def test_a_run_goes_before_data_of_its_name(tmp_path: Path, store: Store) -> None:
    for name in ("words", "words.csv"):
        RunPlayer(store, name).play_until(ev.SearchStarted)
    (tmp_path / "words").mkdir()
    (tmp_path / "words.csv").write_text("input,output\na,b\n")
    for name in ("words", "words.csv"):
        assert _app(_parse([name]), store)._run_id == name


def named(workspace: Workspace, name: str) -> RunConfig:
    return workspace.config(
        name=name, task={"source": str(workspace.data), "train": 6, "dev": 6, "test": 6}
    )


@pytest.mark.parametrize("size", SIZES)
async def test_a_finished_run_of_the_name_can_be_opened_or_started_under_another(
    workspace: Workspace, open_app: OpenApp, size: tuple[int, int]
) -> None:
    config = named(workspace, "mine")
    store = workspace.store()
    assert workspace.finish(config, store) == "mine"
    async with open_app(size, begin=given(config)) as pilot:
        await shown_after(pilot, ChoiceDialog)
        assert "There is a run named mine already. It is done" in screen_text(pilot)
        assert "Resume it" not in screen_text(pilot)
        await press(pilot, "o")
        await shown_after(pilot, DashboardScreen)
        assert "DONE · mine" in screen_lines(pilot)[0]
    assert store.run_ids() == ["mine"]
    async with open_app(size, begin=given(config)) as pilot:
        await shown_after(pilot, ChoiceDialog)
        await press(pilot, "escape")
        assert "mine" in screen_text(pilot)
        assert store.run_ids() == ["mine"]
    async with open_app(size, begin=given(config)) as pilot:
        await shown_after(pilot, ChoiceDialog)
        assert "Start mine-2" in screen_text(pilot)
        await press(pilot, "n")
        await shown_after(pilot, DashboardScreen)
        await until(pilot, lambda: "mine-2" in screen_lines(pilot)[0])
    assert store.run_ids() == ["mine", "mine-2"]
    wait_until(lambda: store.state("mine-2").status == "done")
    assert free_name(store, "mine") == "mine-3"


async def test_a_run_of_the_name_that_was_interrupted_can_be_resumed(
    workspace: Workspace, open_app: OpenApp
) -> None:
    config = named(workspace, "mine")
    store = workspace.store()
    from promptopt.runs import control

    control.create(store, config)
    async with open_app(begin=given(config)) as pilot:
        await shown_after(pilot, ChoiceDialog)
        assert "It is interrupted" in screen_text(pilot)
        await press(pilot, "r")
        await shown_after(pilot, DashboardScreen)
        await until(pilot, lambda: "✓ DONE · mine" in screen_lines(pilot)[0])
    assert store.run_ids() == ["mine"]


async def test_a_run_of_the_name_that_is_at_work_is_only_opened(
    workspace: Workspace, open_app: OpenApp
) -> None:
    config = named(workspace, "mine")
    player = RunPlayer(workspace.store(), "mine").play_until(ev.StageFinished, 1)
    with held_by_an_engine(player.store, "mine"):
        async with open_app(begin=given(config)) as pilot:
            await shown_after(pilot, ChoiceDialog)
            assert "It is running" in screen_text(pilot)
            assert "Resume it" not in screen_text(pilot)
            await press(pilot, "enter")
            await shown_after(pilot, DashboardScreen)
            await do(pilot, "dashboard.pause")
            await until(pilot, lambda: player.store.open_commands("mine"))


def test_a_free_name_is_no_longer_than_a_name_may_be(store: Store) -> None:
    long = "x" * 64
    RunPlayer(store, long).play_until(ev.SearchStarted)
    assert free_name(store, long) == "x" * 62 + "-2"
