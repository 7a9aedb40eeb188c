"""What the screens of one candidate and of two have in common: examples beneath texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on

from tui.actions import Action
from tui.cells import shown
from tui.example_rows import SHOWS, ExampleRow, narrowed
from tui.screens.feed_screen import FeedScreen
from tui.screens.panes import Panes
from tui.widgets.example_table import ExampleTable
from tui.widgets.filter_bar import FilterBar


class ExamplesScreen(Panes, FeedScreen):
    """Shows all examples of a split, or some: the wrong, the fixed…, those with certain words."""

    PANE_NAMES: ClassVar[tuple[str, ...]] = ()
    """What the panes are called, in the order of their numbers."""

    EXAMPLES: ClassVar[int]
    """The number of the pane of the examples."""

    SHOWS: ClassVar[tuple[str, ...]] = SHOWS
    """What can be shown of the examples, one after the other."""

    SHOW_NAMES: ClassVar[Mapping[str, str]] = {}
    """What these are called here, where that is something else."""

    split = "dev"
    showing = "all"
    _rows: Sequence[ExampleRow] = ()

    def on_mount(self) -> None:
        self.show_pane(1)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.action_pane(self.first_pane)

    @property
    def first_pane(self) -> int:
        """The number of the pane to begin in."""
        return self.EXAMPLES

    @property
    def table(self) -> ExampleTable:
        return self.query_one(ExampleTable)

    @property
    def rows(self) -> list[ExampleRow]:
        """The examples as they are shown now."""
        return narrowed(self._rows, self.showing, self.query_one(FilterBar).words)

    @property
    def other_panes(self) -> str:
        """The panes with their keys, in a window that shows one of them at a time."""
        return self.pane_keys(self.PANE_NAMES) if self.has_class("-narrow") else ""

    def focus_main(self) -> None:
        self.action_pane(self._pane)

    # Drawing

    def counts(self) -> list[str]:
        """What the title of the examples counts beside their number."""
        return []

    def show_examples(self) -> None:
        """Show the examples that are wanted."""
        table, rows = self.table, self.rows
        table.nothing = "No such examples." if self._rows else "No examples scored yet."
        table.show_examples(rows)
        parts = [f"{self.EXAMPLES} Examples {self.split} {len(self._rows)}", *self.counts()]
        words = self.query_one(FilterBar).words
        if self.showing != "all" or words:
            name = self.SHOW_NAMES.get(self.showing, self.showing)
            what = name if self.showing != "all" else "those"
            parts.append(f"{what} {len(rows)}" + (f" with “{shown(words)}”" if words else ""))
        table.show_titles(" · ".join(parts), self.other_panes)

    @on(FilterBar.Changed)
    def _filter_changed(self) -> None:
        self.show_examples()

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.table.focus()

    # Actions

    def label_of(self, action: Action) -> str:
        if action.handler == "split":
            return "Dev" if self.split == "test" else "Test"
        return super().label_of(action)

    def action_filter(self) -> None:
        self.show_pane(self.EXAMPLES)
        self.query_one(FilterBar).open()

    def action_back(self) -> None:
        bar = self.query_one(FilterBar)
        if bar.has_class("-open"):
            bar.clear()
            self.table.focus()
        else:
            self.app.pop_screen()

    def _show_only(self, show: str) -> None:
        self.showing = show
        self.show_examples()

    def action_show(self) -> None:
        self._show_only(self.SHOWS[(self.SHOWS.index(self.showing) + 1) % len(self.SHOWS)])

    def action_show_all(self) -> None:
        self._show_only("all")

    def action_show_both(self) -> None:
        self._show_only("both")

    def action_show_wrong(self) -> None:
        self._show_only("wrong")

    def action_show_fixed(self) -> None:
        self._show_only("fixed")

    def action_show_broken(self) -> None:
        self._show_only("broken")

    def action_show_same(self) -> None:
        self._show_only("same")

    def action_show_failed(self) -> None:
        self._show_only("failed")
