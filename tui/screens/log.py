"""All events that are kept, with whole lines."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from tui.actions import bindings
from tui.screens.run_screen import RunScreen
from tui.widgets.event_log import EventLog, log_title
from tui.widgets.key_footer import KeyFooter
from tui.widgets.run_header import RunHeader


class LogScreen(RunScreen):
    """The events, in the whole window."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("log")]
    scope = "log"

    def compose(self) -> ComposeResult:
        yield RunHeader(self.feed)
        yield EventLog(self.feed.state, whole=True, id="all-events")
        yield KeyFooter()

    def on_mount(self) -> None:
        self.focus_main()

    def focus_main(self) -> None:
        self.query_one(EventLog).focus()

    def update_view(self) -> None:
        state, log = self.feed.state, self.query_one(EventLog)
        self.query_one(RunHeader).update_lines()
        log.update_lines()
        kept = f"the newest {len(state.log):,} of " if state.log_total > len(state.log) else ""
        title = f"Events · {kept}{state.log_total:,} · {log_title(state, log)}"
        if log.border_title != title:
            log.border_title = Content(title)

    def action_export(self) -> None:
        best = self.feed.best
        if best is None:
            self.workbench.tell("No candidate has a score yet, so there is nothing to export.")
            return
        self.workbench.export(self.feed.state, [best.id])

    def action_back(self) -> None:
        self.app.pop_screen()
