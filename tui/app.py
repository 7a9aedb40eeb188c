"""The workbench: its screens over one store, and one tick for whatever is seen."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.notifications import SeverityLevel
from textual.theme import Theme

from promptopt.runs.state import RunState, candidate_name
from promptopt.runs.store import Store
from tui.actions import bindings
from tui.asking import Asking
from tui.cells import shown
from tui.crash import write_crash
from tui.keymap import Keymap
from tui.keys_in_order import KeysInOrder
from tui.palette import ActionsProvider
from tui.preferences import remember_theme, remembered_theme
from tui.run_feed import RunFeed
from tui.runs_feed import RunsFeed
from tui.screens.live_screen import LiveScreen
from tui.screens.run_screen import RunScreen
from tui.screens.runs import RunsScreen
from tui.steering import Begin, Steering
from tui.themes import ANSI, DARK, OURS, WITHOUT_COLOUR, colour_is_unwanted

TICKS_A_SECOND = 4


class WorkbenchApp(Steering, Asking, KeysInOrder, App[None]):
    """Everything that is shown is read from the store; everything that is asked goes there.

    Closing it ends no run: engines are processes of their own.
    """

    CSS_PATH = "styles.tcss"
    TITLE = "promptopt"
    _themes_allowed: frozenset[str] = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionsProvider}

    def __init__(
        self,
        store: Store,
        *,
        run_id: str | None = None,
        begin: Begin | None = None,
        data: str = "",
        keymap: Keymap | None = None,
    ) -> None:
        """Opens on the runs, on one of them, on one that is begun first, or on the form for one
        that searches on `data`.
        """
        colourless = colour_is_unwanted()
        super().__init__(ansi_color=True if colourless else None)
        self.store = store
        self.keymap = keymap or Keymap()
        self.set_keymap(self.keymap.for_textual())
        self.runs_feed = RunsFeed(store)
        self.feed: RunFeed | None = None
        self.last_feed: RunFeed | None = None
        self.crash: str = ""
        self._run_id = run_id
        self._begin = begin
        self._data = data
        if colourless:
            self._themes_allowed = frozenset(ANSI)
        for theme in OURS:
            self.register_theme(theme)
        chosen = remembered_theme()
        if chosen not in self.available_themes:
            chosen = WITHOUT_COLOUR if colourless else DARK.name
        self.theme = self._theme_before = chosen
        if colourless:
            self.add_class("-colourless")

    @property
    def available_themes(self) -> dict[str, Theme]:
        """The themes to choose from: where colour is not wanted, those without any of their own."""
        themes, allowed = super().available_themes, self._themes_allowed
        # Asked for with every style that is drawn.
        return {name: themes[name] for name in themes if name in allowed} if allowed else themes

    def get_default_screen(self) -> RunsScreen:
        return RunsScreen(self.runs_feed)

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
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
        elif self._data:
            self.set_up_run(self._data)

    def _theme_chosen(self, theme: Theme) -> None:
        if theme.name != self._theme_before:
            self._theme_before = theme.name
            remember_theme(theme.name)

    def _tick(self) -> None:
        """Draw what is seen: the screen on top and, under dialogs, the one below."""
        self.look_after_keys()
        for screen in reversed(self.screen_stack):
            if isinstance(screen, LiveScreen):
                screen.tick()
            if not screen.is_modal:
                return

    # Screens

    def show_run(self, run_id: str) -> None:
        """The dashboard of a run, over the list of runs."""
        from tui.screens.dashboard import DashboardScreen

        self.show_runs()
        if isinstance(runs := self.screen_stack[0], RunsScreen):
            runs.go_to(run_id)
        self.feed = self.last_feed = RunFeed(self.store, run_id)
        self.push_screen(DashboardScreen(self.feed))

    def show_runs(self) -> None:
        """Back to the list of runs."""
        self.feed = None
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def run_is_gone(self, run_id: str) -> None:
        """Back to the list of runs: what is shown was deleted, by whomever."""
        if len(self.screen_stack) > 1:
            written = self.being_written()
            self.show_runs()
            self.runs_are_gone([run_id])
            if written:
                self.copy("\n\n".join(text for _, text in written), "text you were writing")

    def runs_are_gone(self, run_ids: Sequence[str]) -> None:
        """Tell that runs were deleted, and take them from the list at once."""
        self.forget_drafts(run_ids)
        runs = self.screen_stack[0]
        if isinstance(runs, RunsScreen):
            runs.feed.list_soon()
            runs.tick()
        if len(run_ids) == 1:
            self.tell(f"{run_ids[0]} was deleted.")
        else:
            self.tell(f"{len(run_ids):,} runs were deleted.")

    def action_help(self) -> None:
        from tui.screens.dialog import Dialog
        from tui.screens.help import HelpScreen

        screen = self.screen
        if isinstance(screen, Dialog):
            here = [screen.scope] if screen.scope else []
            scopes = [*here, "dialog", "list", "text", "screen", "app"]
        else:
            here = [screen.scope] if isinstance(screen, LiveScreen) else []
            scopes = [*here, "list", "text", "pane", "filter", "dialog", "screen", "app"]
        about = screen.about() if isinstance(screen, LiveScreen) else ("", "")
        of_a_dialog = isinstance(screen, Dialog)
        self.push_screen(HelpScreen(scopes, self.keymap, of_a_dialog=of_a_dialog, about=about))

    def compare(self, sides: Sequence[tuple[RunFeed, int | None]]) -> None:
        """Compare candidates, or with None the best of their runs."""
        from tui.screens.compare import CompareScreen, Side

        self.push_screen(CompareScreen([Side(*each) for each in sides]))

    def export(self, state: RunState, candidates: Sequence[int], what: str = "") -> None:
        """Ask where to write candidates to, and in which format; `what` names them."""
        from tui.screens.export import ExportDialog

        def done(message: str | None) -> None:
            if message:
                self.tell(message)

        what = what or candidate_name(candidates[0])
        self.push_screen(ExportDialog(self.store, state, candidates, what), done)

    def copy(self, text: str, what: str) -> None:
        """Send a text to the terminal's clipboard, which does not say whether it took it."""
        self.copy_to_clipboard(text)
        self.tell(f"The {what} was sent to the terminal's clipboard.")

    def copy_to_clipboard(self, text: str) -> None:
        # Half a surrogate pair, which a broken model may write, cannot be sent anywhere.
        super().copy_to_clipboard(
            text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )

    def tell(self, message: str, *, severity: SeverityLevel = "information") -> None:
        """A short notice."""
        self.notify(shown(message), severity=severity, markup=False)

    # Leaving

    async def action_quit(self) -> None:
        """Quit; asks first what becomes of a live run that is being watched, or what is lost."""
        from tui.screens.dialog import ChoiceDialog
        from tui.screens.questions import quit_question, unsaved_question

        feed = self.feed if any(isinstance(each, RunScreen) for each in self.screen_stack) else None
        asking = isinstance(self.screen, ChoiceDialog) and self.screen.title_text == "Quit?"
        if asking:
            self.exit()
            return
        unsaved, unsent = self.form_unsaved, self.unsent_runs()
        if feed is not None and feed.live:
            question = quit_question(feed, form_unsaved=unsaved, unsent=unsent)
            self.push_screen(question, self._quit_answered)
        elif unsaved or unsent:
            question = unsaved_question(form_unsaved=unsaved, unsent=unsent)
            self.push_screen(question, self._quit_answered_unsaved)
        else:
            self.exit()

    def _quit_answered_unsaved(self, answer: str | None) -> None:
        if answer == "drop":
            self.exit()

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
