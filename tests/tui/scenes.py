"""What the snapshots show: runs that were played to some point, and the keys that lead there.

A scene more is a line of `SCENES`. Time stands still while a scene is shown, and everything that
would be another thing elsewhere (clock, folder, process) is the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from textual.command import CommandPalette
from textual.screen import Screen

from promptopt.runs import events as ev
from promptopt.runs.config import config_from_dict
from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from tests.tui.run_player import RunPlayer, held_by_an_engine
from tui.app import WorkbenchApp
from tui.run_draft import RunDraft
from tui.screens import questions
from tui.screens.browse import BrowseDialog
from tui.screens.busy import BusyDialog
from tui.screens.candidate import CandidateScreen
from tui.screens.compare import CompareScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.dialog import ChoiceDialog
from tui.screens.error import ErrorDialog
from tui.screens.example import ExampleScreen
from tui.screens.export import ExportDialog
from tui.screens.help import HelpScreen
from tui.screens.limits import LimitsDialog
from tui.screens.log import LogScreen
from tui.screens.new_run import NewRunScreen
from tui.screens.pick import PickDialog
from tui.screens.row import RowDialog
from tui.screens.runs import RunsScreen
from tui.screens.save import SaveDialog
from tui.screens.writing import WritingDialog

START = 1_767_603_600.0
"""The 5th of January 2026, 9:00 UTC."""

SECONDS_AN_EVENT = 2.0
RUN = "larger-animal-ape-1"


@dataclass
class Stage:
    """Where a scene is set: a store, a clock that stands still, and what is to be undone."""

    store: Store
    folder: Path
    now: float = START

    def play(
        self, name: str = RUN, *, until: type[ev.Event] | None = None, count: int = 1
    ) -> RunPlayer:
        """A run to its end, or to an event."""
        player = _StagedPlayer(self, name)
        return player.play_all() if until is None else player.play_until(until, count)


class _StagedPlayer(RunPlayer):
    """Plays by the clock of the stage, in a process that has the same number everywhere."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        super().__init__(stage.store, name)

    def write(self, event: ev.Event) -> None:
        self.stage.now += SECONDS_AN_EVENT
        if isinstance(event, ev.EngineStarted):
            event = ev.EngineStarted(4242, event.attempt, event.version)
        super().write(event)


@dataclass(frozen=True)
class Scene:
    """One screen in one state.

    Attributes:
        screen: the class that is on top then.
        keys: what is pressed one after the other, from the first screen on.
        set_up: what is in the store.
        run: the run that is opened, None for the list of all.
        live: the run that an engine seems to be at work on.
        wide_only: in a narrow window the keys lead to what another scene shows.
        opened: a screen that is opened by hand before, where keys do not lead there as well.
    """

    name: str
    screen: type[Screen[object]]
    keys: tuple[str, ...] = ()
    set_up: Callable[[Stage], object] = Stage.play
    run: str | None = RUN
    live: str | None = None
    wide_only: bool = False
    opened: Callable[[WorkbenchApp], Screen[object]] | None = None

    @contextlib.contextmanager
    def engine(self, store: Store) -> Iterator[None]:
        """Hold the lock of the live run, as its engine would."""
        if self.live is None:
            yield
        else:
            with held_by_an_engine(store, self.live):
                yield

    def after(self, name: str, *keys: str, screen: type[Screen[object]] | None = None) -> Scene:
        """The same, and some keys more."""
        return replace(self, name=name, keys=(*self.keys, *keys), screen=screen or self.screen)


def _nothing(stage: Stage) -> None:
    """An empty store."""


def _half(stage: Stage) -> None:
    stage.play(until=ev.StageFinished, count=3)


def _paused(stage: Stage) -> None:
    stage.play(until=ev.StageFinished, count=2).write(ev.Paused())


def _begun(stage: Stage) -> None:
    stage.play(until=ev.SearchStarted)


def _configured(stage: Stage) -> None:
    """A live run whose limits can be worked out."""
    _half(stage)
    config = config_from_dict(
        {
            "task": {"source": "words.csv"},
            "task_model": {"spec": "scripted:animals"},
            "budget": {"max_calls": 5_000},
        },
        "the scene",
    )
    stage.store._rows("UPDATE runs SET config = ? WHERE id = ?", config.to_json(), RUN)


def _words(stage: Stage) -> None:
    """Some data in the folder that the workbench is opened in."""
    rows = [f"word{number},words{number},mot{number}" for number in range(60)]
    path = stage.folder / "work" / "words.csv"
    path.write_text("\n".join(["noun,plural,french", *rows, ""]), encoding="utf-8")


def _new_run(app: WorkbenchApp) -> Screen[object]:
    draft = RunDraft()
    draft.take_data("words.csv")
    for path, value in {
        "task.input_column": "noun",
        "task.output_column": "plural",
        "task_model.spec": "scripted:plural",
        "budget.max_calls": 2_000,
    }.items():
        draft.set(path, value)
    return NewRunScreen(draft)


def _several(stage: Stage) -> None:
    stage.play("first-run")
    stage.play("second-run", until=ev.StageFinished, count=2)
    failed = stage.play("third-run", until=ev.StageFinished, count=2)
    failed.write(ev.RunEnded("failed", "the endpoint refused the key; see OPENAI_API_KEY"))
    stage.now += 3_600
    stage.play("fourth-run", until=ev.StageFinished, count=3)
    stage.now += 90


def _raised(app: WorkbenchApp) -> RunState:
    """The run, once it has ended and its limit was raised."""
    state = app.store.state(RUN)
    state.reopened = True
    return state


def _question(name: str, ask: Callable[[WorkbenchApp], ChoiceDialog]) -> Scene:
    return Scene(name, ChoiceDialog, set_up=_half, live=RUN, opened=ask)


def _feed_of(app: WorkbenchApp) -> questions.RunFeed:
    assert app.feed is not None
    return app.feed


_DONE = Scene("dashboard", DashboardScreen)
_LIVE = Scene("dashboard_live", DashboardScreen, set_up=_half, live=RUN)
_RUNS = Scene("runs", RunsScreen, set_up=_several, run=None, live="fourth-run")
_CANDIDATE = _DONE.after("candidate", "enter", screen=CandidateScreen)
_COMPARE = _DONE.after("compare", "c", screen=CompareScreen)
_NEW = Scene("new_run", NewRunScreen, set_up=_words, run=None, opened=_new_run)
_EXAMPLE = _CANDIDATE.after("example", "3", "enter", screen=ExampleScreen)

SCENES = (
    Scene("runs_empty", RunsScreen, set_up=_nothing, run=None),
    _RUNS,
    _RUNS.after("runs_filtered", "j", "m", "j", "slash", *"run"),
    _DONE,
    _LIVE,
    Scene("dashboard_interrupted", DashboardScreen, set_up=_half),
    Scene("dashboard_failed", DashboardScreen, set_up=_several, run="third-run"),
    Scene("dashboard_paused", DashboardScreen, set_up=_paused, live=RUN),
    Scene("dashboard_new", DashboardScreen, set_up=_begun, live=RUN),
    replace(_DONE.after("dashboard_diff", "d"), wide_only=True),
    _DONE.after("dashboard_filtered", "slash", *"op:resample"),
    _DONE.after("dashboard_zoomed", "1", "z"),
    _CANDIDATE,
    _CANDIDATE.after("candidate_diff", "2"),
    _CANDIDATE.after("candidate_examples", "3", "w"),
    _CANDIDATE.after("candidate_lineage", "4"),
    _COMPARE,
    _COMPARE.after("compare_words", "3"),
    _COMPARE.after("compare_examples", "4"),
    _RUNS.after("compare_runs", "m", "j", "j", "m", "c", screen=CompareScreen),
    _EXAMPLE,
    _EXAMPLE.after("example_messages", "m"),
    _DONE.after("log", "L", screen=LogScreen),
    _DONE.after("help", "question_mark", screen=HelpScreen),
    _DONE.after("palette", "ctrl+p", screen=CommandPalette),
    _DONE.after("palette_search", "ctrl+p", *"export", screen=CommandPalette),
    _DONE.after("export", "e", screen=ExportDialog),
    _LIVE.after("writing", "a", *"One word.", screen=WritingDialog),
    _LIVE.after("writing_edited", "i", screen=WritingDialog),
    _LIVE.after("remark", "r", screen=WritingDialog),
    replace(_LIVE, name="limits", screen=LimitsDialog, set_up=_configured, keys=("C",)),
    Scene("new_run_empty", NewRunScreen, ("n",), set_up=_nothing, run=None),
    _NEW,
    _NEW.after("browse", "ctrl+o", screen=BrowseDialog),
    _NEW.after("save", "ctrl+s", screen=SaveDialog),
    _NEW.after("pick", "tab", "enter", screen=PickDialog),
    _NEW.after("row", "alt+2", "enter", screen=RowDialog),
    _DONE.after("order_question", "o", screen=ChoiceDialog),
    _LIVE.after("veto_question", "v", screen=ChoiceDialog),
    _question("unsaved_question", lambda app: questions.unsaved_question()),
    _question("resume_question", lambda app: questions.resume_question(_raised(app))),
    _question("stop_question", lambda app: questions.stop_question(RUN, 3)),
    _question("quit_question", lambda app: questions.quit_question(_feed_of(app))),
    _question("overwrite_question", lambda app: questions.overwrite_question("best.txt", 2)),
    _question("delete_question", lambda app: questions.delete_question(["first-run", "last-run"])),
    Scene(
        "error",
        ErrorDialog,
        opened=lambda app: ErrorDialog(
            "The run could not go on", "No such model: [/INST] x.\n" * 3
        ),
    ),
    Scene("busy", BusyDialog, opened=lambda app: BusyDialog("Starting", "Reading the data…")),
)
