"""Panes chosen by their numbers, of which a narrow window shows one at a time."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.screen import Screen
from textual.widget import Widget


class Panes:
    """To be mixed into a screen. The classes `-pane-N` and `-narrow` decide what is seen."""

    PANES: ClassVar[tuple[str, ...]] = ()
    """Selectors of the panes, in the order of their numbers."""

    _pane = 1

    def show_pane(self, number: int) -> None:
        """In a narrow window, show this pane; in a wide one, remember it for a narrow one."""
        assert isinstance(self, Screen)
        self._pane = number
        for index in range(1, len(self.PANES) + 1):
            self.set_class(index == number, f"-pane-{index}")

    def action_pane(self, number: int) -> None:
        assert isinstance(self, Screen)
        self.show_pane(number)
        self.call_after_refresh(self.query_one(self.PANES[number - 1], Widget).focus)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = f"#{event.widget.id}"
        if pane in self.PANES:
            self.show_pane(self.PANES.index(pane) + 1)

    def action_focus_next(self) -> None:
        self.action_pane(self._pane % len(self.PANES) + 1)

    def action_focus_previous(self) -> None:
        self.action_pane((self._pane - 2) % len(self.PANES) + 1)
