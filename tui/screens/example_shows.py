"""Showing only some of the examples: those fixed, broken, wrong…, one key each."""

from __future__ import annotations

from typing import ClassVar

from tui.example_rows import SHOWS


class ExampleShows:
    """The handlers of the actions `show` and `show-…`, to be mixed into a screen."""

    shows: ClassVar[tuple[str, ...]] = SHOWS
    showing = "all"

    def show_examples(self) -> None:
        """Show the examples that `showing` tells."""
        raise NotImplementedError

    def _show_only(self, show: str) -> None:
        self.showing = show
        self.show_examples()

    def action_show(self) -> None:
        self._show_only(self.shows[(self.shows.index(self.showing) + 1) % len(self.shows)])

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
