"""The workbench: its screens over one store, and one tick for whatever is seen."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.notifications import SeverityLevel

from promptopt.runs.state import RunState
from promptopt.runs.store import Store
from tui.actions import SCOPES, bindings
from tui.cells import shown
from tui.crash import write_crash
from tui.palette import ActionsProvider
from tui.run_feed import RunFeed
from tui.runs_feed import RunsFeed
from tui.screens.dashboard import DashboardScreen
from tui.screens.live_screen import LiveScreen
from tui.screens.run_screen import RunScreen
from tui.screens.runs import RunsScreen
from tui.steering import Begin, Steering
from tui.themes import DARK, WITHOUT_COLOUR, colour_is_unwanted

TICKS_A_SECOND = 4


class WorkbenchApp(Steering, App[None]):
    """Everything that is shown is read from the store; everything that is asked goes there.

    Closing it ends no run: engines are processes of their own.
    """

    CSS_PATH = "styles.tcss"
    TITLE = "promptopt"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionsProvider}

    def __init__(
        self, store: Store, *, run_id: str | None = None, begin: Begin | None = None
    ) -> None:
        """Opens on the runs, on one of them, or on one that is begun first."""
        colourless = colour_is_unwanted()
        super().__init__(ansi_color=True if colourless else None)
        self.store = store
        self.feed: RunFeed | None = None
        self.last_feed: RunFeed | None = None
        self.crash: str = ""
        self._run_id = run_id
        self._begin = begin
        self.register_theme(DARK)
        self.theme = WITHOUT_COLOUR if colourless else DARK.name
        if colourless:
            self.add_class("-colourless")

    def get_default_screen(self) -> RunsScreen:
        return RunsScreen(RunsFeed(self.store))

    def on_mount(self) -> None:
        if not self.is_headless:
            # Told to end, it still gives the terminal back as it was.
            status = 128 + signal.SIGTERM
            end = partial(self.exit, return_code=status)
            with contextlib.suppress(NotImplementedError):  # there are no signals on Windows
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
        self.set_interval(1 / TICKS_A_SECOND, self._tick)
        if self._run_id is not None:
            self.show_run(self._run_id)
        elif self._begin is not None:
            self.begin_run(self._begin)

    def _tick(self) -> None:
        """Draw what is seen: the screen on top and, under dialogs, the one below."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, LiveScreen):
                screen.tick()
            if not screen.is_modal:
                return

    # Screens

    def show_run(self, run_id: str) -> None:
        """The dashboard of a run, over the list of runs."""
        self.show_runs()
        self.feed = self.last_feed = RunFeed(self.store, run_id)
        self.push_screen(DashboardScreen(self.feed))

    def show_runs(self) -> None:
        """Back to the list of runs."""
        self.feed = None
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        screen = self.screen
        here = [screen.scope] if isinstance(screen, LiveScreen) else []
        rest = [scope for scope in ("list", "text", "pane", "app") if scope in SCOPES]
        self.push_screen(HelpScreen([*here, *rest]))

    def export(self, state: RunState, candidate: int) -> None:
        """Ask where to write a candidate to, and in which format."""
        from tui.screens.export import ExportDialog

        def done(path: str | None) -> None:
            if path:
                self.tell(f"Wrote {path}")

        self.push_screen(ExportDialog(self.store, state, candidate), done)

    def copy(self, text: str, what: str) -> None:
        """Send a text to the terminal's clipboard, which does not say whether it took it."""
        self.copy_to_clipboard(text)
        self.tell(f"The {what} was sent to the terminal's clipboard; e writes it to a file.")

    def tell(self, message: str, *, severity: SeverityLevel = "information") -> None:
        """A short notice."""
        self.notify(shown(message), severity=severity, markup=False)

    # Leaving

    async def action_quit(self) -> None:
        """Quit; asks first what becomes of a live run that is being watched."""
        from tui.screens.dialog import ChoiceDialog
        from tui.screens.questions import quit_question

        feed = self.feed if any(isinstance(each, RunScreen) for each in self.screen_stack) else None
        asking = isinstance(self.screen, ChoiceDialog) and self.screen.title_text == "Quit?"
        if feed is None or not feed.live or asking:
            self.exit()
            return
        self.push_screen(quit_question(feed), self._quit_answered)

    async def action_leave(self) -> None:
        await self.action_quit()

    def _quit_answered(self, answer: str | None) -> None:
        if answer is None or self.feed is None:
            return
        if answer in ("pause", "stop"):
            self.send_and_leave(self.feed.run_id, answer)
        else:
            self.exit()

    def _fatal_error(self) -> None:
        # Textual would print a trace with the values of all variables, keys of models among
        # them; ours goes to a file, without values.
        self.crash = write_crash(self._exception)
        self._close_messages_no_wait()
