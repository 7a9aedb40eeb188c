"""One run: how it stands, its score curve, its candidates and its events."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from promptopt.results.candidate_filter import CandidateFilter, candidate_filter
from promptopt.results.filter_syntax import FilterError
from promptopt.results.typed_filter import TypedFilter, typed_filter
from promptopt.runs.commands import Mark
from promptopt.runs.state import CandidateState
from tui.actions import Action, bindings
from tui.candidate_rows import ORDER_NAMES, Listing, Sorting
from tui.cells import shown
from tui.run_feed import RunFeed
from tui.run_words import waiting_candidates
from tui.screens.candidate import CandidateScreen
from tui.screens.log import LogScreen
from tui.screens.questions import order_question
from tui.screens.run_screen import RunScreen
from tui.widgets.candidate_table import CandidateTable
from tui.widgets.event_log import EventLog, log_title
from tui.widgets.filter_bar import FilterBar
from tui.widgets.inspector import Inspector
from tui.widgets.key_footer import KeyFooter
from tui.widgets.line_table import LineTable
from tui.widgets.run_header import RunHeader
from tui.widgets.score_chart import ScoreChart

FILTER_HINT = "words · score>0.8 step:3 op:edit n>=20 is:front -word"

RESTS_AFTER_LISTING = 15.0
"""So many times as long as it took to put them in order, the rows are left as they are."""

PANES = ("#curve", "#candidates", "#inspector", "#events")


class DashboardScreen(RunScreen):
    """Follows the best candidate until a person moves the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dashboard")]
    ALLOW_IN_MAXIMIZED_VIEW = "RunHeader, KeyFooter"
    scope = "dashboard"

    def __init__(self, feed: RunFeed) -> None:
        super().__init__(feed)
        self.sorting = Sorting()
        self.chosen = CandidateFilter()
        self.diff = False
        self.frozen = False
        self._listed_for: tuple[object, ...] = ()
        self._filter_text = ""
        self._kept = TypedFilter(self.chosen, "")  # what was there before the one that is typed
        self._listing = Listing()
        self._rests_until = 0.0

    def compose(self) -> ComposeResult:
        yield RunHeader(self.feed)
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ScoreChart(id="curve")
                yield CandidateTable(self.feed.state, self.feed.marked, id="candidates")
                yield FilterBar(FILTER_HINT)
            yield Inspector(self.feed, id="inspector")
        yield EventLog(self.feed.state, id="events")
        yield KeyFooter()

    def on_mount(self) -> None:
        if self.is_attached:  # the workbench may have been closed since
            self.table.focus()

    @property
    def table(self) -> CandidateTable:
        return self.query_one(CandidateTable)

    @property
    def candidate(self) -> CandidateState | None:
        cursor = self.table.cursor
        return self.feed.state.candidates.get(cursor) if cursor is not None else None

    @property
    def following_best(self) -> bool:
        """Whether the cursor goes where the best candidate is."""
        return not (self.table.moved_by_hand or self.frozen)

    def focus_main(self) -> None:
        self.table.focus()

    # Drawing

    def update_view(self) -> None:
        state = self.feed.state
        self.query_one(RunHeader).update_lines()
        self.query_one(ScoreChart).show(state)
        self._update_candidates()
        self._update_inspector()
        log = self.query_one(EventLog)
        log.update_lines()
        title = f"4 Events · {log_title(state, log)}"
        if log.border_title != title:
            log.border_title = Content(title)

    def _update_candidates(self) -> None:
        state, table = self.feed.state, self.table
        table.set_beside_prompt(self.query_one(Inspector).display)
        if not self.frozen:
            self._list_candidates()
        elif state.revision != self._listed_for[0]:
            table.show_candidates([row for row in table.ids if row in state.candidates])
        if self.following_best and self.feed.best is not None:
            table.move_to(self.feed.best.id)
        parts = [f"2 Candidates {len(state.candidates):,}", f"by {self.sorting.shown}"]
        if self.chosen:
            parts.append(f"{len(table.ids):,} with “{shown(self._filter_text)}”")
        if self.feed.marked:
            parts.append(f"{len(self.feed.marked)} marked")
        if waiting := waiting_candidates(state):
            parts.append(f"{waiting} of yours waiting")
        if self.frozen:
            hidden = len(state.candidates) - len(table.ids)
            parts.append(
                "FROZEN" + (f", {hidden} not shown" if hidden > 0 and not self.chosen else "")
            )
        subtitle = ""
        if not self.query_one(EventLog).display and (state.warnings or state.errors):
            subtitle = f"4 events: warnings {state.warnings}, errors {state.errors}"
        table.show_titles(" · ".join(parts), subtitle)

    def _list_candidates(self) -> None:
        """Choose the rows and put them in order, where anything has changed.

        What a hundred thousand candidates take for it is not taken at every tick while their
        scores come in: it is taken a small part of the time, and at once when a person asks.
        While a long run is read, that is when its first part is there and when all of it is.
        """
        state, table = self.feed.state, self.table
        marks = tuple(self.feed.marked)
        asked = (self.sorting, self.chosen, marks if self.chosen else ())
        listed_for = (state.revision, *asked)
        started = time.thread_time()
        if listed_for == self._listed_for:
            return
        resting = self.feed.behind or time.monotonic() < self._rests_until
        if asked == self._listed_for[1:] and resting:
            table.refresh_rows()
            return
        self._listed_for = listed_for
        table.nothing = "No candidate is like that." if self.chosen else "No candidates yet."
        best = self.feed.best
        table.show_candidates(
            self._listing.rows(state, self.sorting, self.chosen, marks, best), best
        )
        table.show_sorting(self.sorting.order, "▾" if self.sorting.falling else "▴")
        took = time.thread_time() - started
        self._rests_until = time.monotonic() + RESTS_AFTER_LISTING * took

    def _update_inspector(self) -> None:
        inspector = self.query_one(Inspector)
        if inspector.display:
            inspector.show_candidate(
                self.table.cursor, diff=self.diff, following=self.following_best
            )

    @on(LineTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self._update_inspector()

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self._go_by(typed_filter, event.words)

    def _go_by(self, read: Callable[[str], TypedFilter], words: str) -> None:
        """Show what a filter chooses; what means nothing shows what was there before it."""
        bar = self.query_one(FilterBar)
        try:
            typed = read(words)
            bar.tell(typed.hint, harmless=True)
        except FilterError as error:
            typed = self._kept
            bar.tell(str(error))
        if (typed.chosen, typed.text) != (self.chosen, self._filter_text):
            self.chosen, self._filter_text = typed.chosen, typed.text
            self.frozen = False
            self.update_view()

    @on(LineTable.HeaderClicked)
    def _header_clicked(self, event: LineTable.HeaderClicked) -> None:
        if event.column in ORDER_NAMES:
            self._sort(self.sorting.by(event.column))

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self._go_by(_entered, self.query_one(FilterBar).words)
        self._keep_filter()
        self.table.focus()

    def _keep_filter(self) -> None:
        self._kept = TypedFilter(self.chosen, self._filter_text)

    # Actions

    def label_of(self, action: Action) -> str:
        if action.handler == "diff":
            return "Prompt" if self.diff else "Diff"
        if action.handler == "freeze":
            return "Unfreeze" if self.frozen else "Freeze"
        return super().label_of(action)

    @on(LineTable.Chosen)
    def action_open(self) -> None:
        if self.focused is self.query_one(EventLog):
            self.action_log()
        elif self.candidate is not None:
            self.app.push_screen(CandidateScreen(self.feed, self.candidate.id, self.table.ids))

    def action_diff(self) -> None:
        self.diff = not self.diff
        if not self.query_one(Inspector).display and self.candidate is not None:
            self.app.push_screen(
                CandidateScreen(self.feed, self.candidate.id, self.table.ids, pane=2)
            )
            self.diff = False
        self.update_view()
        self.update_footer()

    def action_filter(self) -> None:
        self._keep_filter()
        self.query_one(FilterBar).open()

    def action_sort(self) -> None:
        self._sort(self.sorting.next())

    def action_reverse(self) -> None:
        self._sort(replace(self.sorting, reverse=not self.sorting.reverse))

    def action_order(self) -> None:
        def answered(order: str | None) -> None:
            if order is not None:
                self._sort(self.sorting.by(order))

        self.app.push_screen(order_question(self.sorting), answered)

    def _sort(self, sorting: Sorting) -> None:
        self.sorting = sorting
        self.frozen = False
        self.update_view()

    def action_mark(self) -> None:
        if self.candidate is not None:
            super().action_mark()
            self.table.move_by(1)
            self.table.refresh()
            self.update_view()

    def action_unmark(self) -> None:
        for each in list(self.feed.marked):
            self.workbench.ask(self.feed, Mark(each, marked=False), self.told_if_refused)
        self.table.refresh()
        self.update_view()

    def action_freeze(self) -> None:
        self.frozen = not self.frozen
        self.update_view()
        self.update_footer()

    def action_best(self) -> None:
        self.table.moved_by_hand = False
        self.frozen = False
        best = self.feed.best
        if best is not None and best.id not in self.table.ids:
            self.query_one(FilterBar).clear()
        self.update_view()

    def action_pane(self, number: int) -> None:
        pane = self.query_one(PANES[number - 1], Widget)
        if pane.display:
            pane.focus()
        elif number == 3:
            self.action_open()
        elif number == 4:
            self.action_log()

    def action_zoom(self) -> None:
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused, container=False)

    def action_log(self) -> None:
        self.app.push_screen(LogScreen(self.feed))

    def action_back(self) -> None:
        if self.maximized is not None:
            self.minimize()
        elif self.query_one(FilterBar).has_class("-open"):
            self.query_one(FilterBar).clear()
            self.table.focus()
        else:
            self.workbench.show_runs()


def _entered(words: str) -> TypedFilter:
    """A filter of which all is there."""
    return TypedFilter(candidate_filter(words), words.strip())
