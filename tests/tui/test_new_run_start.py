"""From the form to a run: the estimate, what keeps it from starting, the start."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promptopt.runs import events as ev
from promptopt.runs.data_reader import LARGE, DataReader
from promptopt.runs.forecast import Forecast, forecast
from promptopt.runs.store import Store
from promptopt.tasks.columns import Columns
from tests.tui.conftest import (
    SIZES,
    OpenApp,
    do,
    ended,
    press,
    screen_lines,
    screen_text,
    settle,
    workbench,
)
from tests.tui.new_run_form import PATIENCE, data, field, fill, form_of, known, shown_after
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tests.workspace import Workspace, wait_until, workspace
from tui.forecaster import Forecaster
from tui.screens.browse import BrowseDialog
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.save import SaveDialog
from tui.widgets.folder_table import FolderTable

__all__ = ["data", "workspace"]


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
        assert not workbench(pilot).form_unsaved


WRONG = [
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
]
"""An option, what is typed into its field, and what is said of it."""


async def test_what_is_wrong_is_said_and_keeps_the_run_from_starting(open_app: OpenApp) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "sentiment")
        for path, text, problem in WRONG:
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
            assert screen.found.cost is not None, path


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
        await ended(pilot)


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


async def test_a_start_that_fails_leaves_the_form_unsaved(
    store: Store, open_app: OpenApp, workspace: Workspace
) -> None:
    RunPlayer(store, "taken").play_until(ev.SearchStarted)
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        for path, text in {
            "task.source": str(workspace.data),
            "task_model.spec": "scripted:plural",
            "name": "taken",
        }.items():
            await fill(pilot, path, text)
        await known(pilot)
        await do(pilot, "new.start")
        await press(pilot, "s")
        await shown_after(pilot, ErrorDialog)
        assert "taken" in screen_text(pilot)
        assert workbench(pilot).form_unsaved
        await press(pilot, "escape")
        await press(pilot, "ctrl+q")
        assert "The form for a new run is not saved" in screen_text(pilot)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Estimates wait before it while it is not set."""
    gate = threading.Event()
    gate.set()

    def waiting(*args: Any) -> Forecast:
        gate.wait()
        return forecast(*args)

    monkeypatch.setattr("promptopt.runs.forecast.forecast", waiting)
    yield gate
    gate.set()


async def test_what_is_typed_while_the_estimate_is_made_starts_nothing(
    store: Store, open_app: OpenApp, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "plurals")
        await fill(pilot, "task_model.spec", "scripted:plural")
        screen = await known(pilot)

        async def ask_to_start() -> None:
            gate.clear()
            await fill(pilot, "seed", "5")
            await do(pilot, "new.start")
            assert pilot.app.screen is screen

        # Who goes on with the form does not want it as it was.
        await ask_to_start()
        await press(pilot, "7")
        gate.set()
        await known(pilot)
        assert pilot.app.screen is screen
        # Nor does the question come over something else that was opened meanwhile.
        await ask_to_start()
        await press(pilot, "ctrl+s")
        assert isinstance(pilot.app.screen, SaveDialog)
        gate.set()
        await known(pilot)
        assert isinstance(pilot.app.screen, SaveDialog)
        await press(pilot, "escape")
        assert pilot.app.screen is screen
        # Who only waits is asked, and not understood to have answered by what was on its way.
        monkeypatch.setattr("tui.screens.dialog.SUDDEN_SECONDS", float("inf"))
        await ask_to_start()
        gate.set()
        await shown_after(pilot, ChoiceDialog)
        await press(pilot, "s", "enter")
        assert "Start the run?" in screen_text(pilot)
        assert store.runs() == []
        await press(pilot, "escape")
        assert pilot.app.screen is screen
        # Asked for with the estimate there, it takes an answer at once.
        await do(pilot, "new.start")
        await press(pilot, "s")
        await shown_after(pilot, DashboardScreen)
        await settle(pilot)
        (run,) = store.runs()
        wait_until(lambda: store.state(run.id).status == "done")


async def test_leaving_a_live_run_tells_of_the_form(store: Store, open_app: OpenApp) -> None:
    player = RunPlayer(store).play_until(ev.StageFinished, 2)
    with held_by_an_engine(store, player.run_id):
        async with open_app() as pilot:
            app = workbench(pilot)
            await do(pilot, "runs.new")
            await fill(pilot, "seed", "3")
            await do(pilot, "new.back")
            app.show_run(player.run_id)
            await settle(pilot)
            await press(pilot, "ctrl+q")
            assert "The form for a new run is not saved" in screen_text(pilot)
            await press(pilot, "escape")
            assert app.is_running


async def test_a_screen_that_is_left_is_freed_and_its_data_are_kept_once(
    open_app: OpenApp, tmp_path: Path
) -> None:
    with (tmp_path / "large.csv").open("w") as file:
        file.write("input,output\n")
        file.writelines(f"{n} {'some words ' * 10},{n % 7}\n" for n in range(LARGE // 100))
    async with open_app() as pilot:
        await do(pilot, "runs.new")
        await fill(pilot, "task.source", "large.csv")
        screen = await known(pilot)
        reader = screen.forecaster._reader
        data = reader.load("large.csv", Columns())
        gone = weakref.ref(screen)
        del screen
        await do(pilot, "new.back")
        for _ in range(PATIENCE):
            await settle(pilot)
            gc.collect()
            if gone() is None:
                break
        assert gone() is None
        await do(pilot, "runs.new")
        screen = await known(pilot)
        assert screen.forecaster._reader is reader
        assert reader.load("large.csv", Columns()) is data
